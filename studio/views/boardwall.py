"""A teacher's wall: all boards of a workshop as live small pictures, and what the teacher does to them."""

import hashlib
import json
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Workshop
from accounts.visitor import person_of
from studio.commands import boardwall, spotlights, steering
from studio.words.errors import ERRORS, Refused, text

# Seconds for which a browser keeps a small picture: another one has another address.
KEPT = 24 * 3600


def teachers_only(view: Any) -> Any:
    """Who is not logged in is asked to; who may not run workshops gets 403. Whose workshop it is, `taught` sees to."""
    return login_required(permission_required("accounts.run_workshops", raise_exception=True)(view))


def taught(request: HttpRequest, workshop: int) -> Workshop:
    """One's own workshop. What is drawn is no matter of administration: nobody else looks in, whatever their office."""
    return get_object_or_404(Workshop, pk=workshop, teacher=person_of(request))


def told(request: HttpRequest, values: dict[str, Any]) -> HttpResponse:
    """`values` as JSON with their digest as ETag: 304 to whoever has them already."""
    body = json.dumps(values, separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(body, content_type="application/json", headers=headers)


@require_safe
@never_cache
@teachers_only
def page(request: HttpRequest, workshop: int) -> HttpResponse:
    """`/workshops/<id>/boards/`: the newest board of each, `?all=1`: all of them. The page asks for the rest itself."""
    found, everything = taught(request, workshop), _everything(request)
    state = reverse("studio:wall_state", args=[found.pk])
    config = {
        "state": f"{state}?all=1" if everything else state,
        "act": reverse("studio:wall_act_all", args=[found.pk]),
        "open": reverse("studio:studio"),
        "channel": channel(found),
        "wall": boardwall.look(found, everything=everything),
    }
    context = {"workshop": found, "everything": everything, "config": config}
    return render(request, "studio/boardwall.html", context)


@require_safe
@teachers_only
def state(request: HttpRequest, workshop: int) -> HttpResponse:
    """What is on the wall now, for the page that is open: every two seconds, mostly answered with 304."""
    return told(request, boardwall.look(taught(request, workshop), everything=_everything(request)))


@require_POST
@never_cache
@teachers_only
def act_all(request: HttpRequest, workshop: int) -> HttpResponse:
    """`act`: pause, go_on (everything), freeze, unfreeze (drawing), or dim (nothing on the big screen)."""
    found = taught(request, workshop)
    acts = steering.FOR_ALL | {"dim": spotlights.stop}
    return _done(request, found, acts, found)


@require_POST
@never_cache
@teachers_only
def act(request: HttpRequest, workshop: int, board: UUID) -> HttpResponse:
    """`act` on one board: freeze, unfreeze, clear, bring_back, or spotlight."""
    found = taught(request, workshop)
    if not boardwall.has(found, board):
        raise Http404
    if request.POST.get("act") == "spotlight":
        return _done(request, found, {"spotlight": spotlights.choose}, found, board)
    return _done(request, found, steering.ACTS, board)


@require_safe
@login_required
def small(request: HttpRequest, board: UUID, digest: str) -> HttpResponse:
    """The small picture of a board for whoever may watch it. One with another `digest` was replaced meanwhile: the one
    of now is answered, and not kept."""
    try:
        now, picture = boardwall.small(person_of(request), board)
    except Refused:
        raise Http404 from None
    answer = HttpResponse(picture, content_type="image/webp", headers={"X-Content-Type-Options": "nosniff"})
    if now == digest:
        patch_cache_control(answer, private=True, max_age=KEPT, immutable=True)
    else:
        patch_cache_control(answer, private=True, no_store=True)
    return answer


def channel(workshop: Workshop) -> str:
    """The name under which the pages of a workshop in one browser hear of each other's acts."""
    return f"workshop-{workshop.pk}"


def _done(request: HttpRequest, workshop: Workshop, acts: dict[str, Any], *about: Any) -> HttpResponse:
    """Do what `act` says; the wall as it is then."""
    try:
        run = acts.get(request.POST.get("act", ""))
        if run is None:
            raise Refused("unknown_act")
        run(person_of(request), *about)
    except Refused as refused:
        words = {"code": refused.code, "message": text(refused.code, refused.params), "fields": {}}
        return JsonResponse(words, status=ERRORS[refused.code].status)
    workshop.refresh_from_db()
    return JsonResponse(boardwall.look(workshop, everything=_everything(request)))


def _everything(request: HttpRequest) -> bool:
    return request.GET.get("all") == "1"
