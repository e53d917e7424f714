"""Rooms: boards of several people, their documents, their log and their sockets."""
