"""Boards that several people have open at once."""
