"""What is on its way to one browser: a few pictures that it has not shown yet; of those that wait only the newest.

Knows nothing of sockets: `ready` gives what may be sent now. daphne itself would hold any backlog in memory.
"""

from collections.abc import Iterator
from typing import Any

# Live boards whose newest revision one connection remembers.
BOARDS_KEPT = 16


class Outbox:
    """Previews and frames of one connection. `limit` may be on their way without an answer (`seen`)."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.unseen = 0
        self._waiting: dict[str, bytes] = {}
        self._revisions: dict[str, int] = {}

    @property
    def boards(self) -> list[str]:
        """The boards that this connection draws live."""
        return list(self._revisions)

    def drawn(self, board: str) -> None:
        """The connection drew `board`: frames of it are wanted."""
        self._revisions.setdefault(board, 0)
        if len(self._revisions) > BOARDS_KEPT:
            del self._revisions[next(iter(self._revisions))]

    def left(self, board: str) -> None:
        """Frames of `board` are no longer wanted."""
        self._revisions.pop(board, None)
        self._waiting.pop(f"board {board}", None)

    def put_preview(self, picture: str, frame: bytes) -> None:
        """A preview of a picture in the making takes the place of an older one."""
        self._waiting[f"picture {picture}"] = frame

    def put_frame(self, board: str, revision: int, frame: bytes) -> None:
        """A frame of a live board takes the place of an older one; none comes after one of a newer revision."""
        if revision >= self._revisions.get(board, revision + 1):
            self._revisions[board] = revision
            self._waiting[f"board {board}"] = frame

    def sent(self, frames: int = 1) -> None:
        """Frames went out past this box."""
        self.unseen += frames

    def seen(self, frames: int) -> None:
        """The browser has shown so many."""
        self.unseen = max(0, self.unseen - frames)

    def ready(self) -> Iterator[bytes]:
        """What may be sent now, counted as on its way."""
        while self._waiting and self.unseen < self.limit:
            self.unseen += 1
            yield self._waiting.pop(next(iter(self._waiting)))


class Backlog:
    """What an event stream has still to write, in the order in which it happened. Of what may be lost (progress,
    previews) only the newest of each kind waits, at its own place in that order; at most `limit` of the rest."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._newest: dict[str, Any] = {}
        self._kept = 0

    def put(self, item: Any) -> bool:
        """`item` is not to be lost; False when there is no more room for it."""
        self._kept += 1
        if self._kept > self.limit:
            return False
        self._newest[f"kept {self._kept}"] = item
        return True

    def put_newest(self, what: str, item: Any) -> None:
        """`item` takes the place of an older one of the same `what`."""
        self._newest.pop(what, None)
        self._newest[what] = item

    def take(self) -> list[Any]:
        """All that waits; then nothing does."""
        waiting, self._newest, self._kept = self._newest, {}, 0
        return list(waiting.values())
