"""Plain values: documents of boards and worlds, names of queues, frames of sockets, JSON from outside. No framework."""
