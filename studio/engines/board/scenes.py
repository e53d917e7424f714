"""A picture to go on from, laid out as the model sees it, and put back together with what the model made of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from studio.engines.base import EngineError
from studio.engines.board import pictures
from studio.engines.board.morphology import dilate, fading
from studio.engines.board.pictures import Size
from studio.engines.photo import enlarging
from studio.job import Job

Finish = Callable[[Image.Image], Image.Image]
Marked = NDArray[np.uint8]

TOOLS = ("image_to_image", "inpaint", "outpaint", "upscale", "restore")


@dataclass(frozen=True, slots=True)
class Scene:
    """At the model's size: an RGB picture, and for in- and outpainting a mask (L, white: made anew, else black)."""

    image: Image.Image
    mask: Image.Image | None = None


def read(job: Job) -> Scene:
    """The scene of a job of TOOLS; to be made larger, a picture keeps its own size. Raises EngineError("invalid_image",
    "image_too_large" or "nothing_marked")."""
    params = job.params
    if job.tool in ("upscale", "restore"):
        image = pictures.decode(job.inputs["image"])
        enlarging.check(image.size, int(params.get("scale", 2)) if job.tool == "upscale" else 1)
        return Scene(_opaque(image))
    size = int(params["width"]), int(params["height"])
    if job.tool == "image_to_image":
        image = pictures.fitted(pictures.decode(job.inputs["image"]), size, params["fit"])
        return Scene(pictures.on_white(image))
    image, marked = _laid(job, size)
    if not marked.any():
        raise EngineError("nothing_marked")
    if job.tool == "outpaint":
        image = _filled(image, marked)
    # The model makes the soft edge anew too: there its picture fades into the old one.
    grown = dilate(marked[None], 2 * int(params["feather"]))[0] if params["feather"] else marked
    return Scene(image, Image.fromarray(grown * np.uint8(255)))


def finisher(job: Job) -> Finish:
    """What turns a picture of the model into the result: with `keep_original` everything that is farther than `feather`
    pixels from what was marked is the person's own picture again, to the bit."""
    if job.tool == "upscale":
        return lambda made: enlarging.with_alpha(made, pictures.decode(job.inputs["image"]))
    if job.tool == "restore":
        return lambda made: _mixed(pictures.decode(job.inputs["image"]), made, 2 * float(job.params["grain"]))
    if job.tool not in ("inpaint", "outpaint") or not job.params["keep_original"]:
        return lambda made: made
    return lambda made: _kept(job, made)


def _kept(job: Job, made: Image.Image) -> Image.Image:
    original, marked = _laid(job, made.size)
    reach = round(int(job.params["feather"]) * made.width / int(job.params["width"]))
    share = fading(marked[None], reach)[0][..., None]
    old, new = np.asarray(original, np.float32), np.asarray(made, np.float32)
    return Image.fromarray((old + (new - old) * share).round().astype(np.uint8))


def _laid(job: Job, size: Size) -> tuple[Image.Image, Marked]:
    """The picture in its place in a frame of `size`, and what is marked: (height, width) of zeros and ones."""
    image = pictures.decode(job.inputs["image"])
    if job.tool == "outpaint":
        sheet = _in_frame(image, job, size)
        alpha = np.asarray(sheet.getchannel("A"))
        return sheet.convert("RGB"), (alpha < 128).astype(np.uint8)
    fit = job.params["fit"]
    mask = pictures.fitted(_mark(pictures.decode(job.inputs["mask"])), size, fit)
    return pictures.on_white(pictures.fitted(image, size, fit)), (np.asarray(mask) >= 128).astype(np.uint8)


def _mark(mask: Image.Image) -> Image.Image:
    """White is marked; in a mask with transparency whatever is opaque, whichever colour it was drawn in."""
    alpha = mask.getchannel("A")
    return alpha if np.asarray(alpha).min() < 128 else mask.convert("L")


def _in_frame(picture: Image.Image, job: Job, size: Size) -> Image.Image:
    params = job.params
    scale = size[0] / int(params["width"])
    left, right, top, bottom = (round(int(params[end]) * scale) for end in ("left", "right", "top", "bottom"))
    sheet = Image.new("RGBA", size, (255, 255, 255, 0))
    if left or right or top or bottom:
        part = pictures.fitted(picture, (size[0] - left - right, size[1] - top - bottom), "crop")
    else:
        part = ImageOps.contain(picture, size, Image.Resampling.LANCZOS)
        left, top = (size[0] - part.width) // 2, (size[1] - part.height) // 2
    sheet.paste(part, (left, top))
    return sheet


def _mixed(original: Image.Image, made: Image.Image, share: float) -> Image.Image:
    """So much (0 to 1) of what was made, the rest as it was; transparent as it was."""
    blended = Image.blend(original.convert("RGB"), made.convert("RGB"), min(1.0, share))
    return enlarging.with_alpha(blended, original)


def _opaque(image: Image.Image) -> Image.Image:
    """The colours alone; where nothing is seen of them, those around it."""
    unseen = np.asarray(image.getchannel("A")) == 0
    return _filled(image.convert("RGB"), unseen.astype(np.uint8)) if unseen.any() else image.convert("RGB")


def _filled(image: Image.Image, marked: Marked) -> Image.Image:
    """The colours around each hole, continued softly into it: the model then starts from them, not from white."""
    known = 1 - marked.astype(np.float32)[..., None]
    colours = _push_pull(np.asarray(image, np.float32), known)
    return Image.fromarray(colours.round().clip(0, 255).astype(np.uint8))


def _push_pull(colours: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Unknown places (0 in `known`) from ever coarser averages of the known ones (Gortler et al., The Lumigraph, 1996).

    `colours` (height, width, 3), `known` (height, width, 1) in 0..1.
    """
    height, width = known.shape[:2]
    if height * width == 1 or known.min() > 0:
        return colours
    edge = ((0, height % 2), (0, width % 2), (0, 0))
    weight, total = (_halved(np.pad(each, edge)) for each in (known, colours * known))
    below = _push_pull(total / weight.clip(min=np.float32(1e-6)), weight.clip(max=np.float32(1)))
    coarse = np.stack([_doubled(channel, width, height) for channel in np.moveaxis(below, 2, 0)], 2)
    return np.where(known > 0, colours, coarse)


def _halved(layers: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width, channels = layers.shape
    return layers.reshape(height // 2, 2, width // 2, 2, channels).sum((1, 3))


def _doubled(channel: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    whole = channel.shape[1] * 2, channel.shape[0] * 2
    return np.asarray(Image.fromarray(channel).resize(whole, Image.Resampling.BILINEAR))[:height, :width]
