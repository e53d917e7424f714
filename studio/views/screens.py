"""The big screen: one board shown large to many, by itself or as the one in a workshop's spotlight."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import qr
from accounts.models import Workshop
from accounts.visitor import person_of
from studio.commands import screens, spotlights
from studio.views.boardwall import channel, taught, teachers_only, told
from studio.words.errors import ERRORS, Refused, text


@require_safe
@never_cache
@login_required
def of_board(request: HttpRequest, board: UUID) -> HttpResponse:
    """`/boards/<id>/screen/`, for whoever may watch it."""
    try:
        shown = screens.of_board(person_of(request), board)
    except Refused:
        raise Http404 from None
    return render(request, "studio/screen.html", {"title": shown["title"], "config": {"board": shown}})


@require_POST
@never_cache
@login_required
def link(request: HttpRequest, board: UUID) -> HttpResponse:
    """The address at which people join as watchers, and its QR code; for whoever may share the board."""
    try:
        path = screens.link(person_of(request), board)
    except Refused as refused:
        words = {"code": refused.code, "message": text(refused.code, refused.params), "fields": {}}
        return JsonResponse(words, status=ERRORS[refused.code].status)
    return JsonResponse(_address(request, path))


@require_safe
@never_cache
@teachers_only
def of_workshop(request: HttpRequest, workshop: int) -> HttpResponse:
    """`/workshops/<id>/screen/`: what its teacher puts in the spotlight, and a calm picture until then."""
    found = taught(request, workshop)
    join = _address(request, reverse("accounts:join", args=[found.code]))
    waits = {"name": found.name, "code": found.code, "over": found.is_over, **join}
    config = {
        "workshop": waits,
        "state": reverse("studio:workshop_screen_state", args=[found.pk]),
        "channel": channel(found),
        "wall": reverse("studio:boardwall", args=[found.pk]),
        **_state(request, found),
    }
    return render(request, "studio/screen.html", {"title": found.name, "workshop": waits, "config": config})


@require_safe
@teachers_only
def state(request: HttpRequest, workshop: int) -> HttpResponse:
    """Which board is on the screen now: asked about once a second by the one page that shows it."""
    return told(request, _state(request, taught(request, workshop)))


def _state(request: HttpRequest, workshop: Workshop) -> dict[str, Any]:
    lit = spotlights.shown(workshop)
    try:
        return {"board": screens.of_board(person_of(request), lit.pk) if lit else None}
    except Refused:  # the board was taken from the teacher between two questions
        return {"board": None}


def _address(request: HttpRequest, path: str) -> dict[str, str]:
    """The whole address, as it is read out, and as a QR code: an SVG in a data URL."""
    address = request.build_absolute_uri(path)
    return {"address": address, "spoken": address.split("://", 1)[1].rstrip("/"), "qr": qr.data_url(address)}
