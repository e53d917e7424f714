"""The page of a person's boards, and what can be done with one from there."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from studio.commands import boards
from studio.errors import Refused, text
from studio.models import Board


@require_safe
@never_cache
@login_required
def board_list(request: HttpRequest) -> HttpResponse:
    """`/boards/`: the person's boards, the last changed first."""
    own = Board.objects.filter(owner=_person(request)).defer("document")
    return render(request, "studio/boards.html", {"boards": own})


@require_POST
@login_required
def board_duplicate(request: HttpRequest, board: UUID) -> HttpResponse:
    """`/boards/<id>/duplicate/`: a second board like this one."""
    try:
        boards.duplicate(_person(request), board)
    except Refused as refused:
        _missing(refused)
        messages.error(request, text(refused.code, refused.params))
    return redirect("studio:boards")


@require_POST
@login_required
def board_rename(request: HttpRequest, board: UUID) -> HttpResponse:
    """`/boards/<id>/rename/`: a new title."""
    try:
        boards.rename(_person(request), board, request.POST.get("title", ""))
    except Refused as refused:
        _missing(refused)
    return redirect("studio:boards")


@require_POST
@login_required
def board_delete(request: HttpRequest, board: UUID) -> HttpResponse:
    """`/boards/<id>/delete/`: gone, with its versions."""
    try:
        boards.delete(_person(request), board)
    except Refused as refused:
        _missing(refused)
    messages.success(request, _("The board was deleted."))
    return redirect("studio:boards")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _missing(refused: Refused) -> None:
    if refused.code == "not_found":
        raise Http404
