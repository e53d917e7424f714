"""Damaged pictures through all that takes pictures from outside: the intake with its confined decoders, the look at a
live drawing's header, and the reader of settings."""

import io
import random
import resource
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from PIL import Image

from accounts.models import User
from gallery import metadata
from studio.commands import readings
from studio.files import intake
from studio.process import decoding
from studio.words.errors import ERRORS, Refused
from tests.chaos.fuzz.mutants import Mutants

# A picture may take this long; what takes longer than the decoder is given is a fault of ours.
SLOWEST = decoding.WALL_SECONDS + 2
# Refusals that a decoder gives itself. `image_too_complex` also comes when one died: counted apart.
PER_PIECE = 250


@dataclass
class Looked:
    """`codes`: what became of the files ("taken" or a refusal); `read`: whose settings were found; `died`: decoders."""

    mutants: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    grown: int = 0
    died: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    live: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = f"{self.mutants} mutants in {self.seconds:.0f} s ({self.mutants / self.seconds:.0f}/s), slowest "
        told += f"{self.slowest:.2f} s, this process grew by {self.grown / 2**20:.0f} MB, {self.died} decoders ended, "
        told += f"{len(self.wrong)} wrong"
        for name in ("codes", "live", "read"):
            counted = getattr(self, name)
            told += f"\n{name}: " + ", ".join(f"{code} {count}" for code, count in counted.most_common())
        return told


def fuzz(user: User, mutants: int, seed: int = 1) -> Looked:
    """So many mutants, in pieces of PER_PIECE from a seed of their own, as many at once as there are decoders."""
    looked, lock = Looked(), threading.Lock()
    before, begun = _peak(), time.monotonic()
    pieces = [f"{seed}-{n}" for n in range(-(-mutants // PER_PIECE))]
    with _deaths(looked), ThreadPoolExecutor(settings.DECODERS) as pool:
        for piece in pool.map(lambda each: _piece(user, each), pieces):
            with lock:
                _add(looked, piece)
    looked.seconds, looked.grown = time.monotonic() - begun, _peak() - before
    return looked


def _piece(user: User, seed: str) -> Looked:
    mutants, looked = Mutants(random.Random(seed)), Looked()
    for number in range(PER_PIECE):
        data = mutants.next()
        begun = time.monotonic()
        for name, look in (("codes", _taken), ("live", _live), ("read", _read)):
            try:
                what = look(user, data)
            except Refused as refused:
                what = refused.code
                if what not in ERRORS or what in ("internal", "busy"):
                    looked.wrong.append(f"{seed}/{number}: {name} refused with {what}")
            except Exception as error:  # noqa: BLE001  whatever it is, it is what is looked for
                what = "raised"
                looked.wrong.append(f"{seed}/{number}: {name} raised {error!r} at {data[:40]!r}…")
            getattr(looked, name)[what] += 1
        looked.slowest = max(looked.slowest, time.monotonic() - begun)
        looked.mutants += 1
    if looked.slowest > SLOWEST:
        looked.wrong.append(f"{seed}: one took {looked.slowest:.1f} s")
    return looked


def _taken(user: User, data: bytes) -> str:
    """What is taken must be a plain PNG of ours within the limits."""
    picture = intake.accept(data)
    with Image.open(io.BytesIO(picture.data), formats=["PNG"]) as ours:
        ours.load()
        assert ours.mode in ("RGB", "RGBA", "I;16"), ours.mode
        assert ours.size == (picture.width, picture.height)
        assert not ours.info, ours.info
        assert picture.width * picture.height <= settings.INPUT_MAX_PIXELS
    return "taken"


def _live(user: User, data: bytes) -> str:
    intake.check_live(data)
    return "handed on"


def _read(user: User, data: bytes) -> str:
    found = metadata.read(data)
    if found is None:
        return "nothing"
    assert len(found.source) < 20
    return readings.read(user, data).source or "nothing"


def _add(looked: Looked, piece: Looked) -> None:
    looked.mutants += piece.mutants
    looked.slowest = max(looked.slowest, piece.slowest)
    for name in ("codes", "live", "read", "wrong"):
        whole: Any = getattr(looked, name)
        (whole.extend if isinstance(whole, list) else whole.update)(getattr(piece, name))


@contextmanager
def _deaths(looked: Looked) -> Iterator[None]:
    """Counts the decoders that a file ended."""
    close = decoding.Decoder.close

    def counted(self: decoding.Decoder) -> None:
        looked.died += self._process is not None
        close(self)

    decoding.Decoder.close = counted  # type: ignore[method-assign]
    try:
        yield
    finally:
        decoding.Decoder.close = close  # type: ignore[method-assign]


def _peak() -> int:
    """The most memory that this process ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
