"""Servers of other programs that the engines talk to, as small ASGI applications on real sockets, good and bad."""
