"""A program that reads Server-Sent Events, byte for byte as the standard tells it to. Knows no Django."""

import json
from typing import Any


class Reader:
    """Takes the bytes of a stream as they come; `events` are (id, event, data), `comments` the rest."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str, Any]] = []
        self.comments: list[str] = []
        self.last_id, self.retry = "", 0
        self._rest = b""

    def feed(self, data: bytes) -> None:
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        for block in blocks:
            self._take(block.decode())

    def kinds(self) -> list[str]:
        """The names of the events, in order."""
        return [kind for _, kind, _ in self.events]

    def _take(self, block: str) -> None:
        kind, lines = "message", []
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "":
                self.comments.append(value)
            elif name == "id":
                self.last_id = value
            elif name == "event":
                kind = value
            elif name == "retry":
                self.retry = int(value)
            elif name == "data":
                lines.append(value)
        if lines:
            self.events.append((self.last_id, kind, json.loads("\n".join(lines))))
