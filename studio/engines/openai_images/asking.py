"""What a job asks of a server, as plain values: its inputs are read and laid out here, before any server is chosen."""

import io
from dataclasses import dataclass

from PIL import Image

from studio.engines.base import EngineError
from studio.engines.board import scenes, sketch
from studio.engines.board.scenes import Finish
from studio.job import Job

TOOLS = ("text_to_image", "sketch_to_image", "image_to_image", "inpaint", "outpaint")
# Torch generators of 32 bits, as Xinference has them; larger seeds of ours are folded into that.
SEED_MOST = 2**31


@dataclass(frozen=True, slots=True)
class Ask:
    """One job: `image` and `mask` are PNG files at the size wanted (`mask`: L, white is made anew).

    `steps` is what is asked for, `real_steps` how many of them run when only a part (`strength`) of the picture is made
    anew. `finish` turns a picture of the server into the result.
    """

    model: str
    prompt: str
    negative_prompt: str
    width: int
    height: int
    count: int
    seed: int
    steps: int
    real_steps: int
    guidance_scale: float
    strength: float | None
    sampler: str
    image: bytes | None
    mask: bytes | None
    finish: Finish
    request: str
    media_type: str

    @property
    def size(self) -> str:
        return f"{self.width}x{self.height}"

    def seed_of(self, index: int) -> int:
        """What the server is told for picture `index`."""
        return (self.seed + index) % SEED_MOST

    def request_of(self, index: int) -> str:
        """The name under which the server knows picture `index`."""
        return f"{self.request}-{index}"


def of(job: Job) -> Ask:
    """Raises EngineError: `engine_cannot` for a tool that such servers do not have, `adapter_unavailable`, and for
    inputs what engines/board raises."""
    if job.tool not in TOOLS:
        raise EngineError("engine_cannot")
    if job.adapters:  # their weights lie here, not there
        raise EngineError("adapter_unavailable", name=job.adapters[0].name)
    params = job.params
    steps = int(params["steps"])
    image, mask = _inputs(job)
    strength = float(params["strength"]) if image is not None else None
    return Ask(
        model=job.model.source,
        prompt=str(params.get("prompt") or ""),
        negative_prompt=str(params.get("negative_prompt") or ""),
        width=int(params["width"]),
        height=int(params["height"]),
        count=int(params["count"]),
        seed=int(params["seed"]),
        steps=steps,
        real_steps=steps if strength is None else max(1, min(int(steps * strength), steps)),
        guidance_scale=float(params["guidance_scale"]),
        strength=strength,
        sampler=str(params.get("sampler") or ""),
        image=image,
        mask=mask,
        finish=scenes.finisher(job),
        request=f"{job.id}-{job.attempt}",
        media_type=job.media_type,
    )


def _inputs(job: Job) -> tuple[bytes | None, bytes | None]:
    if job.tool == "text_to_image":
        return None, None
    if job.tool == "sketch_to_image":
        params = job.params
        drawn = sketch.read(
            job.inputs["sketch"], int(params["width"]), int(params["height"]), sketch.Options.of(params)
        )
        return png(drawn.board), None
    scene = scenes.read(job)
    return png(scene.image), png(scene.mask) if scene.mask else None


def png(picture: Image.Image) -> bytes:
    """As a file; fast rather than small: it goes to a server nearby."""
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()
