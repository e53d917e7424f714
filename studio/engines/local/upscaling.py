"""Pictures made twice as large by a model's upscaler, a tile a turn: large ones delay nobody and fit into memory."""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from studio.engines.local.loading import LoadedModel
from studio.engines.local.messages import Request
from studio.job import Job

# Sides of a tile in pixels of the smaller picture: on a CPU a tile of this size takes about as long as a step.
TILE = {"cpu": 128, "cuda": 512}


class Enlargement:
    """A picture (1, 3, height, width) in -1..1 on its way to twice that size: `rgb` (2 height, 2 width, 3), when `done`
    of `total` tiles are as many."""

    def __init__(self, model: LoadedModel, picture: torch.Tensor) -> None:
        self._network: Any = model.upscaler
        self._model = model
        self._picture = picture.clamp(-1, 1)
        self._tile = TILE[model.device.type]
        height, width = picture.shape[-2:]
        places = [(top, left) for top in range(0, height, self._tile) for left in range(0, width, self._tile)]
        self._places = deque(places)
        self.total = len(places)
        self.rgb: NDArray[np.uint8] = np.empty((2 * height, 2 * width, 3), np.uint8)

    @property
    def done(self) -> int:
        return self.total - len(self._places)

    @torch.no_grad()
    def piece(self) -> None:
        """Make the next tile. It is cut out of a larger one, so that it is the same as if the whole had been made."""
        top, left = self._places[0]
        bottom, right = top + self._tile, left + self._tile
        reach = self._network.reach
        above, before = max(0, top - reach), max(0, left - reach)
        part = self._picture[..., above : bottom + reach, before : right + reach]
        made = self._network(part.to(self._model.device, self._model.dtype))
        made = made[..., 2 * (top - above) : 2 * (bottom - above), 2 * (left - before) : 2 * (right - before)]
        self.rgb[2 * top : 2 * bottom, 2 * left : 2 * right] = rgb(made)
        self._places.popleft()


def rgb(picture: torch.Tensor) -> NDArray[np.uint8]:
    """(1, 3, height, width) in -1..1 as (height, width, 3) bytes."""
    levels = ((picture[0].float() / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
    array: NDArray[np.uint8] = levels.permute(1, 2, 0).cpu().numpy()
    return array


@dataclass(eq=False, slots=True)
class Given:
    """A person's own picture that is only made larger: `decoded` (1, 3, height, width) in -1..1, nothing to step."""

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
    """The picture of a request of the tool `upscale`."""
    assert request.scene is not None
    levels = torch.from_numpy(np.array(request.scene.image)).permute(2, 0, 1)[None]
    return [Given(request.job, model, levels.float() / 127.5 - 1)]
