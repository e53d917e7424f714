"""Files from outside are decoded in a process that may do nothing else, and that may die without harm."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.files import intake
from studio.process import decoding
from studio.words.errors import Refused

CONFINED = (
    f"import sys; sys.path.insert(0, {str(decoding.PROGRAM.parent)!r}); import decoder; decoder._confine(2**30); "
)


def png(size: tuple[int, int] = (40, 30), mode: str = "RGB", colour: Any = "red") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def decoder() -> Iterator[decoding.Decoder]:
    made = decoding.Decoder()
    yield made
    made.close()


def ask(decoder: decoding.Decoder, data: bytes) -> dict[str, Any]:
    return decoder.ask({"side": 10_000, "pixels": 33_000_000, "longest": 0, "form": "png"}, data)[0]


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/hostname')", "open('/tmp/x', 'w')", "import socket; socket.socket()",
        "import os; os.fork()", "import os; os.execv('/bin/true', ['true'])", "import os; os.unlink('/tmp/none')",
        "import os; os.kill(1, 0)", "b = bytearray(2 * 2**30)",
    ],
)  # fmt: skip
def test_a_decoder_may_do_nothing_else(attempt: str) -> None:
    before = "import socket, os; "  # what is imported before is there
    done = subprocess.run(
        [sys.executable, "-c", before + CONFINED + attempt], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert any(error in done.stderr for error in ("PermissionError", "MemoryError", "Too many open files"))


def test_a_decoder_sees_no_secret(decoder: decoding.Decoder) -> None:
    ask(decoder, png())
    assert decoder._process
    assert Path(f"/proc/{decoder._process.pid}/environ").read_bytes() == b""


def test_a_dead_decoder_costs_one_file(decoder: decoding.Decoder) -> None:
    assert ask(decoder, png())["width"] == 40
    assert decoder._process
    os.kill(decoder._process.pid, signal.SIGKILL)
    decoder._process.wait()
    assert ask(decoder, png())["width"] == 40


def test_a_hanging_decoder_is_ended(decoder: decoding.Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(decoder, png())
    monkeypatch.setattr(decoding, "WALL_SECONDS", 0.2)
    assert decoder._process
    os.kill(decoder._process.pid, signal.SIGSTOP)
    begun = time.monotonic()
    with pytest.raises(decoding.TooComplex):
        ask(decoder, png())
    assert time.monotonic() - begun < 60
    monkeypatch.undo()
    assert ask(decoder, png())["height"] == 30


def test_too_little_memory_is_told(monkeypatch: pytest.MonkeyPatch, decoder: decoding.Decoder) -> None:
    monkeypatch.setattr(decoding, "MEMORY", 150 * 2**20)
    assert ask(decoder, png((5700, 5700)))["refused"] == "image_too_complex"
    assert ask(decoder, png())["width"] == 40


def test_the_largest_picture_fits() -> None:
    picture = intake.accept(png((5740, 5740), "RGBA", (9, 9, 9, 128)))
    assert (picture.width, picture.height) == (5740, 5740)


def test_sixteen_bit_greys_stay_greys() -> None:
    data = io.BytesIO()
    Image.frombytes("I;16", (2, 1), (0x8000).to_bytes(2, "little") * 2).save(data, "PNG")
    assert intake.pixels(data.getvalue()).getpixel((0, 0)) == (128, 128, 128)


def test_cmyk_becomes_rgb() -> None:
    data = io.BytesIO()
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(data, "JPEG")
    red, green, blue = intake.pixels(data.getvalue()).getpixel((4, 4))
    assert red > 200 and green < 60 and blue < 60


def test_many_at_once_take_turns_and_each_gets_its_own() -> None:
    sizes = [(n, 9) for n in range(1, 25)]
    with ThreadPoolExecutor(8) as pool:
        assert [(p.width, p.height) for p in pool.map(intake.accept, map(png, sizes))] == sizes


def test_whoever_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(decoding, "_idle", type(decoding._idle)())
    monkeypatch.setattr(decoding, "_made", 99)
    with pytest.raises(Refused, match="busy"):
        intake.accept(png())
