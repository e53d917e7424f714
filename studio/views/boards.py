"""The page of a person's boards, drawings and worlds, and what can be done with one from there."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from studio.commands import boards, shared, sharing
from studio.models import Board
from studio.rooms import access
from studio.words.errors import Refused, text

SHARED = "shared"
# So many boards of others are shown: beneath one's own, and where only they are asked for.
SHARED_FIRST, SHARED_MOST = 12, 500


@require_safe
@never_cache
@login_required
def board_list(request: HttpRequest) -> HttpResponse:
    """`/boards/`: the person's boards, the last changed first; `?kind=drawing` or `?kind=world`: those alone, and
    `?kind=shared`: those of others that are shared with the person."""
    person = _person(request)
    own = Board.objects.filter(owner=person)
    theirs = shared.shared_with(person)
    kind = request.GET.get("kind", "")
    context = {"kind": kind, "any": own.exists(), "shared": [], "shared_there": theirs.exists()}
    if kind != SHARED:
        shown = own.filter(kind=kind) if kind in Board.Kind.values else own
        context["boards"] = shared.with_numbers(shown.only(*shared.SHOWN))
    if kind != Board.Kind.WORLD and context["shared_there"]:
        most = SHARED_MOST if kind == SHARED else SHARED_FIRST
        context["shared"] = [(board, access.best_role(board)) for board in theirs[:most]]
    return render(request, "studio/boards.html", context)


@require_POST
@login_required
def board_leave(request: HttpRequest, board: UUID) -> HttpResponse:
    """`/boards/<id>/leave/`: be in somebody's board no more."""
    if _done(request, sharing.leave, board):
        messages.success(request, _("You have left the board."))
    return _list(request)


@require_POST
@login_required
def board_duplicate(request: HttpRequest, board: UUID) -> HttpResponse:
    """`/boards/<id>/duplicate/`: a second board like this one."""
    _done(request, boards.duplicate, board)
    return _list(request)


@require_POST
@login_required
def board_rename(request: HttpRequest, board: UUID) -> HttpResponse:
    """`/boards/<id>/rename/`: a new title."""
    _done(request, boards.rename, board, request.POST.get("title", ""))
    return _list(request)


@require_POST
@login_required
def board_delete(request: HttpRequest, board: UUID) -> HttpResponse:
    """`/boards/<id>/delete/`: gone, with its versions."""
    if _done(request, boards.delete, board):
        messages.success(request, _("The board was deleted."))
    return _list(request)


def _done(request: HttpRequest, command: Callable[..., object], *given: object) -> bool:
    """Whether the command did it for the person; why it was refused stands above the list. Raises Http404."""
    try:
        command(_person(request), *given)
    except Refused as refused:
        if refused.code == "not_found":
            raise Http404 from None
        messages.error(request, text(refused.code, refused.params))
        return False
    return True


def _list(request: HttpRequest) -> HttpResponse:
    """Back to the list as it was."""
    kind = request.POST.get("kind", "")
    place = reverse("studio:boards")
    return redirect(f"{place}?kind={kind}" if kind in (*Board.Kind.values, SHARED) else place)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
