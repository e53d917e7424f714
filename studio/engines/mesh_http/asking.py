"""What a job asks of a server, as plain values: its picture is laid out here, before any server is chosen."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from PIL import Image

from studio.engines.base import EngineError
from studio.engines.board import pictures
from studio.job import Job

TOOL = "sketch_to_3d"
# Seeds of 32 bits with a sign, as such servers have them; larger ones of ours are folded into that.
SEED_MOST = 2**31
# Such networks look at pictures of 518 pixels: a longer side is sent in vain.
SIDE = 1024


@dataclass(frozen=True, slots=True)
class Ask:
    """One shape: `image` is a PNG file (RGB); `metres` is how long its longest side shall be."""

    model: str
    image: bytes = field(repr=False)
    prompt: str = ""
    seed: int = 0
    steps: int = 25
    guidance_scale: float = 7.5
    metres: float = 1.0

    def following(self, index: int) -> "Ask":
        """The same for output `index`, which has a seed of its own."""
        return replace(self, seed=(self.seed + index) % SEED_MOST)


def of(job: Job) -> Ask:
    """What a job's first output asks for.

    Raises EngineError: `engine_cannot` for another tool, `input_required` without a picture, and for pictures what
    engines/board raises.
    """
    if job.tool != TOOL:
        raise EngineError("engine_cannot")
    params = job.params
    return Ask(
        job.model.source,
        _png(picture(job.inputs)),
        str(params.get("prompt") or ""),
        int(params["seed"]) % SEED_MOST,
        int(params.get("steps") or 25),
        float(params.get("guidance_scale") or 7.5),
        float(params.get("size") or 1.0),
    )


def picture(inputs: Mapping[str, bytes]) -> Image.Image:
    """The picture that the shape is made of, RGB: one that was given, otherwise the drawing itself, on white."""
    data = inputs.get("image") or inputs.get("sketch")
    if data is None:
        raise EngineError("input_required")
    image = pictures.on_white(pictures.decode(data))
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return image


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=4)
    return out.getvalue()
