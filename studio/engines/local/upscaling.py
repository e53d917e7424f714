"""Pictures made larger by a network, a tile a turn: large ones delay nobody and fit into memory."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from studio.engines.local.loading import LoadedModel
from studio.engines.local.messages import Request
from studio.job import Job

Pixels = NDArray[np.uint8]

# Sides of a tile in pixels of the smaller picture: on a CPU a tile of this size takes about as long as a step, of a
# network of millions of weights (HEAVY) a few of them.
TILE = {"cpu": 128, "cuda": 512}
HEAVY, HEAVY_TILE = 2_000_000, {"cpu": 64, "cuda": 256}
# When memory is full tiles are halved, down to this.
LEAST_TILE = 32
# Over so many pixels neighbours fade into each other, and beyond that each sees so many more of the picture at most.
# What a deep network would still hear from farther away is less than a level of 255.
BAND, FARTHEST = 8, 24
# Tiles begin at multiples of this, whatever a network folds.
GRID = 4


class How(NamedTuple):
    """`ask` makes (1, 3, h, w) in -1..1 `scale` times as large, and looks `reach` pixels far; it is reduced to `factor`
    times."""

    ask: Callable[[torch.Tensor], torch.Tensor]
    scale: int
    factor: int
    reach: int


class Enlargement:
    """A picture (1, 3, height, width), in -1..1 or as bytes, on its way to `times` the size: `rgb` (times · height,
    times · width, 3), when `done` of `total` tiles are as many.

    A network that enlarges more is asked and its answer reduced; one that enlarges less is asked again.
    """

    def __init__(self, model: LoadedModel, picture: torch.Tensor, times: int = 2) -> None:
        assert model.upscaler is not None
        self._model = model
        self._network: Any = model.upscaler
        scale = int(self._network.scale)
        height, width = picture.shape[-2:]
        self._later = deque(plan(scale, times)[1:])
        first = plan(scale, times)[0]
        tile = _tile(model)
        self._now = _Pass(picture, tile, self._how(first))
        sizes = [(height * first, width * first)]
        self.total = self._now.left
        for factor in self._later:
            self.total += len(_places(*sizes[-1], tile))
            sizes.append((sizes[-1][0] * factor, sizes[-1][1] * factor))
        self.done = 0

    @property
    def rgb(self) -> Pixels:
        return self._now.rgb

    def piece(self) -> None:
        """Make the next tile."""
        self._now.piece()
        self.done += 1
        if not self._now.left and self._later:
            picture = torch.from_numpy(self.rgb).permute(2, 0, 1)[None]
            self._now = _Pass(picture, self._now.tile, self._how(self._later.popleft()))

    def smaller(self) -> bool:
        """The memory was full: go on with tiles of half the side; False when they are as small as they get."""
        before = self._now.left
        if not self._now.smaller():
            return False
        self.total += self._now.left - before
        return True

    def _how(self, factor: int) -> How:
        reach = -(-int(self._network.reach) // GRID) * GRID
        return How(self._ask, int(self._network.scale), factor, min(FARTHEST, reach))

    @torch.no_grad()
    def _ask(self, part: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self._network(part.to(self._model.device, self._model.dtype)).float()
        return made


class _Pass:
    """Once over a picture. A row of tiles is put together before it is joined with what is above it, so that every
    overlap fades evenly in both directions."""

    def __init__(self, picture: torch.Tensor, tile: int, how: How) -> None:
        self.tile = tile
        self._how = how
        self._picture = picture
        self._size: tuple[int, int] = (picture.shape[-2], picture.shape[-1])
        self._places = deque(_places(*self._size, tile))
        self._strip: Pixels = np.empty((0, 0, 3), np.uint8)
        self.rgb: Pixels = np.empty((self._size[0] * how.factor, self._size[1] * how.factor, 3), np.uint8)

    @property
    def left(self) -> int:
        """Tiles that are not made yet."""
        return len(self._places)

    def piece(self) -> None:
        (height, width), factor = self._size, self._how.factor
        top, left = self._places[0]
        bottom, right = min(height, top + self.tile), min(width, left + self.tile)
        above, before = max(0, top - BAND), max(0, left - BAND)
        made = self._made(above, before, bottom, right)
        if left == 0:
            self._strip = np.empty(((bottom - above) * factor, width * factor, 3), np.uint8)
        _laid(self._strip[:, before * factor : right * factor], made, (left - before) * factor, axis=1)
        if right == width:
            _laid(self.rgb[above * factor : bottom * factor], self._strip, (top - above) * factor, axis=0)
        self._places.popleft()

    def smaller(self) -> bool:
        """Halve what is left, from the beginning of this row of tiles on."""
        if self.tile <= LEAST_TILE:
            return False
        self.tile = max(LEAST_TILE, self.tile // 2)
        top = self._places[0][0]
        self._places = deque(
            (top + below, left) for below, left in _places(self._size[0] - top, self._size[1], self.tile)
        )
        return True

    def _made(self, top: int, left: int, bottom: int, right: int) -> Pixels:
        """That part of the result, cut out of a larger one so that it is as if the whole had been made."""
        ask, scale, factor, reach = self._how
        above, before = max(0, top - reach), max(0, left - reach)
        part = self._picture[..., above : bottom + reach, before : right + reach]
        levels = part.float() / 127.5 - 1 if part.dtype == torch.uint8 else part.clamp(-1, 1)
        made = ask(levels)
        if factor != scale:
            sides = [side * factor for side in levels.shape[-2:]]
            made = functional.interpolate(made, sides, mode="bicubic", antialias=True, align_corners=False)
        rows = slice((top - above) * factor, (bottom - above) * factor)
        return rgb(made[..., rows, (left - before) * factor : (right - before) * factor])


def plan(scale: int, times: int) -> list[int]:
    """By how much a picture grows each time that a network is asked which enlarges `scale` times, to reach `times`."""
    if scale >= times:
        return [times]
    passes = [scale]
    while (done := int(np.prod(passes))) < times:
        passes.append(min(scale, times // done))
    return passes


def method(model: LoadedModel, times: int) -> str:
    """What makes pictures of this model `times` as large, in words for the recipe."""
    network: Any = model.upscaler
    passes = plan(int(network.scale), times)
    if len(passes) > 1:
        return f"{network.kind}, {len(passes)} times"
    return network.kind if passes[0] == network.scale else f"{network.kind}, reduced to x{times}"


def rgb(picture: torch.Tensor) -> Pixels:
    """(1, 3, height, width) in -1..1 as (height, width, 3) bytes."""
    levels = ((picture[0].float() / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
    array: Pixels = levels.permute(1, 2, 0).cpu().numpy()
    return array


def _tile(model: LoadedModel) -> int:
    network: Any = model.upscaler
    weights = sum(int(each.numel()) for each in network.parameters())
    return (HEAVY_TILE if weights > HEAVY else TILE)[model.device.type]


def _places(height: int, width: int, tile: int) -> list[tuple[int, int]]:
    return [(top, left) for top in range(0, height, tile) for left in range(0, width, tile)]


def _laid(under: Pixels, made: Pixels, overlap: int, axis: int) -> None:
    """Lay `made` over `under`; its first `overlap` pixels along `axis` fade in."""
    if overlap:
        shares = (np.arange(overlap, dtype=np.float32) + 0.5) / overlap
        shares = shares.reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        part = (slice(overlap),) if axis == 0 else (slice(None), slice(overlap))
        old = under[part].astype(np.float32)
        faded = np.rint(old + (made[part] - old) * shares).astype(np.uint8)
        under[...] = made
        under[part] = faded
    else:
        under[...] = made


@dataclass(eq=False, slots=True)
class Given:
    """A person's own picture that is only made larger, or cleaner: `decoded` (1, 3, height, width), bytes, nothing to
    step."""

    job: Job
    model: LoadedModel
    decoded: torch.Tensor
    index: int = 0
    seed: int = 0
    total: int = 0
    finished: bool = True
    seconds: float = 0.0
    turn: int = 0


def start(model: LoadedModel, request: Request) -> list[Given]:
    """The picture of a request of a tool that only asks the upscaler."""
    assert request.scene is not None
    pixels = np.array(request.scene.image)
    return [Given(request.job, model, torch.from_numpy(pixels).permute(2, 0, 1)[None])]
