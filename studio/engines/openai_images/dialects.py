"""The requests of each dialect: which endpoint makes what, and how it wants to be asked. Nothing is sent here.

OpenAI: https://platform.openai.com/docs/api-reference/images. Xinference: its images endpoints take what diffusers
needs as a JSON text in `kwargs`.
"""

import io
import json
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from studio.engines.openai_images.asking import Ask, png

# Models of OpenAI that always answer with base64, and refuse to be asked for it.
ALWAYS_BASE64 = ("gpt-image", "chatgpt-image")
PARTIAL_IMAGES = 3


@dataclass(frozen=True, slots=True)
class Request:
    """`sent` is what httpx takes; `images` is how many pictures the answer must have."""

    path: str
    images: int
    sent: dict[str, Any] = field(repr=False)
    stream: bool = False


def openai(ask: Ask, *, images: int, stream: bool) -> Request:
    """`images` pictures in one request, without seeds: the plain endpoints know none."""
    fields: dict[str, Any] = {"model": ask.model, "n": images, "size": ask.size}
    if not ask.model.startswith(ALWAYS_BASE64):
        fields["response_format"] = "b64_json"
    if ask.prompt or ask.image is None or ask.mask is not None:
        fields["prompt"] = ask.prompt
    if stream:
        fields |= {"stream": True, "partial_images": PARTIAL_IMAGES}
    if ask.image is None:
        return Request("images/generations", images, {"json": fields}, stream)
    files = {"image": ("image.png", ask.image, "image/png")}
    if ask.mask is not None:
        files["mask"] = ("mask.png", _clear_where_white(ask.image, ask.mask), "image/png")
    words = "prompt" in fields
    if not words:  # variations take none, and cannot be streamed
        fields = {name: value for name, value in fields.items() if name not in ("stream", "partial_images")}
    path = "images/edits" if words else "images/variations"
    return Request(path, images, {"data": _form(fields), "files": files}, stream and words)


def xinference(ask: Ask, index: int) -> Request:
    """Picture `index` alone: it has a seed of its own, and is shown as soon as it is made."""
    details: dict[str, Any] = {
        "num_inference_steps": ask.steps,
        "guidance_scale": ask.guidance_scale,
        "seed": ask.seed_of(index),
        "request_id": ask.request_of(index),
    }
    if ask.negative_prompt:
        details["negative_prompt"] = ask.negative_prompt
    if ask.sampler:
        details["sampler_name"] = ask.sampler
    if ask.strength is not None:
        details["strength"] = ask.strength
    fields: dict[str, Any] = {
        "model": ask.model, "prompt": ask.prompt, "n": 1, "response_format": "b64_json",
    }  # fmt: skip
    if ask.image is None:
        size = f"{ask.width}*{ask.height}"
        return Request("images/generations", 1, {"json": fields | {"size": size, "kwargs": json.dumps(details)}})
    if ask.negative_prompt:  # a field of its own where a form is sent
        fields["negative_prompt"] = details.pop("negative_prompt")
    form = _form(fields | {"size": f"{ask.width}*{ask.height}", "kwargs": json.dumps(details)})
    files = {"image": ("image.png", ask.image, "image/png")}
    if ask.mask is None:
        return Request("images/variations", 1, {"data": form, "files": files})
    files["mask_image"] = ("mask.png", ask.mask, "image/png")
    return Request("images/inpainting", 1, {"data": form, "files": files})


def _form(fields: dict[str, Any]) -> dict[str, str]:
    return {name: json.dumps(value) if isinstance(value, bool) else str(value) for name, value in fields.items()}


def _clear_where_white(image: bytes, mask: bytes) -> bytes:
    """OpenAI's mask: the picture itself, transparent where it shall be made anew."""
    picture = Image.open(io.BytesIO(image)).convert("RGB")
    keep = Image.open(io.BytesIO(mask)).convert("L").point(lambda value: 255 - value)
    picture.putalpha(keep)
    return png(picture)
