"""The pages of code scenes: the list with a form for a new one, and one scene with its versions."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from gallery import sources
from gallery.models import Work, WorkFile
from gallery.recipes import media_url, origin
from studio.commands import scenes
from studio.commands.scenes import Version
from studio.models import Board, State
from studio.tools.code_scene import CodeScene
from studio.words.errors import Refused, text


@require_safe
@never_cache
@login_required
def scene_list(request: HttpRequest) -> HttpResponse:
    """`/scenes/`: the person's scenes, and a new one; `?work=<id>` begins it with a visible scene's code."""
    user = _person(request)
    begun = _begun(user, request.GET.get("work"))
    config = _config(user, uuid4()) | {"work": str(begun.pk) if begun else "", "fresh": True}
    context = {
        "scenes": scenes.of(user),
        "begun": origin(begun, user) if begun else None,
        "config": config,
        **_offered(user),
    }
    return render(request, "studio/scenes.html", context)


@require_safe
@never_cache
@login_required
def scene_page(request: HttpRequest, scene: UUID) -> HttpResponse:
    """`/scenes/<id>/`: one scene: its newest version, or `?v=<number>`, and the way to the next one."""
    user = _person(request)
    try:
        versions = scenes.versions(user, scene)
    except Refused:
        raise Http404 from None
    shown = _chosen(versions, request.GET.get("v"))
    last = versions[-1]
    work = shown.work if shown else None
    config = _config(user, scene) | {
        "work": str(work.pk) if work else "",
        "source": media_url(work, WorkFile.Role.SOURCE) if work else "",
        "running": str(last.generation.pk) if last.running else "",
    }
    context = {
        "versions": [_row(version, version is shown) for version in reversed(versions)],
        "shown": shown,
        "work": work,
        "last": last,
        "trouble": _trouble(last) if last is not shown else "",
        "words": next((v.generation.params["prompt"] for v in versions if v.generation.params.get("prompt")), ""),
        "config": config,
        **_offered(user),
    }
    return render(request, "studio/scene.html", context)


def _offered(user: User) -> dict[str, Any]:
    usable = scenes.models(user)
    boards = Board.objects.filter(owner=user, kind=Board.Kind.DRAWING).exclude(thumbnail="")
    return {
        "models": usable,
        "on": bool(usable),
        "set_up": bool(settings.CHAT_URL and settings.CHAT_MODEL),
        "sees": scenes.sees(user),
        "board": boards.only("pk", "thumbnail", "title").first(),
    }


def _config(user: User, scene: UUID) -> dict[str, Any]:
    """What the page's modules know from the start."""
    return {
        "scene": str(scene),
        "tool": CodeScene.name,
        "page": reverse("studio:scene", args=[scene]),
        "sandbox": sources.frame(),
    }


def _chosen(versions: list[Version], wanted: str | None) -> Version | None:
    """The version asked for, else the newest that there is something to see of."""
    made = [version for version in versions if version.work]
    if wanted is not None:
        found = next((version for version in made if str(version.number) == wanted), None)
        if found is None:
            raise Http404
        return found
    return made[-1] if made else None


def _row(version: Version, shown: bool) -> dict[str, Any]:
    params = version.generation.params
    return {
        "number": version.number,
        "words": params.get("prompt") or "",
        "mended": bool(params.get("error")),
        "drawn": bool(version.generation.inputs),
        "work": version.work,
        "shown": shown,
        "running": version.running,
        "trouble": _trouble(version),
        "at": version.generation.created_at,
    }


def _trouble(version: Version) -> str:
    """Why there is nothing to see of it, in words; "" where there is, or will be."""
    generation = version.generation
    if generation.error_code:
        return text(generation.error_code, generation.error_params)
    return text("cancelled") if generation.state == State.CANCELLED else ""


def _begun(user: User, work: str | None) -> Work | None:
    try:
        return scenes.readable(user, UUID(work)) if work else None
    except (ValueError, Refused):
        raise Http404 from None


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
