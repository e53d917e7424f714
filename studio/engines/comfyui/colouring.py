"""Colours for a grey photo from the node DDColor_Colorize: the server sees it small, everything else is done here.

The photo keeps its own light, all its pixels and its depth; hints and strength of colour work as with our own network.
"""

import asyncio
from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image

from studio.engines.base import EngineError
from studio.engines.board import received
from studio.engines.comfyui import filling, library, uploading
from studio.engines.comfyui.prompting import Asking
from studio.engines.comfyui.template import Template
from studio.engines.photo import colouring, lab, presets, sizes
from studio.engines.photo.lab import Floats
from studio.engines.photo.reading import Photo
from studio.engines.photo.way import Way
from studio.job import Job, Output, Step

TOOL = "colorize"
# The node's `model_input_size` goes in steps of this many pixels; it makes a square of whatever it sees.
GRID = 32


@dataclass
class Colouring:
    """What is asked of a network for one photo: its colours at each of the sizes `wanted`, by output."""

    job: Job
    photo: Photo
    wanted: dict[int, int]
    way: Way
    template: Template
    preset: str
    colours: dict[int, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, job: Job, photo: Photo, wanted: dict[int, int], way: Way) -> "Colouring":
        """Raises EngineError("workflow_missing")."""
        preset = sizes.preset(job.params, photo.width, photo.height) or _nearest(wanted)
        return cls(job, photo, wanted, way, library.find(job.model, TOOL, preset), preset)

    async def whole(self, asking: Asking) -> list[Output]:
        """Fill `colours`; there are no outputs yet."""
        for index, size in self.wanted.items():
            if index in self.colours:
                continue
            grey = await asyncio.to_thread(self._grey, size)
            name = await uploading.upload(asking.client, grey)
            values = filling.values(self.job, 0, {"image": name}) | {"network_size": on_grid(size, self.preset)}
            graph = filling.fill(self.template, values)
            asking.tell(Step("encoder", index=index, count=len(self.way.sizes)))
            data = await asking.picture(self.template, graph, index=index, count=len(self.way.sizes))
            self.colours[index] = await asyncio.to_thread(_colours, data, self._shape(size))
            asking.tell(Step("decoder", 1, 1, index, len(self.way.sizes), seconds=asking.seconds))
        return []

    def heard(self, step: Step) -> None:
        """A step of the server's, told as a part of the photo's way."""
        if step.stage == "decoder":
            self.way.asked(step.index, step.seconds, self.job.model.source)
        else:
            self.way.heard(replace(step, step=0, total=0))

    def _grey(self, size: int) -> bytes:
        values = colouring.prepared(self.photo, size)
        return uploading.file(Image.fromarray((values * 255).round().clip(0, 255).astype(np.uint8)).convert("RGB"))

    def _shape(self, size: int) -> tuple[int, int]:
        return presets.network_shape(self.photo.width, self.photo.height, size)


def on_grid(size: int, preset: str) -> int:
    """The nearest size that the node takes, and that still suits the preset."""
    near = max(GRID, round(size / GRID) * GRID)
    suits = presets.PRESETS.get(preset)  # type: ignore[call-overload]
    if suits is None or not suits.least <= size <= suits.most:
        return near
    return int(min(suits.most // GRID * GRID, max(-(-suits.least // GRID) * GRID, near)))


def _nearest(wanted: dict[int, int]) -> str:
    """The preset whose usual size is nearest to what was asked for in numbers."""
    size = max(wanted.values())
    return min(presets.PRESETS, key=lambda name: abs(presets.PRESETS[name].usual - size))


def _colours(data: bytes, shape: tuple[int, int]) -> Floats:
    """a and b (2, h, w) of the picture that the server gave."""
    picture = received.opened(data)
    if picture.size != shape:
        picture = picture.resize(shape, Image.Resampling.BILINEAR)
    rgb = np.asarray(picture, np.float32) / 255
    found = lab.to_lab(rgb.reshape(-1, 3))[:, 1:].T.reshape(2, shape[1], shape[0])
    if not np.isfinite(found).all():
        raise EngineError("no_picture")
    return found.astype(np.float32)
