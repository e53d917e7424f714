"""What a big screen has to know of a board before its room tells the rest."""

from functools import partial
from typing import Any
from uuid import UUID

from django.urls import reverse

from accounts.models import User
from gallery.models import Work
from gallery.recipes import media_url
from studio.commands import boardlinks
from studio.models import Board, Generation, State
from studio.rooms import access, pins

# Finished generations and works of a board among which its newest picture is looked for.
LOOKED_AT = 12


def of_board(user: User, board_id: UUID) -> dict[str, Any]:
    """The board as plain values for whoever may watch it: `picture` is the newest that was kept from it and that
    `user` may see. Raises Refused("not_found")."""
    board, rights = access.find_with_rights(user, board_id)
    return {
        "id": str(board.pk),
        "title": board.title,
        "owner": board.owner.get_username(),
        "picture": _newest(user, board, taught=rights.teacher),
        "invite": rights.steer,
        "link": reverse("studio:board_screen_link", args=[board.pk]),
        "studio": f"{reverse('studio:studio')}?board={board.pk}",
        "pictures": f"/api/v1/boards/{board.pk}/pictures/",
    }


def link(user: User, board_id: UUID) -> str:
    """The path at which people join as watchers: one link for the board's screens, kept as long as it lasts. Raises
    Refused: not_found, forbidden, board_links_full."""
    return reverse("studio:board_join", args=[boardlinks.token(boardlinks.standing(user, board_id))])


def _newest(user: User, board: Board, *, taught: bool) -> str | None:
    """What was kept for all of the board, or made on it and may be seen by `user`; `taught`: who teaches its owner.
    Nothing that is veiled goes on a big screen."""
    made = Generation.objects.filter(board=board.pk, state=State.FINISHED).order_by("-finished_at")
    seen = Work.objects.taught_by(user) if taught else Work.objects.visible_to(user)
    own = seen.filter(generation__in=list(made.values_list("pk", flat=True)[:LOOKED_AT]))
    kept = pins.works_of(board.pk)
    found = [
        (work.created_at, address(work))
        for works, address in ((own, _own_address), (kept, partial(_kept_address, board)))
        for work in works.order_by("-created_at", "-pk")[:LOOKED_AT]
        if not work.veiled
    ]
    return max(found)[1] if found else None


def _own_address(work: Work) -> str:
    return media_url(work, "image")


def _kept_address(board: Board, work: Work) -> str:
    return reverse("studio:pin_file", kwargs={"board": board.pk, "work": work.pk, "role": "image"})
