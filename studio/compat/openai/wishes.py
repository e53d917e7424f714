"""What a request of OpenAI's images API means here: a wish for our tools, and the form of its answer.

What that API knows and we cannot do is refused by name; what it does not know is a parameter of the tool, so `steps`,
`seed`, `guidance_scale`, `negative_prompt`, `strength` or `sampler` are as good as its own.
"""

import io
from dataclasses import dataclass, replace
from typing import Any, Literal

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio import tools
from studio.commands.delivering import Form
from studio.commands.programs import Wish
from studio.compat.bodies import Sent
from studio.files import intake
from studio.tools.base import NumberMixin
from studio.tools.fields import Switch
from studio.values import strictjson
from studio.words.errors import Refused

# How the steps of a picture go by its quality: times the model's own number of steps.
EFFORT = {"low": 0.5, "medium": 1.0, "high": 1.5, "xhigh": 2.0, "max": 3.0}
QUALITIES = {"auto": "medium", "standard": "medium", "hd": "high"}
# How much of the model's own strength keeps a picture close to the one it begins with (input_fidelity "high").
CLOSE = 0.6
# Without a mask; the first that the model has.
EDITS = ("image_to_image", "colorize", "upscale", "restore")


class Asked(BaseModel):
    """The parameters of OpenAI's that mean something here; the others are in `model_extra`.

    `moderation`, `style` and `complexity` change nothing: the rules of the place always hold, and the rest is the
    prompt's. `safety_identifier` (or `user`) is given back.
    """

    model_config = ConfigDict(extra="allow")

    prompt: str | None = None
    model: str | None = Field(None, max_length=64)
    tool: str | None = Field(None, max_length=40)
    n: int = Field(1, ge=1)
    size: str | None = Field(None, max_length=20)
    quality: Literal["auto", "standard", "hd", "low", "medium", "high", "xhigh", "max"] = "auto"
    response_format: Literal["url", "b64_json"] = "b64_json"
    output_format: Literal["png", "jpeg", "webp"] = "png"
    output_compression: int | None = Field(None, ge=0, le=100)
    background: Literal["auto", "opaque", "transparent"] = "auto"
    stream: bool = False
    partial_images: int = Field(0, ge=0, le=3)
    input_fidelity: Literal["low", "high"] = "low"
    moderation: Literal["auto", "low"] = "auto"
    style: str | None = None
    complexity: str | None = None
    safety_identifier: str | None = Field(None, max_length=200)
    user: str | None = Field(None, max_length=200)


@dataclass(frozen=True, slots=True)
class Answer:
    """How the pictures are wanted: `by_url` or in base64, and of a `stream` up to `partials` previews of each."""

    form: Form
    by_url: bool
    stream: bool
    partials: int
    quality: str
    safety_identifier: str | None


def generation(sent: Sent) -> tuple[Wish, Answer]:
    """Of `/v1/images/generations`. Raises Refused("invalid"), as the others here."""
    asked = _asked(sent)
    wish = _wish(sent, asked, ("text_to_image",))
    if sent.files:
        raise _bad(next(iter(sent.files)), _("This takes no picture. Send it to /v1/images/edits."))
    return replace(wish, params={**_named(asked), **wish.params}), _answer(asked)


def edit(sent: Sent) -> tuple[Wish, Answer]:
    """Of `/v1/images/edits`: the masked part made anew; without a mask whatever the model does with a picture."""
    asked = _asked(sent)
    pictures = _pictures(sent)
    masks = sent.files.get("mask", [])
    wish = _wish(sent, asked, ("inpaint",) if masks else EDITS)
    given = _by_role(wish.tools, pictures)
    if masks:
        given["mask"] = marked(masks[0], pictures[0])
    return replace(wish, params={**_named(asked), **wish.params}, pictures=given), _answer(asked)


def variation(sent: Sent) -> tuple[Wish, Answer]:
    """Of `/v1/images/variations`: the picture painted over, without words."""
    asked = _asked(sent)
    pictures = _pictures(sent)
    wish = _wish(sent, asked, ("image_to_image",))
    return replace(wish, params={**_named(asked), **wish.params}, pictures=_by_role(wish.tools, pictures)), _answer(
        asked
    )


def marked(mask: bytes, picture: bytes) -> bytes:
    """The mask as our tools take it (PNG, white: made anew) of OpenAI's, whose fully transparent parts are to be."""
    none = _("A mask says by its transparent parts what shall be made anew; this one has none.")
    pixels = intake.pixels(mask)
    if pixels.mode != "RGBA":
        raise _bad("mask", none)
    if pixels.size != _size_of(picture):
        raise _bad("mask", _("The mask must be as large as the picture."))
    white = pixels.getchannel("A").point([255, *[0] * 255])
    if white.getbbox() is None:
        raise Refused("nothing_marked", fields={"mask": {"code": "nothing_marked", "message": none}})
    out = io.BytesIO()
    white.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _asked(sent: Sent) -> Asked:
    try:
        return Asked.model_validate({name: value for name, value in sent.values.items() if value is not None})
    except ValidationError as error:
        found = error.errors()[0]
        name = str(found["loc"][0]) if found["loc"] else "body"
        raise Refused("invalid", fields={name: {"code": found["type"], "message": found["msg"]}}) from None


def _wish(sent: Sent, asked: Asked, wanted: tuple[str, ...]) -> Wish:
    if asked.tool:
        tools.find(asked.tool)
        wanted = (asked.tool,)
    if asked.background == "transparent":
        raise _bad("background", _("Pictures made here have no transparent background."))
    quality = QUALITIES.get(asked.quality, asked.quality)
    return Wish(
        tools=wanted,
        model=asked.model,
        params=_extras(sent, asked, wanted),
        size=_size(asked.size),
        effort=EFFORT[quality],
        closeness=CLOSE if asked.input_fidelity == "high" else 1.0,
    )


def _named(asked: Asked) -> dict[str, Any]:
    """The tool's parameters that OpenAI has other names for, or the same."""
    return {"count": asked.n} | ({"prompt": asked.prompt} if asked.prompt is not None else {})


def _answer(asked: Asked) -> Answer:
    if asked.output_compression is not None and asked.output_format == "png" and asked.output_compression != 100:
        raise _bad("output_compression", _("Only JPEG and WebP can be compressed further."))
    if asked.stream and asked.response_format == "url":
        raise _bad("response_format", _("A stream carries the pictures themselves."))
    if asked.partial_images and not asked.stream:
        raise _bad("partial_images", _("Only a stream carries unfinished pictures."))
    return Answer(
        form=Form(asked.output_format, None if asked.output_format == "png" else asked.output_compression),
        by_url=asked.response_format == "url",
        stream=asked.stream,
        partials=asked.partial_images,
        quality=QUALITIES.get(asked.quality, asked.quality),
        safety_identifier=asked.safety_identifier or asked.user,
    )


def _extras(sent: Sent, asked: Asked, wanted: tuple[str, ...]) -> dict[str, Any]:
    """What only our tools know. A form's values are text: numbers and switches of the tool are read as such."""
    extras = dict(asked.model_extra or {})
    if not sent.is_form:
        return extras
    fields = {name: field for each in wanted for name, field in tools.find(each).form_class.base_fields.items()}
    return {name: _typed(fields.get(name), value) for name, value in extras.items()}


def _typed(field: Any, value: str) -> Any:
    if not isinstance(field, NumberMixin | Switch):
        return value
    try:
        return strictjson.loads(value)
    except ValueError:
        return value  # the form says what is wrong with it


def _pictures(sent: Sent) -> list[bytes]:
    """The pictures of a form: one `image`, or several as `image[]`."""
    for name in sent.files:
        if name not in ("image", "image[]", "mask"):
            raise _bad(name, _("This file is not taken."))
    pictures = [*sent.files.get("image", []), *sent.files.get("image[]", [])]
    if not pictures:
        raise _bad("image", _("A picture is needed."), "required")
    return pictures


def _by_role(wanted: tuple[str, ...], pictures: list[bytes]) -> dict[str, bytes]:
    """The first picture is what the tool needs, a second what it takes besides (a photo's colour hints)."""
    tool = tools.find(wanted[0])
    roles = [role for role in (*tool.needs, *tool.takes) if role != "mask"]
    if wanted == EDITS:
        roles = ["image", "hints"]
    if len(pictures) > len(roles):
        raise _bad("image", _("Too many pictures: at most %(limit)s can be taken.") % {"limit": len(roles)})
    return dict(zip(roles, pictures, strict=False))


def _size(told: str | None) -> tuple[int, int] | None:
    if told is None or told == "auto":
        return None
    width, times, height = told.partition("x")
    if not times or not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise _bad("size", _("A size is “auto” or like 512x512."))
    return int(width), int(height)


def _size_of(picture: bytes) -> tuple[int, int]:
    size: tuple[int, int] = intake.pixels(picture).size
    return size


def _bad(name: str, message: str, code: str = "invalid") -> Refused:
    return Refused("invalid", fields={name: {"code": code, "message": message}})
