"""The results of a photo that is to get its colours: all of the work but the network's, whoever asks that.

What a network said of a photo is kept a while, so that colouring it again with other hints is quick.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from studio.engines.photo import colouring, hints, reading, sizes
from studio.engines.photo.hints import Hints
from studio.engines.photo.lab import Floats
from studio.engines.photo.reading import Photo
from studio.engines.photo.stages import Stage
from studio.engines.photo.way import Way
from studio.job import Job, OnStep, Output, Step

# Bytes of colours that are kept for photos that are coloured again.
KEPT = 128 * 2**20
# So many photos are read or laid out at once, which takes up to a gigabyte for each; how often (s) the others look.
AT_ONCE, LOOK = 2, 1.0
_room = threading.BoundedSemaphore(AT_ONCE)
# The network's colours (2, h, w) of a photo at each of the sizes wanted, by output; tells the way how far it is.
Network = Callable[[Photo, dict[int, int], Way], dict[int, Floats]]


@dataclass(frozen=True, slots=True)
class Seen:
    """How many faces a photo shows, None where nobody could look; the device worked so many `seconds` for it."""

    faces: int | None = None
    seconds: float = 0.0


# Looks for faces in a photo.
Look = Callable[[Photo], Seen]


def colorize(job: Job, on_step: OnStep, network: Network, look: Look | None = None) -> list[Output]:
    """The outputs of a job of the tool colorize: one for each network size that it asks for. `look` is asked where it
    is left to the photo what it shows.

    Raises EngineError: those of reading.read, and what `network` and `look` raise; lets pass what `on_step` raises.
    """
    data = job.inputs["image"]
    on_step(Step("reading", share=0.0))
    with in_turn(lambda: on_step(Step("waiting", share=0.0))):
        photo = reading.read(data)
    given = job.inputs.get("hints") if job.params.get("hints", True) else None
    marks = hints.read(given) if given else None
    seen = look(photo) if look is not None and sizes.open_to_faces(job.params) else Seen()
    asked = sizes.asked(job.params, photo.width, photo.height, seen.faces)
    way = Way(job, photo, marks, asked, on_step, spent=seen.seconds)
    way.facts |= {
        "preset": sizes.preset(job.params, photo.width, photo.height, seen.faces),
        "coloured_before": photo.coloured,
        **({} if seen.faces is None else {"faces": seen.faces}),
    }
    key = hashlib.sha256(data).hexdigest()
    bases = {index: BASES.find((key, job.model.source, job.model.revision, size)) for index, size in enumerate(asked)}
    wanted = {index: size for index, size in enumerate(asked) if bases[index] is None}
    way.known(index for index in bases if index not in wanted)
    if wanted:
        found = network(photo, wanted, way)
        for index, ab in found.items():
            BASES.keep((key, job.model.source, job.model.revision, asked[index]), ab)
        bases |= found
    made = ((index, base) for index, base in bases.items() if base is not None)
    return [_finished(job, photo, marks, way, index=index, ab=base) for index, base in made]


def _finished(job: Job, photo: Photo, marks: Hints | None, way: "Way", *, index: int, ab: Floats) -> Output:
    strength = float(job.params.get("saturation", 1.0))

    def heard(stage: Stage, done: float, _overall: float) -> None:
        way.say(index, stage, done)

    with in_turn(way.wait):
        made = colouring.finished(photo, ab * strength, marks, heard, media_type=job.media_type)
    facts = dict(made.facts) | {"network_size": way.sizes[index], **way.facts}
    return Output(made.data, made.media_type, int(job.params.get("seed", 0)), facts)


@contextmanager
def in_turn(waiting: Callable[[], None]) -> Iterator[None]:
    """Inside are AT_ONCE at most. Calls `waiting` while it has to wait, and lets pass what that raises."""
    while not _room.acquire(timeout=LOOK):
        waiting()
    try:
        yield
    finally:
        _room.release()


@dataclass(eq=False)
class Bases:
    """Colours that networks have given, the newest, up to KEPT bytes. May be used by several threads."""

    limit: int = KEPT

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str, int], Floats] = OrderedDict()

    def find(self, key: tuple[str, str, str, int]) -> Floats | None:
        """The colours of a photo (its digest) by a model (source, revision) at a network size, if they are kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(self, key: tuple[str, str, str, int], ab: Floats) -> None:
        with self._lock:
            self._kept[key] = ab
            while len(self._kept) > 1 and sum(each.nbytes for each in self._kept.values()) > self.limit:
                self._kept.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


BASES = Bases()
