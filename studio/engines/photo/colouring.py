"""A grey photo to a coloured one: by a network, by hints, or by both. Knows no torch: a network is what it is given."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from studio.engines.base import EngineError
from studio.engines.photo import hints as strokes
from studio.engines.photo import lab, presets, reading, saving
from studio.engines.photo.guiding import Guided, resized
from studio.engines.photo.hints import Hints
from studio.engines.photo.lab import Floats
from studio.engines.photo.reading import Photo
from studio.engines.photo.stages import OnStage, Progress, Work

Way = Literal["network", "network_and_hints", "hints"]
Shape = tuple[int, int]


class Heard(Protocol):
    """Hears how much (0 to 1) of a stage of the network is done."""

    def __call__(self, stage: Literal["encoder", "decoder"], done: float, /) -> None: ...


class Colourist(Protocol):
    """A network that gives photos their colours. `name` tells it, and where it runs, from others."""

    name: str

    def most(self, width: int, height: int) -> int:
        """How many pictures of this size go together. EngineError("out_of_memory") when not even one does."""
        ...

    def colours(self, greys: Sequence[Floats], heard: Heard | None = None) -> list[Floats]:
        """a and b (2, h, w), in units of Lab, of pictures (h, w) in 0..1, all of one size, multiples of 32.

        EngineError("out_of_memory") with the network size that would fit; lets pass what `heard` raises.
        """
        ...


@dataclass(frozen=True, slots=True)
class Coloured:
    """`data` is a file of `media_type`; `way` is what really coloured it; `facts` are for the recipe."""

    data: bytes
    media_type: str
    width: int
    height: int
    way: Way
    facts: Mapping[str, Any]


@dataclass(eq=False, slots=True)
class Wish:
    """One photo to be coloured; `size` is the side of a square of as many pixels as the network sees."""

    photo: Photo | bytes
    size: int
    hints: Hints | None = None
    on_stage: OnStage | None = None
    media_type: str = "image/png"
    progress: Progress = field(init=False)

    def __post_init__(self) -> None:
        self.progress = Progress(self.on_stage)

    @property
    def shape(self) -> Shape:
        """Width and height of what the network sees; once it is read."""
        assert isinstance(self.photo, Photo)
        return presets.network_shape(self.photo.width, self.photo.height, self.size)


def colorize(
    photo: Photo | bytes,
    net: Colourist | None,
    size: int,
    hints: Hints | None = None,
    on_stage: OnStage | None = None,
    *,
    media_type: str = "image/png",
) -> Coloured:
    """`photo` in colours: by `net` at network size `size`, corrected by `hints`; without `net` by `hints` alone.

    Raises EngineError: those of reading.read, "out_of_memory" with the network size that would fit, and
    "hints_required" without either. Lets pass what `on_stage` raises.
    """
    (result,) = colorize_all([Wish(photo, size, hints, on_stage, media_type)], net)
    if isinstance(result, Exception):
        raise result
    return result


def colorize_all(wishes: Sequence[Wish], net: Colourist | None) -> list[Coloured | Exception]:
    """Each wish's photo in colours, or what came between. Those of which the network sees the same size go together."""
    results: dict[Wish, Coloured | Exception] = {}
    seen: dict[Wish, Floats] = {}
    for wish in wishes:
        try:
            grey = _begun(wish, net)
            if grey is not None:
                seen[wish] = grey
        except Exception as error:  # noqa: BLE001  whose it is hears it
            results[wish] = error
    colours = _asked(seen, net, results) if net is not None else {}
    for wish in wishes:
        if wish not in results:
            try:
                results[wish] = _finished(wish, colours.pop(wish, None))
            except Exception as error:  # noqa: BLE001
                results[wish] = error
    return [results[wish] for wish in wishes]


def prepared(photo: Photo, size: int) -> Floats:
    """What the network sees of `photo`: (h, w) in 0..1."""
    width, height = presets.network_shape(photo.width, photo.height, size)
    return lab.grey(resized(photo.lightness, width, height))


def finished(
    photo: Photo,
    ab: Floats | None,
    hints: Hints | None = None,
    on_stage: OnStage | None = None,
    media_type: str = "image/png",
) -> Coloured:
    """`photo` with the network's colours `ab` (2, h, w), corrected by `hints`, or with theirs alone."""
    wish = Wish(photo, 0, hints, on_stage, media_type)
    wish.progress.expect(_work(wish, None))
    return _finished(wish, ab)


def _begun(wish: Wish, net: Colourist | None) -> Floats | None:
    """Read the photo; what the network sees of it."""
    progress = wish.progress
    if net is None and wish.hints is None:
        raise EngineError("hints_required")
    if isinstance(wish.photo, bytes):
        with progress.during("reading"):
            wish.photo = reading.read(wish.photo)
            progress.expect(_work(wish, net, read=True))
    else:
        progress.expect(_work(wish, net))
    if net is None:
        return None
    with progress.during("resizing"):
        return prepared(wish.photo, wish.size)


def _work(wish: Wish, net: Colourist | None, *, read: bool = False) -> Work:
    assert isinstance(wish.photo, Photo)
    pixels = wish.photo.lightness.size
    return Work(
        read=pixels / 1e6 if read else 0.0,
        photo=pixels / 1e6,
        seen=wish.shape[0] * wish.shape[1] / 1e6 if net is not None else 0.0,
        hinted=min(pixels, strokes.WORKING) / 1e6 if wish.hints is not None else 0.0,
        network=net.name if net is not None else "",
    )


def _asked(
    seen: Mapping[Wish, Floats], net: Colourist, results: dict[Wish, Coloured | Exception]
) -> dict[Wish, Floats]:
    """The network's colours of each; who gets none is in `results` with the reason."""
    together: dict[Shape, list[Wish]] = {}
    for wish in seen:
        together.setdefault(wish.shape, []).append(wish)
    colours: dict[Wish, Floats] = {}
    for shape, some in together.items():
        try:
            most = net.most(*shape)
        except EngineError as error:
            results.update(dict.fromkeys(some, error))
            continue
        for first in range(0, len(some), most):
            colours |= _together(some[first : first + most], seen, net, results)
    return colours


def _together(
    wishes: Sequence[Wish], seen: Mapping[Wish, Floats], net: Colourist, results: dict[Wish, Coloured | Exception]
) -> dict[Wish, Floats]:
    """One call of the network; in halves when the memory is too small for all of them."""
    heard = _Listening(wishes, results)
    try:
        heard("encoder", 0.0)
        made = net.colours([seen[wish] for wish in wishes], heard)
    except Exception as error:  # noqa: BLE001
        left = [wish for wish in wishes if wish not in results]
        full = isinstance(error, EngineError) and error.code == "out_of_memory"
        if full and len(left) > 1:
            middle = len(left) // 2
            return _together(left[:middle], seen, net, results) | _together(left[middle:], seen, net, results)
        results.update(dict.fromkeys(left, error))
        return {}
    heard.ended()
    return {wish: ab for wish, ab in zip(wishes, made, strict=True) if wish not in results}


class _NobodyLeft(Exception):
    """Ends a call of the network that nobody wants any more."""


class _Listening:
    """Tells everybody in a call of the network how far it is. Who wants it no more drops out; the last ends it."""

    def __init__(self, wishes: Sequence[Wish], results: dict[Wish, Coloured | Exception]) -> None:
        self._wishes, self._results = wishes, results
        self._stage: Literal["encoder", "decoder"] = "encoder"
        self._began = time.perf_counter()

    def __call__(self, stage: Literal["encoder", "decoder"], done: float, /) -> None:
        if stage != self._stage:
            self._took()
            self._stage = stage
        self._say(done)

    def ended(self) -> None:
        self._took()

    def _took(self) -> None:
        now = time.perf_counter()
        for wish in self._wishes:
            wish.progress.took(self._stage, (now - self._began) / len(self._wishes))
        self._began = now

    def _say(self, done: float) -> None:
        for wish in self._wishes:
            if wish in self._results:
                continue
            try:
                wish.progress.say(self._stage, done)
            except Exception as error:  # noqa: BLE001  a person's own, most likely Cancelled
                self._results[wish] = error
        if all(wish in self._results for wish in self._wishes):
            raise _NobodyLeft


def _finished(wish: Wish, ab: Floats | None) -> Coloured:
    """Hints, merging and saving."""
    photo, hints, progress = wish.photo, wish.hints, wish.progress
    assert isinstance(photo, Photo)
    if ab is None and hints is None:
        raise EngineError("hints_required")
    way: Way = "hints" if ab is None else "network" if hints is None else "network_and_hints"
    facts: dict[str, Any] = {"way": way}
    if ab is not None:
        if not np.isfinite(ab).all():  # half precision that overflowed
            raise EngineError("no_picture")
        ab = ab.clip(lab.LEAST, lab.MOST)
        facts |= {"network_width": ab.shape[2], "network_height": ab.shape[1]}
    if hints is not None:
        with progress.during("hints"):
            ab = strokes.spread(photo, hints, ab).clip(lab.LEAST, lab.MOST)
    assert ab is not None
    with progress.during("merging"):
        pixels = _merged(photo, ab, hints, progress)
    with progress.during("saving"):
        data = saving.encoded(pixels, wish.media_type, lambda done: progress.say("saving", done))
    facts["seconds"] = {stage: round(seconds, 3) for stage, seconds in progress.seconds.items()}
    return Coloured(data, wish.media_type, photo.width, photo.height, way, facts)


def _merged(photo: Photo, ab: Floats, hints: Hints | None, progress: Progress) -> saving.Pixels:
    """The photo's own lightness with colours along its edges, band by band."""
    guided = Guided(ab, photo.lightness)
    channels = 3 if photo.alpha is None else 4
    most = 65535 if photo.deep else 255
    pixels = np.empty((photo.height, photo.width, channels), np.uint16 if photo.deep else np.uint8)
    if photo.alpha is not None:
        pixels[..., 3] = photo.alpha.astype(pixels.dtype) * (257 if photo.deep else 1)
    for rows in reading.bands(photo.height, photo.width):
        band = guided.band(rows)
        if hints is not None:
            band = strokes.painted(band, hints, photo.lightness.shape, rows)
        a, b = band.clip(lab.LEAST, lab.MOST)
        rgb = lab.shown(photo.lightness[rows], a, b)
        pixels[rows, :, :3] = np.moveaxis(rgb * np.float32(most) + np.float32(0.5), 0, -1)
        progress.say("merging", rows.stop / photo.height)
    return pixels
