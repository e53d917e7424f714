"""A server that webhooks are sent to: keeps what arrives, and answers as a test wants it. Knows no Django."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.stack import PATIENCE


@dataclass
class Receiver:
    """`arrived` are (headers, body); the next answers are taken from `answers`, 204 when there is none left."""

    url: str = ""
    arrived: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The bodies as JSON."""
        return [json.loads(body) for _, body in self.arrived]

    def wait(self, many: int) -> None:
        """Until so many have arrived (PATIENCE s)."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.arrived) >= many, PATIENCE), self.messages


@contextmanager
def listening() -> Iterator[Receiver]:
    """A receiver on this machine."""
    receiver = Receiver()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer, headers = receiver.answers.pop(0) if receiver.answers else (204, b"", {})
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(answer))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)
            with receiver.changed:
                receiver.arrived.append((dict(self.headers.items()), body))
                receiver.changed.notify_all()

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE)
