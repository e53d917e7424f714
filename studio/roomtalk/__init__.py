"""The sockets of rooms: boards that are open, with their people (docs/rooms.md)."""
