"""`/operations/`: how the studio does, live, for those who look after it; and what they do about it."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.visitor import person_of
from studio.commands import operations
from studio.models import Generation
from studio.operations import timelines
from studio.views import timeline
from studio.words.errors import ERRORS, Refused, text


def operators_only(view: Any) -> Any:
    """Who is not logged in is asked to; who may not look after the studio gets 403."""
    return login_required(permission_required(operations.PERMISSION, raise_exception=True)(view))


@require_safe
@never_cache
@operators_only
def page(request: HttpRequest) -> HttpResponse:
    """The page, as things are now; the socket tells it the rest (studio/sockets/watching.py)."""
    try:
        found = operations.look(person_of(request))
    except Refused as refused:
        return _refusal(refused)
    return render(request, "studio/operations.html", {"snapshot": found})


@require_POST
@never_cache
@operators_only
def act(request: HttpRequest, act: str) -> HttpResponse:
    """`/operations/<act>/` with target and why: see studio/commands/operations.py."""
    try:
        operations.act(person_of(request), act, request.POST.get("target", ""), request.POST.get("why", ""))
    except Refused as refused:
        return _refusal(refused)
    return JsonResponse({"done": act})


@require_safe
@never_cache
@operators_only
def generation(request: HttpRequest, generation: UUID) -> HttpResponse:
    """Where the time of anybody's generation went: a part of a page. Names and numbers only."""
    found = Generation.objects.filter(pk=generation).first()
    if found is None:
        raise Http404
    return render(request, "studio/_timeline.html", timeline.drawn(timelines.of(found)))


def _refusal(refused: Refused) -> HttpResponse:
    told = {"code": refused.code, "message": text(refused.code, refused.params), "fields": {}}
    return JsonResponse(told, status=ERRORS[refused.code].status)
