"""A small hub of models on this machine, as huggingface_hub asks one: what a repository has, and its files."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "c0ffee" * 6 + "c0ff"


class Hub:
    """`files` by path, `licence`, and what it does wrong: `lies` about these files, `wants_token`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.licence = "mit"
        self.lies: set[str] = set()
        self.wants_token = False
        self.asked: list[str] = []
        self.url = ""

    def about(self) -> dict[str, Any]:
        siblings = []
        for path, data in self.files.items():
            told: dict[str, Any] = {"rfilename": path, "size": len(data), "blobId": hashlib.sha1(data).hexdigest()}
            if path.endswith((".safetensors", ".bin")):
                digest = hashlib.sha256(b"other" if path in self.lies else data).hexdigest()
                told["lfs"] = {"sha256": digest, "size": len(data), "pointerSize": 134}
            siblings.append(told)
        card = {"license": self.licence} if self.licence else {}
        told = {"id": "org/house", "modelId": "org/house", "sha": COMMIT, "siblings": siblings, "cardData": card}
        return told | {"private": False, "gated": False, "disabled": False, "downloads": 1, "likes": 0, "tags": []}


class _Asked(BaseHTTPRequestHandler):
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        self.hub.asked.append(f"{self.command} {path}")
        if self.hub.wants_token and not self.headers.get("Authorization"):
            return self._send(401, b"", {})
        if path.startswith("/api/models/org/house"):
            return self._send(200, json.dumps(self.hub.about()).encode(), {"Content-Type": "application/json"})
        name = path.removeprefix(f"/org/house/resolve/{COMMIT}/")
        data = self.hub.files.get(name)
        if data is None:
            return self._send(404, b"{}", {"X-Error-Code": "EntryNotFound" if "/resolve/" in path else "RepoNotFound"})
        tag = hashlib.sha256(data).hexdigest()
        return self._send(200, data, {"X-Repo-Commit": COMMIT, "ETag": f'"{tag}"'}, body=body)

    def _send(self, status: int, data: bytes, headers: dict[str, str], *, body: bool = True) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if body and self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub that answers at `url` until the end."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Asked", (_Asked,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
