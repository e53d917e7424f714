"""Decoders for what people send, in processes of their own: a file that breaks one, or blows it up, costs that process.

A few of them stand ready; each takes one file after the other. Callers wait in their thread.
"""

import json
import logging
import os
import queue
import select
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings

log = logging.getLogger(__name__)

WALL_SECONDS = 15.0
WAIT_SECONDS = 10.0
MEMORY = 1024 * 2**20
PROGRAM = Path(__file__).with_name("decoder.py")


class TooComplex(Exception):
    """It took too much time or memory, or killed its process."""


class Busy(Exception):
    """All decoders were at work for WAIT_SECONDS."""


class Decoder:
    """One process; started when first needed, and again after it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """The answer to one request. Raises TooComplex."""
        process = self._running()
        assert process.stdin and process.stdout
        until = time.monotonic() + WALL_SECONDS
        try:
            return self._exchange(process, json.dumps(request | {"size": len(data)}).encode() + b"\n" + data, until)
        except (OSError, EOFError, ValueError) as error:
            log.warning("a decoder was ended by a file of %d bytes: %r", len(data), error)
            self.close()
            raise TooComplex from None

    def close(self) -> None:
        """End the process; the next request starts another."""
        if self._process:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(OSError):  # what was still to be written has nobody to read it
                    pipe and pipe.close()
            self._process.wait()
            self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            # -I: no PYTHON* variables, nothing of ours on the path. No environment: there are secrets in it.
            command = [sys.executable, "-I", str(PROGRAM), str(MEMORY)]
            # A session of its own: Ctrl-C is for us, it ends when its input does.
            self._process = subprocess.Popen(  # noqa: S603  our own file
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={},
                cwd="/",
                bufsize=0,
                start_new_session=True,
            )
            assert self._process.stdin and self._process.stdout
            for pipe in (self._process.stdin, self._process.stdout):
                os.set_blocking(pipe.fileno(), False)
        return self._process

    def _exchange(self, process: subprocess.Popen[bytes], asked: bytes, until: float) -> tuple[dict[str, Any], bytes]:
        assert process.stdin and process.stdout
        source, sink = process.stdout.fileno(), process.stdin.fileno()
        left, answer = memoryview(asked), bytearray()
        wanted: int | None = None
        about: dict[str, Any] = {}
        start = 0
        while wanted is None or len(answer) - start < wanted:
            ready, writable, _bad = select.select(
                [source], [sink] if left else [], [], max(0, until - time.monotonic())
            )
            if not ready and not writable:
                raise TimeoutError("it took too long")
            if writable:
                left = left[os.write(sink, left[: 2**20]) :]
            if ready:
                chunk = os.read(source, 2**20)
                if not chunk:
                    raise EOFError("the process ended")
                answer += chunk
                if wanted is None and (end := answer.find(b"\n")) >= 0:
                    about, start = json.loads(answer[:end]), end + 1
                    wanted = about["size"]
        return about, bytes(answer[start:])


_idle: "queue.LifoQueue[Decoder]" = queue.LifoQueue()
_made = 0
_making = threading.Lock()


def decode(data: bytes, *, form: str, longest: int | None = None) -> tuple[dict[str, Any], bytes]:
    """Upright RGB or RGBA pixels of a picture, as `form` "png" (without metadata) or "raw"; `about` has width, height,
    mode, or `refused` with a code. Raises TooComplex, Busy."""
    decoder = _take()
    try:
        limits = {"side": settings.INPUT_MAX_SIDE, "pixels": settings.INPUT_MAX_PIXELS, "longest": longest or 0}
        return decoder.ask(limits | {"form": form}, data)
    finally:
        _idle.put(decoder)


def _take() -> Decoder:
    """An idle decoder, the warmest first; a new one while there are fewer than DECODERS."""
    global _made  # noqa: PLW0603  how many there are of a pool that is this module
    try:
        return _idle.get_nowait()
    except queue.Empty:
        pass
    with _making:
        if _made < settings.DECODERS:
            _made += 1
            return Decoder()
    try:
        return _idle.get(timeout=WAIT_SECONDS)
    except queue.Empty:
        raise Busy from None
