"""The address the studio is reached at: takes a free port, and asks there whether everything is ready."""

import asyncio
import errno
import socket

HOST = "127.0.0.1"
BACKLOG = 128
MORE_PORTS = 20


class NoPort(Exception):
    """No port could be taken; the text says why."""


def take_port(wanted: int) -> socket.socket:
    """A socket listening on `wanted` (0-65535; 0: any), or on the next free port when it is taken.

    The supervisor holds it and the web process inherits it: nobody else can take it between two starts, and whoever
    connects while the web process is being restarted waits instead of being refused.
    """
    if not 0 <= wanted <= 65535:
        raise NoPort(f"{wanted} is not a port: it must be between 0 and 65535.")
    last = min(wanted + MORE_PORTS, 65535)
    for port in [*range(wanted, last + 1), 0] if wanted else [0]:
        door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
            door.listen(BACKLOG)
        except OSError as error:
            door.close()
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                continue
            raise NoPort(f"Port {port} cannot be used: {error.strerror}.") from error
        return door
    raise NoPort("There is no free port on this machine.")


async def ask_ready(port: int, host_name: str, *, within: float = 5.0) -> tuple[int, str]:
    """The HTTP status of GET /readyz and its body, or (0, reason) when nobody answers within so many seconds."""
    try:
        async with asyncio.timeout(within):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(f"GET /readyz HTTP/1.0\r\nHost: {host_name}\r\nConnection: close\r\n\r\n".encode())
                answer = (await reader.read(65536)).decode(errors="replace")
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        return 0, str(error) or "no answer"
    head, _, body = answer.partition("\r\n\r\n")
    words = head.split(" ", 2)
    return (int(words[1]), body.strip()) if len(words) > 1 and words[1].isdigit() else (0, "no answer")
