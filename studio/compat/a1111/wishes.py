"""What a request of A1111's API means here. What would change the picture and cannot be had is refused by name; what
only that program's files and folders are about is left alone."""

import base64
import binascii
import io
from typing import Any

from django.utils.translation import gettext as _
from PIL import Image, ImageOps
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gallery.metadata import samplers
from studio.commands.programs import Wish
from studio.files import intake
from studio.words.errors import Refused

# What A1111 calls our fields.
NAMES = {"sampler": "sampler_name", "guidance_scale": "cfg_scale", "strength": "denoising_strength"}
NAMES |= {"count": "batch_size", "image": "init_images", "feather": "mask_blur", "upscale": "enable_hr"}
# resize_mode: just resize, crop and resize, (fill is none of ours), latent upscale.
FITS = {0: "stretch", 1: "crop", 3: "stretch"}
FEATHER_MAX = 64


class Asked(BaseModel):
    """The parameters that both calls share. Unknown ones are that program's own, and mean nothing here."""

    model_config = ConfigDict(extra="ignore")

    prompt: str = ""
    negative_prompt: str = ""
    styles: list[str] = Field(default_factory=list)
    seed: int = -1
    subseed_strength: float = 0.0
    sampler_name: str | None = None
    sampler_index: str | None = None
    scheduler: str | None = None
    batch_size: int = Field(1, ge=1)
    n_iter: int = Field(1, ge=1)
    steps: int | None = None
    cfg_scale: float | None = None
    width: int | None = None
    height: int | None = None
    restore_faces: bool = False
    tiling: bool = False
    send_images: bool = True
    override_settings: dict[str, Any] = Field(default_factory=dict)
    script_name: str | None = None
    script_args: list[Any] = Field(default_factory=list)
    alwayson_scripts: dict[str, Any] = Field(default_factory=dict)
    refiner_checkpoint: str | None = None
    denoising_strength: float | None = None
    # Of txt2img.
    enable_hr: bool = False
    hr_scale: float = 2.0
    # Of img2img.
    init_images: list[str] = Field(default_factory=list)
    mask: str | None = None
    mask_blur: int = 4
    inpainting_mask_invert: int = 0
    resize_mode: int = 0

    @property
    def checkpoint(self) -> str:
        """The model that this request alone names; "" for the one that was set."""
        return str(self.override_settings.get("sd_model_checkpoint") or "")


def read(values: dict[str, Any]) -> Asked:
    """The request, as far as it can be carried out. Raises Refused("invalid")."""
    try:
        asked = Asked.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        found = error.errors()[0]
        name = str(found["loc"][0]) if found["loc"] else "body"
        raise bad(name, found["msg"], found["type"]) from None
    not_ours = {
        "styles": asked.styles,
        "subseed_strength": asked.subseed_strength,
        "restore_faces": asked.restore_faces,
        "tiling": asked.tiling,
        "script_name": asked.script_name,
        "alwayson_scripts": asked.alwayson_scripts,
        "refiner_checkpoint": asked.refiner_checkpoint,
        "override_settings": {name for name in asked.override_settings if name != "sd_model_checkpoint"},
    }
    for name, said in not_ours.items():
        if said:
            raise bad(name, _("This cannot be had here."))
    return asked


def from_words(asked: Asked, model: str) -> Wish:
    """Of txt2img."""
    params = _params(asked)
    if asked.enable_hr:
        if asked.hr_scale != 2:
            raise bad("hr_scale", _("Pictures are made twice as large, or not at all."))
        params["upscale"] = 2
    return Wish(("text_to_image",), model, params)


def from_picture(asked: Asked, model: str) -> Wish:
    """Of img2img: with a mask only its white part is made anew."""
    if len(asked.init_images) != 1:
        raise bad("init_images", _("One picture is needed."))
    if asked.resize_mode not in FITS:
        raise bad("resize_mode", _("This cannot be had here."))
    params = _params(asked) | {"fit": FITS[asked.resize_mode]}
    if asked.denoising_strength is not None:
        params["strength"] = asked.denoising_strength
    pictures = {"image": decoded("init_images", asked.init_images[0])}
    if asked.mask is None:
        return Wish(("image_to_image",), model, params, pictures)
    mask = decoded("mask", asked.mask)
    pictures["mask"] = _inverted(mask) if asked.inpainting_mask_invert else mask
    return Wish(("inpaint",), model, params | {"feather": min(FEATHER_MAX, asked.mask_blur)}, pictures)


def decoded(name: str, told: str) -> bytes:
    """A picture in base64, with or without `data:image/png;base64,` before it. Raises Refused("invalid")."""
    data = told.partition(",")[2] if told.startswith("data:") else told
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise bad(name, _("This is no picture in base64.")) from None


def bad(name: str, message: str, code: str = "invalid") -> Refused:
    """A refusal that names a field."""
    return Refused("invalid", fields={name: {"code": code, "message": message}})


def _params(asked: Asked) -> dict[str, Any]:
    """What was said, by our names; what was not is the model's."""
    sampler = _sampler(asked)
    params: dict[str, Any] = {
        "prompt": asked.prompt,
        "negative_prompt": asked.negative_prompt,
        "count": asked.batch_size * asked.n_iter,
        "seed": asked.seed if asked.seed >= 0 else None,
        "steps": asked.steps,
        "guidance_scale": asked.cfg_scale,
        "width": asked.width,
        "height": asked.height,
        "sampler": sampler or None,
    }
    return {name: value for name, value in params.items() if value is not None}


def _sampler(asked: Asked) -> str:
    name = asked.sampler_name or asked.sampler_index or ""
    if name.casefold() in ("", "automatic"):
        return ""
    schedule = (asked.scheduler or "").casefold()
    karras = "karras" if schedule == "karras" and not name.casefold().endswith("karras") else ""
    return samplers.ours(name, karras)


def _inverted(mask: bytes) -> bytes:
    pixels = intake.pixels(mask)
    marked = pixels.getchannel("A") if pixels.mode == "RGBA" else pixels.convert("L")
    out = io.BytesIO()
    ImageOps.invert(marked).save(out, "PNG", compress_level=1)
    return out.getvalue()


def thumbnail(jpeg: bytes) -> bytes:
    """A preview as the PNG that programs expect."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as small:
        small.convert("RGB").save(out, "PNG", compress_level=1)
    return out.getvalue()
