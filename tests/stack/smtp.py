"""A mail server on this machine that takes every mail and keeps it: enough of SMTP (RFC 5321) for Django's backend."""

import email
import email.policy
import queue
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any


class Sink(socketserver.ThreadingTCPServer):
    """`mails` holds (recipients, message) in the order in which they came."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.mails: queue.Queue[tuple[list[str], EmailMessage]] = queue.Queue()

    @property
    def url(self) -> str:
        """For EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class Talk(socketserver.StreamRequestHandler):
    """One connection."""

    server: Sink

    def handle(self) -> None:
        self._say(220, "here")
        to: list[str] = []
        for line in self.rfile:
            word, _, rest = line.decode().strip().partition(" ")
            match word.upper():
                case "EHLO" | "HELO" | "NOOP":
                    self._say(250, "fine")
                case "MAIL" | "RSET":
                    to = []
                    self._say(250, "fine")
                case "RCPT":
                    to.append(rest.partition("<")[2].partition(">")[0])
                    self._say(250, "fine")
                case "DATA":
                    self._say(354, "go on")
                    self._take(to)
                    self._say(250, "taken")
                case "QUIT":
                    self._say(221, "bye")
                    return
                case _:
                    self._say(502, "what?")

    def _take(self, to: list[str]) -> None:
        lines = []
        for line in iter(self.rfile.readline, b".\r\n"):
            lines.append(line.removeprefix(b"."))  # noqa: PERF401  a dot before a dot was added by the sender
        made: Any = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.server.mails.put((to, made))

    def _say(self, code: int, words: str) -> None:
        self.wfile.write(f"{code} {words}\r\n".encode())


@contextmanager
def sink() -> Iterator[Sink]:
    """One that runs until the end of the block."""
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
