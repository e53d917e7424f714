"""`/join/<token>/`: coming in on somebody's board by a link. Unknown, ended and closed links all look the same."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.addresses import address_of
from accounts.models import User
from accounts.visitor import person_of
from studio.commands import boardlinks
from studio.files import boardfiles
from studio.models import Board, BoardInvitation, BoardRole
from studio.rooms import access
from studio.words.errors import Refused, text


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def board_join(request: HttpRequest, token: str) -> HttpResponse:
    """What the link opens, and one button; who is in already goes straight to the board."""
    user = person_of(request)
    try:
        boardlinks.knock(user, address_of(request.META))
        link = boardlinks.behind(user, token)
        if request.method == "POST" or _is_in(user, link):
            return _to(boardlinks.accept(user, token))
    except Refused as refused:
        return _secret(_refused(request, refused))
    context = {"link": link, "board": link.board, "owner": link.board.owner, "token": token}
    return _secret(render(request, "studio/join.html", context))


@require_safe
@never_cache
@login_required
def board_join_picture(request: HttpRequest, token: str) -> HttpResponse:
    """`/join/<token>/picture/`: the board as a small picture, for whoever has the link."""
    try:
        board = boardlinks.behind(person_of(request), token).board
    except Refused:
        raise Http404 from None
    if not board.thumbnail:
        raise Http404
    return HttpResponse(boardfiles.BOARDS.store.read(board.thumbnail), content_type="image/webp")


def _is_in(user: User, link: BoardInvitation) -> bool:
    """Whether the link gives nothing that the person does not have."""
    rights = access.rights_of(user, link.board_id)
    return rights is not None and BoardRole(rights.role).rank >= BoardRole(link.role).rank


def _to(board: Board) -> HttpResponse:
    return redirect(f"{reverse('studio:studio')}?board={board.pk.hex}")


def _refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    if refused.code == "rate_limited":
        return render(request, "429.html", {"retry_after": refused.params.get("retry_after")}, status=429)
    context = {"gone": refused.code == "link_gone", "message": text(refused.code, refused.params)}
    return render(request, "studio/join_gone.html", context, status=404 if context["gone"] else 409)


def _secret(response: HttpResponse) -> HttpResponse:
    """The page tells its address to nobody else; our own pages ask for it, to know a form of ours."""
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
