"""The studio's own pages: the welcome for visitors, and the studio itself."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from gallery.models import Work
from gallery.recipes import media_url, origin, recipe_for_studio
from studio import tools
from studio.commands import live, readings, scenes, shared
from studio.models import Adapter, Board, Model
from studio.protocol import MAX_MESSAGE
from studio.tools.base import Tool
from studio.tools.code_scene import CodeScene
from studio.values import worlds
from studio.views.panel import panel
from studio.words.errors import Refused

# The model that ships here; the page says what it knows.
STARTER = "starter"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """`/`: what this is, for visitors; people with an account go straight to the studio."""
    if request.user.is_authenticated:
        return redirect("studio:studio")
    return render(request, "studio/home.html")


@require_safe
@never_cache
@login_required
def studio(request: HttpRequest) -> HttpResponse:
    """`/studio/`: the board, the panel and the results. `?work=<id>` loads a visible work's settings and drawing.

    `?board=<id>` opens a board that one may watch, `?board=new` a fresh one; `?input=<id>` lays a visible work's
    picture on it, `?tool=<name>` begins with that tool.
    """
    user = request.user
    assert isinstance(user, User)
    asked = request.GET
    if _is_world(user, asked.get("work")):
        return redirect(f"{reverse('studio:world')}?work={asked['work']}")
    # A work comes on a board of its own: what was being drawn stays as it is.
    config = configuration(user) | _drawing_to_open(user, "new" if "work" in asked else asked.get("board"))
    config["input"] = _picture(user, asked.get("input"))
    config["tool"] = asked.get("tool")
    starter = any(model["name"] == STARTER for model in config["models"])
    recipe = _recipe(user, asked.get("work"))
    if recipe and recipe["tool"] == CodeScene.name:
        return redirect(f"{reverse('studio:scenes')}?work={asked['work']}")
    context = {"config": config, "recipe": recipe, "knows_starter": starter, "scenes": bool(scenes.models(user))}
    return render(request, "studio/studio.html", context)


def configuration(user: User) -> dict[str, Any]:
    """What the page's modules know from the start: models with their panels, tools, addresses and limits."""
    registry = tools.registry()
    # A model whose tools all have pages of their own is named there.
    elsewhere = {name for name, tool in registry.items() if not tool.on_board}
    usable = [model for model in Model.objects.usable_by(user) if not model.tools or set(model.tools) - elsewhere]
    adapters = list(Adapter.objects.usable_by(user).filter(kind=Adapter.Kind.LORA))
    return {
        "user": user.pk,
        "models": [_model(model, registry, adapters) | {"notes": _notes(model, registry, usable)} for model in usable],
        "tools": [_tool(tool) for tool in registry.values() if tool.on_board],
        "maxMessage": MAX_MESSAGE,
        "socket": "/ws/studio/",
    }


def board_to_open(user: User, wanted: str | None, kind: str = Board.Kind.DRAWING) -> dict[str, Any]:
    """Which board of a `kind` to open: the one that was asked for ("new": a fresh one), or the last one that was
    changed anywhere. Raises Http404 for one that is not theirs, or of another kind."""
    own = Board.objects.filter(owner=user, kind=kind)
    if wanted is None or wanted == "new":
        last = own.values_list("pk", flat=True).first() if wanted is None else None
        return {"board": last.hex if last else None, "asked": wanted is not None}
    try:
        found = own.filter(pk=UUID(wanted)).exists()
    except ValueError:
        found = False
    if not found:
        raise Http404
    return {"board": UUID(wanted).hex, "asked": True}


def _drawing_to_open(user: User, wanted: str | None) -> dict[str, Any]:
    """As `board_to_open`, of drawings; with what one may do there, and whose it is, as `sharing`. Raises Http404 for
    one that one may not watch."""
    if wanted is None or wanted == "new":
        found = board_to_open(user, wanted)
        return found | {"sharing": shared.summary(user, UUID(found["board"])) if found["board"] else None}
    try:
        summary = shared.summary(user, UUID(wanted))
    except (ValueError, Refused):
        raise Http404 from None
    return {"board": UUID(wanted).hex, "asked": True, "sharing": summary}


def _tool(tool: Tool) -> dict[str, Any]:
    """`inputs`: what of the board each input that it needs is; `takes`: each that may be given besides."""
    words = {"name": tool.name, "title": str(tool.title), "hint": str(tool.hint), "icon": tool.icon, "when": tool.when}
    inputs, takes = ({role: tool.sources[role] for role in roles} for roles in (tool.needs, tool.takes))
    return words | {"inputs": inputs, "takes": takes}


def _model(model: Model, registry: dict[str, Tool], adapters: Sequence[Adapter]) -> dict[str, Any]:
    offered = [registry[name] for name in model.tools if name in registry and registry[name].on_board]
    fitting = [adapter for adapter in adapters if adapter.family == model.family]
    return {
        "name": model.name,
        "title": model.title,
        "licence": model.licence,
        "tools": [tool.name for tool in offered],
        "panels": {tool.name: panel(tool, model, fitting) for tool in offered},
        # What it cannot do without, of what each tool may be given besides.
        "asks": {tool.name: list(asked) for tool in offered if (asked := tool.asks(model))},
        "live": live.offers_live(model),
    }


def _notes(model: Model, registry: dict[str, Tool], usable: Sequence[Model]) -> dict[str, str]:
    """What the panel says of the model, by the tools that have something to say."""
    found = {}
    for name in model.tools:
        others = [other for other in usable if other != model and name in other.tools]
        if name in registry and (note := registry[name].note(model, others)):
            found[name] = str(note)
    return found


def _is_world(user: User, work: str | None) -> bool:
    """Whether a visible work is a world, which opens on a page of its own."""
    try:
        return bool(work) and Work.objects.visible_to(user).filter(pk=UUID(work), tool=worlds.TOOL).exists()
    except ValueError:
        return False


def _picture(user: User, work: str | None) -> dict[str, Any] | None:
    """A visible work to be laid on the board: the address of its picture as `image`, and whose it is."""
    if not work:
        return None
    try:
        found = Work.objects.visible_to(user).select_related("owner").filter(pk=UUID(work)).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return {"image": media_url(found, "image")} | origin(found, user)


def _recipe(user: User, work: str | None) -> dict[str, Any] | None:
    if not work:
        return None
    try:
        recipe = recipe_for_studio(user, work)
    except Work.DoesNotExist as error:
        raise Http404 from error
    return recipe | {"missing": readings.missing(user, recipe)}
