"""The API's addresses of styles: the public ones to read, one's own to read and to change."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.templatetags.static import static
from ninja import Router, Schema, Status

from accounts.models import User
from studio.api.auth import by
from studio.api.bodies import Body
from studio.api.paging import Page
from studio.api.repeated import idempotent
from studio.commands import presets
from studio.models import Preset

router = Router(tags=["presets"], auth=by("generate"))


class PresetView(Schema):
    """A style. `own`: the person may change it. `picture` is an address, or null."""

    id: int
    name: str
    prompt: str
    negative_prompt: str
    params: dict[str, Any]
    own: bool
    picture: str | None


class PresetBody(Body):
    name: str
    prompt: str
    negative_prompt: str = ""
    params: dict[str, Any] = {}


@router.get("", auth=by("read", "generate"), response=Page[PresetView])
def styles(request: HttpRequest) -> Any:
    """The public styles, then one's own."""
    return {"items": [_view(preset) for preset in presets.offered(_person(request))]}


@router.post("", response={201: PresetView})
@idempotent
def save_style(request: HttpRequest, body: PresetBody) -> Any:
    """Keep a style of one's own."""
    return Status(201, _view(presets.save(_person(request), _values(body))))


@router.put("/{preset_id}", response=PresetView)
def change_style(request: HttpRequest, preset_id: int, body: PresetBody) -> Any:
    """Change one's own style."""
    return _view(presets.change(_person(request), preset_id, _values(body)))


@router.delete("/{preset_id}", response={204: None})
def delete_style(request: HttpRequest, preset_id: int) -> Any:
    """Delete one's own style."""
    presets.delete(_person(request), preset_id)
    return Status(204, None)


def _person(request: HttpRequest) -> User:
    assert not isinstance(request.user, AnonymousUser)
    return request.user


def _values(body: PresetBody) -> dict[str, Any]:
    return body.params | body.dict(exclude={"params"})


def _view(preset: Preset) -> dict[str, Any]:
    place = f"img/presets/{preset.slug}.webp"
    known = preset.owner_id is None and preset.slug and finders.find(place)
    words = {"name": preset.title, "prompt": preset.prompt, "negative_prompt": preset.negative_prompt}
    own = preset.owner_id is not None
    return {"id": preset.pk, "params": preset.params, "own": own, "picture": static(place) if known else None} | words
