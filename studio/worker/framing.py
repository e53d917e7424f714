"""What the browser is told of one live frame: small pictures on the way, the finished one, or why there is none.

A frame of a room goes to all its pages, the reason why there is none to the one that asked.
"""

import io
import time
from typing import Any
from uuid import UUID

from PIL import Image

from studio.job import Output, Step
from studio.news import events
from studio.protocol import DrawFailed, ErrorView, Frame
from studio.protocol.roomlive import Asked, RoomDrawFailed, RoomFrame

# Unfinished pictures of one frame go out no closer than this (seconds): more is not seen.
PAUSE = 0.1


class Sender:
    """For one revision of one board. `waited` is how long it lay in the mailbox, in milliseconds."""

    def __init__(self, board: str, header: dict[str, Any], waited: int) -> None:
        self._board, self._header, self._waited = board, header, waited
        # Of a room: which one, and who asked.
        self._room = UUID(header["room"]) if "room" in header else None
        self._began = self._shown_at = time.monotonic()
        self._total = 0

    def step(self, step: Step) -> None:
        """Show the picture after a denoising step, unless one was shown just now or the finished one comes next."""
        if step.stage != "denoising":
            return
        self._total = step.total
        now = time.monotonic()
        if step.preview is None or step.step >= step.total or now - self._shown_at < PAUSE:
            return
        self._shown_at = now
        jpeg = io.BytesIO()
        Image.frombytes("RGB", (step.preview.width, step.preview.height), step.preview.rgb).save(
            jpeg, "JPEG", quality=85
        )
        self._send(step.step, jpeg.getvalue())

    def finished(self, output: Output) -> None:
        """Show the finished picture."""
        self._send(self._total, output.data, done=True, media_type=output.media_type)

    def failed(self, code: str, params: dict[str, Any]) -> None:
        """Say why there is no picture."""
        error = ErrorView(code=code, params=params)
        if self._room is not None:
            asked = Asked(**self._header["asked"])
            events.room_draw_failed(self._room, asked.page, RoomDrawFailed(revision=asked.revision, error=error))
            return
        event = DrawFailed(board=self._board, revision=self._header["revision"], error=error)
        events.draw_failed(self._header["address"], event)

    def _send(self, step: int, data: bytes, *, done: bool = False, media_type: str = "image/jpeg") -> None:
        about = {
            "kind": self._header["kind"],
            "step": step,
            "total": self._total,
            "done": done,
            "seed": self._header["params"]["seed"],
            "ms": self._waited + round((time.monotonic() - self._began) * 1000),
            "media_type": media_type,
        }
        if self._room is not None:
            whole = RoomFrame(number=self._header["revision"], asked=Asked(**self._header["asked"]), **about)
            events.room_frame(self._room, whole, data)
            return
        frame = Frame(board=self._board, revision=self._header["revision"], **about)
        events.frame(self._header["address"], frame, data)
