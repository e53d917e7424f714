"""What programs ask for in one request and wait for: pictures in, a generation asked for once, its end, files out.

The interfaces of other studios (studio/compat) all end here, and from here in `generations.submit` like every other.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import redis
from django.utils.translation import gettext as _

from accounts.models import ApiKey, User
from gallery.models import Work
from studio import tools
from studio.commands import generations
from studio.engines import samplers
from studio.files import blobs
from studio.gates import rates, tries
from studio.models import TERMINAL, Generation, Model, State
from studio.protocol import Submit
from studio.tools.base import Tool
from studio.words.errors import ERRORS, Refused

# Sides of pictures are whole times of this.
SIDE_STEP, SIDE_MIN = 8, 64
STEPS_MAX = 100
# The longest side (px) that an unfinished picture is blown up to.
PREVIEW_SIDE = 2048


@dataclass(frozen=True, slots=True)
class Wish:
    """What a program wants, before anything of it is looked at.

    `tools` are those that would do, the first that the model has is taken; `pictures` are encoded files by role.
    `params` go to the tool's form as they are. `size` is "auto" (as the model likes it, in the shape of the picture it
    begins with), or (width, height). `effort` multiplies the model's own number of steps and `closeness` its strength,
    where `params` name none.
    """

    tools: tuple[str, ...]
    model: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    size: tuple[int, int] | None = None
    effort: float = 1.0
    closeness: float = 1.0


@dataclass(frozen=True, slots=True)
class End:
    """How a generation ended: finished with its `works` in order, or with the `code` of an error and its parameters."""

    generation: UUID
    works: tuple[Work, ...]
    params: Mapping[str, Any]
    tool: str
    model: str
    cost: float
    code: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)


def command_for(user: User, asked: str, *, again: bool, own_key: str = "") -> str:
    """The command (Generation.command) of a request with the digest `asked` (tries.digest).

    `again`: it is sent once more by itself, and means the generation that the first try asked for. `own_key` is what
    the program calls the request (Idempotency-Key): the same name is the same request whenever it comes.
    Raises Refused("idempotency_reused") where it was another request.
    """
    if own_key:
        named = f"key-{tries.digest(own_key)[:24]}-"
        others = Generation.objects.filter(owner=user, command__startswith=named).exclude(command=named + asked)
        if others.exists():
            raise Refused("idempotency_reused")
        return named + asked
    if again:
        try:
            known = tries.again(user.pk, asked)
        except redis.RedisError:
            rows = Generation.objects.filter(owner=user, command__startswith=tries.prefix(asked))
            known = rows.order_by("-created_at").values_list("command", flat=True).first()
        if known:
            return known
    return tries.first(user.pk, asked)


def ask(user: User, key: ApiKey, wish: Wish, command: str) -> Generation:
    """Queue what is wished for; the same command gives the first one again, and nothing of the wish is looked at.

    Raises Refused as generations.submit.
    """
    known = Generation.objects.filter(owner=user, command=command).first()
    if known is not None:
        return known
    tool, model = choose(user, key, wish)
    if set(wish.pictures) - {*tool.needs, *tool.takes}:
        raise Refused("invalid", fields={"image": {"code": "too_many", "message": _("This takes one picture only.")}})
    given = {}
    for role, data in wish.pictures.items():
        rates.check("upload", user.pk)
        given[role] = blobs.put(user.pk, data)
    first = given.get(tool.needs[0]) if tool.needs else None
    params = _params(wish, tool, model, (first.width, first.height) if first else None)
    inputs = {role: each.pk for role, each in given.items()}
    asked = Submit(type="submit", id=command, tool=tool.name, model=model.name, params=params, inputs=inputs)
    return generations.submit(user, asked, key=key)


def choose(user: User, key: ApiKey, wish: Wish) -> tuple[Tool, Model]:
    """The first tool of the wish that a model can be had for, and that model: the one named, or the default one.

    Raises Refused: unknown_tool, model_unavailable, key_model.
    """
    wanted = [tools.find(name) for name in wish.tools]
    usable = list(Model.objects.usable_by(user))
    if wish.model:
        usable = [model for model in usable if model.name == wish.model]
        if usable and key.model_names and wish.model not in key.model_names:
            raise Refused("key_model")
    elif key.model_names:
        usable = [model for model in usable if model.name in key.model_names]
    for tool in wanted:
        for model in usable:
            if tool.name in model.tools and not set(tool.asks(model)) - set(wish.pictures):
                return tool, model
    raise Refused("model_unavailable")


def models(user: User, key: ApiKey) -> list[Model]:
    """What the key can be used with, in the order of the catalogue."""
    usable = Model.objects.usable_by(user)
    return [model for model in usable if not key.model_names or model.name in key.model_names]


def ended(user: User, generation_id: UUID) -> bool:
    """Whether nothing more will happen to one's own generation."""
    return generations.find(user, generation_id).state in TERMINAL


def size_of(user: User, generation_id: UUID) -> tuple[int, int]:
    """Width and height of what one's own generation makes, as far as is known before; no side above PREVIEW_SIDE."""
    params = generations.find(user, generation_id).params
    times = int(params.get("upscale") or params.get("scale") or 1)
    width, height = (max(1, times * int(params.get(side) or SIDE_MIN)) for side in ("width", "height"))
    scale = min(1.0, PREVIEW_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def end_of(user: User, generation_id: UUID) -> End:
    """How one's own generation ended. Its works are those that are there: deleted ones are left out."""
    row = generations.find(user, generation_id)
    works = tuple(Work.objects.of(user).filter(generation=row.pk).prefetch_related("files").order_by("index"))
    cost = round(row.cost - row.refunded, 3)
    about = {"params": row.params, "tool": row.tool, "model": row.model_name, "cost": cost}
    if row.state == State.FINISHED:
        return End(row.pk, works, code="" if works else "not_found", **about)
    if row.state == State.CANCELLED:
        return End(row.pk, (), code="cancelled", **about)
    code = row.error_code if row.error_code in ERRORS else "internal"
    return End(row.pk, (), code=code, told=row.error_params, **about)


def newest(user: User, key: ApiKey) -> Generation | None:
    """What is made with the key and is not finished: what runs before what waits, the newest of them."""
    rows = Generation.objects.filter(owner=user, api_key=key, state__in=[State.QUEUED, State.RUNNING])
    return rows.order_by("-state", "-created_at").first()


def stop(user: User, generation_id: UUID) -> bool:
    """Stop one's own generation; False when it had ended."""
    try:
        generations.cancel(user, generation_id)
    except Refused:
        return False
    return True


def stop_if_left(user: User, command: str, generation_id: UUID) -> bool:
    """Stop what `command` asked for unless somebody waits for it; whether that was so."""
    if ended(user, generation_id) or not tries.give_up(user.pk, command):
        return False
    if stop(user, generation_id):
        return True
    tries.note(user.pk, command)  # it ended just now, and is there for whoever comes back
    return False


def _params(wish: Wish, tool: Tool, model: Model, picture: tuple[int, int] | None) -> dict[str, Any]:
    """The parameters of the wish with those that follow from it."""
    fields, params = tool.form_class.base_fields, dict(wish.params)
    if "prompt" not in fields:  # every program sends words
        params.pop("prompt", None)
    if "count" not in fields and params.get("count", 1) != 1:
        raise Refused("invalid", fields={"count": {"code": "max_value", "message": _("This makes one picture.")}})
    defaults = tool.form_class.defaults(model)
    # A tool that keeps the picture's own size shows no field for one.
    if {"width", "height"} & set(defaults):
        size = wish.size or (fitted(picture, defaults, model.max_side) if picture else None)
        if size:
            params = {"width": size[0], "height": size[1]} | params
    elif wish.size and picture and wish.size != _result(tool, params, picture):
        raise Refused("invalid", fields={"size": {"code": "fixed", "message": _("This keeps the picture's own size.")}})
    if "steps" in fields and "steps" not in params and wish.effort != 1.0:
        most = min(STEPS_MAX, samplers.MOST_STEPS.get(str(params.get("sampler", "")), STEPS_MAX))
        params["steps"] = max(1, min(most, math.ceil(defaults["steps"] * wish.effort)))
    if "strength" in fields and "strength" not in params and wish.closeness != 1.0:
        params["strength"] = round(defaults["strength"] * wish.closeness, 3)
    return params


def fitted(picture: tuple[int, int], defaults: Mapping[str, Any], most: int) -> tuple[int, int]:
    """About as many pixels as the model's own size has, in the shape of the picture; no side above `most`."""
    width, height = picture
    scale = math.sqrt(defaults["width"] * defaults["height"] / (width * height))
    scale = min(scale, most / max(width, height))
    return _side(width * scale, most), _side(height * scale, most)


def _side(pixels: float, most: int) -> int:
    whole = round(pixels / SIDE_STEP) * SIDE_STEP
    return max(SIDE_MIN, min(whole, most // SIDE_STEP * SIDE_STEP))


def _result(tool: Tool, params: Mapping[str, Any], picture: tuple[int, int]) -> tuple[int, int]:
    """The size of what a tool makes that keeps the picture's own."""
    scale = params.get("scale", 2) if "scale" in tool.form_class.base_fields else 1
    times = scale if isinstance(scale, int) else 1
    return picture[0] * times, picture[1] * times
