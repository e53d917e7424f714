"""Commands about links to boards: made and revoked by whoever shares the board, followed by whoever has one.

Whether a link is unknown, expired, revoked, of a closed board or not for this person: the answer is the same.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import records, secretlinks
from accounts.addresses import network_of
from accounts.models import User
from studio.commands import sharing
from studio.gates import rates
from studio.models import Board, BoardInvitation, BoardKeptOut, BoardMember, BoardRole
from studio.rooms import access
from studio.words.errors import Refused

PURPOSE = "studio.boards"
# How long a link may last, in words.
LASTING_WORDS: dict[str, str | Promise] = {
    "hour": _("1 hour"),
    "day": _("1 day"),
    "week": _("7 days"),
    "month": _("30 days"),
    "always": _("until I end it"),
}
# A link that is shown again has at least so long to go.
FRESH = timedelta(hours=2)


def living(user: User, board_id: UUID) -> list[BoardInvitation]:
    """The links that lead to a board now, the newest first, for whoever may share it. Raises Refused: not_found,
    forbidden."""
    return list(sharing.find_to_share(user, board_id).invitations.lasting())


def one(user: User, board_id: UUID, link_id: UUID) -> BoardInvitation:
    """One of them. Raises Refused: not_found, forbidden."""
    found = sharing.find_to_share(user, board_id).invitations.lasting().filter(pk=link_id).first()
    if found is None:
        raise Refused("not_found")
    return found


def make(user: User, board_id: UUID, role: str, lasting: str) -> BoardInvitation:
    """A new link that lets people in with `role`, and lasts one of secretlinks.LASTING. Raises Refused: not_found,
    forbidden, invalid, rate_limited, board_links_full."""
    board = sharing.find_to_share(user, board_id)
    if role not in BoardRole.values or lasting not in secretlinks.LASTING:
        raise Refused("invalid")
    rates.check("invite", user.pk)
    return _make(user, board, role, lasting)


def standing(user: User, board_id: UUID, role: str = BoardRole.WATCH) -> BoardInvitation:
    """A link with `role` for a big screen: the newest that lasts for some hours yet, or one for a day. For whoever may
    steer the board. Raises Refused: not_found, forbidden, board_links_full."""
    board = access.find(user, board_id, "steer")
    later = timezone.now() + FRESH
    known = board.invitations.lasting().filter(role=role).exclude(expires_at__lt=later).first()
    return known or _make(user, board, role, "day")


def revoke(user: User, board_id: UUID, link_id: UUID, *, people: bool = False) -> int:
    """A link leads nowhere from now on. With `people` those who came by it are out as well; how many these are.

    Raises Refused: not_found, forbidden.
    """
    board = sharing.find_to_share(user, board_id)
    with transaction.atomic():
        sharing.lock(board)
        link = board.invitations.filter(pk=link_id, revoked_at=None).first()
        if link is None:
            raise Refused("not_found")
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
        gone = list(link.members.exclude(user=user).values_list("user_id", flat=True)) if people else []
        link.members.filter(user_id__in=gone).delete()
        records.record(user, "board_link_revoke", board, after={"link": str(link.pk), "people": gone})
        access.announce(board.pk, "access")
        for person_id in gone:
            sharing.tell(person_id, "board_removed", board, user, link=False)
    return len(gone)


def knock(user: User, address: str) -> None:
    """Somebody tries a link. Raises Refused("rate_limited") when they, or their network, have tried too many."""
    rates.check("join", user.pk)
    if not rates.take("join_address", rates.address(network_of(address))).allowed:
        raise Refused("rate_limited", retry_after=60)


def behind(user: User, token: str) -> BoardInvitation:
    """The link of this token, with its board and the owner, where it lets `user` in. Raises Refused("link_gone") for
    everything else."""
    link_id = secretlinks.read(token, PURPOSE)
    if link_id is None:
        raise Refused("link_gone")
    links = BoardInvitation.objects.lasting().select_related("board__owner").filter(pk=link_id)
    links = links.filter(access.welcome("board__owner"), board__closed_at=None)
    kept_out = BoardKeptOut.objects.filter(user=user, left=False).values("board_id")
    link = links.exclude(board_id__in=kept_out).first()
    if link is None:
        raise Refused("link_gone")
    return link


def accept(user: User, token: str) -> Board:
    """Come in by a link; who has a higher role already keeps it, and the owner is in anyway. Raises Refused: link_gone,
    board_people_full."""
    with transaction.atomic():
        board = sharing.lock(behind(user, token).board)
        link = behind(user, token)  # it may have been ended while we waited
        role = BoardRole(link.role)
        member = BoardMember.objects.filter(board=board, user=user).first()
        if board.owner_id == user.pk or (member is not None and BoardRole(member.role).rank >= role.rank):
            return board
        if member is None:
            sharing.check_room(board)
        given = {"role": role, "invitation": link, "added_by_id": link.created_by_id}
        BoardKeptOut.objects.filter(board=board, user=user).delete()
        BoardMember.objects.update_or_create(board=board, user=user, defaults=given)
        BoardInvitation.objects.filter(pk=link.pk).update(used=F("used") + 1)
        records.record(user, "board_join", board, after={"role": str(role), "link": str(link.pk)})
        access.announce(board.pk, "access")
    return board


def token(link: BoardInvitation) -> str:
    """What stands in the address of `link`."""
    return secretlinks.token(link.pk, PURPOSE)


def address(request: HttpRequest, link: BoardInvitation) -> str:
    """The whole address of `link`, to be given away."""
    return request.build_absolute_uri(reverse("studio:board_join", args=[token(link)]))


def _make(user: User, board: Board, role: str, lasting: str) -> BoardInvitation:
    now, span = timezone.now(), secretlinks.LASTING[lasting]
    with transaction.atomic():
        held = sharing.lock(board)
        if held.invitations.lasting().count() >= settings.BOARD_LINKS:
            raise Refused("board_links_full", limit=settings.BOARD_LINKS)
        expires = now + span if span else None
        link = held.invitations.create(role=role, created_by=user, created_at=now, expires_at=expires)
        records.record(user, "board_link", board, after={"link": str(link.pk), "role": role, "expires_at": expires})
        # A board that was its owner's alone is a room now.
        access.announce(board.pk, "access")
    return link
