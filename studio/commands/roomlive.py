"""Commands of a room's live picture: ask for it, switch it for all, keep it. Who may do so was asked before.

One account pays, by the board's rule (Board.payer): its owner's or that of whoever asks. Limits, model and fair share
are the payer's; the words are the asker's. What the payer's account does not allow is said with their name.
"""

import hashlib
import json
import logging
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.conf import settings

from accounts.models import User
from gallery.models import Work
from studio.commands import generations, live
from studio.gates import rates
from studio.models import Board, BoardPin
from studio.protocol import Parent, Submit
from studio.protocol.live import Kind
from studio.protocol.roomlive import Asked, LiveSwitched, PinView, RoomDraw, RoomPin, SwitchLive, Taken
from studio.queue import mailbox
from studio.rooms import live as switch
from studio.rooms import pins
from studio.words.errors import Refused
from studio.words.quotawords import PAID

log = logging.getLogger(__name__)

# How long (s) it is trusted who pays for a board's pictures.
RULE_FOR = 10


@dataclass(frozen=True, slots=True)
class Page:
    """The page that speaks: of which board, its own name in the room, and its person's name as the others read it."""

    board_id: UUID
    name: str
    person: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Who pays: the board's owner for everybody, or each for themselves."""

    owner_id: int
    owner_name: str
    each: bool

    def payer_of(self, user: User) -> int:
        """Whose account `user` asks on."""
        return user.pk if self.each else self.owner_id


def draw(user: User, page: Page, command: RoomDraw, attached: bytes | None) -> Taken:
    """Have a frame made for the whole room, on the account of whoever pays.

    Raises Refused: those of `live.draw`, with `payer` in their parameters where it is another person's account that
    does not allow it; not_found when the board is gone.
    """
    rule = _rule(page.board_id)
    payer_id = rule.payer_of(user)
    with _on_account_of(rule, user):
        admitted = live.admit(payer_id, command.tool, command.model, command.kind, command.params, asker_id=user.pk)
    asked = Asked(page=page.name, name=page.person, revision=command.revision, seq=command.seq)
    header = live.frame_of(admitted, command, attached, _seed_of(page.board_id)) | {
        "room": str(page.board_id),
        "payer": payer_id,
        "asked": asked.model_dump(),
    }
    number = _put(rule.owner_id, page.board_id, admitted.queue, json.dumps(header).encode(), attached or b"")
    switch.drawn(page.board_id)
    return Taken(revision=command.revision, number=number)


def turn(user: User, page: Page, command: SwitchLive) -> LiveSwitched:
    """Switch the live picture on or off for all; off, nothing more of it is made. Refused: live_unavailable."""
    try:
        switched = switch.turn(page.board_id, on=bool(command.on), name=page.person)
        if not command.on:
            rule, name = _rule(page.board_id), mailbox.room(page.board_id)
            worker = mailbox.last_worker(rule.owner_id, name)
            if worker is not None:
                mailbox.leave(worker, rule.owner_id, name)
    except mailbox.UNREACHABLE as error:
        log.warning("a live picture was not switched, Redis does not answer: %s", error)
        raise Refused("live_unavailable") from error
    return switched


def pin(user: User, page: Page, command: RoomPin, attached: bytes | None) -> PinView:
    """Keep the live picture, in full quality, as a work of whoever pays; the same `command.id` of the same person is
    kept once. Everybody in the room hears of it now and when it is there.

    Raises Refused like `generations.submit` and `draw`.
    """
    known = BoardPin.objects.filter(board_id=page.board_id, by=user, command=command.id).select_related("by").first()
    if known is not None:
        return pins.tell(known)
    rule = _rule(page.board_id)
    payer = user if rule.payer_of(user) == user.pk else User.objects.get(pk=rule.owner_id)
    if payer.pk != user.pk:
        rates.check("submit", user.pk)
    params = command.params | {"count": 1}
    if params.get("seed") is None:
        params["seed"] = zlib.crc32(_seed_of(page.board_id).encode())
    refined: Kind = "refined"
    with _on_account_of(rule, user):
        # Only what can be drawn live is made on another's account: nothing else of theirs is reached by this way.
        live.admit(payer.pk, command.tool, command.model, refined, params, asker_id=user.pk)
        wish = Submit(
            type="submit",
            id=_own_id(page.board_id, user, command.id),
            tool=command.tool,
            model=command.model,
            params=params,
            attached=command.attached,
            board=page.board_id,
            parents=_seen(user, command),
        )
        generation = generations.submit(payer, wish, attached, asker=user)
    row = {"board_id": page.board_id, "by": user, "command": command.id}
    made, _ = BoardPin.objects.get_or_create(generation=generation.pk, defaults=row)
    return pins.tell(made)


def forget_rules() -> None:
    """Ask anew who pays: a board has changed."""
    _ruled.cache_clear()


def _put(owner_id: int, board_id: UUID, queue: str, header: bytes, data: bytes) -> int:
    try:
        worker = mailbox.worker_for(owner_id, mailbox.room(board_id), queue)
        if worker is None:
            raise Refused("live_unavailable")
        number = mailbox.put_in_room(worker, owner_id, board_id, header=header, data=data)
    except mailbox.UNREACHABLE as error:
        log.warning("a live board was not taken, Redis does not answer: %s", error)
        raise Refused("live_unavailable") from error
    if number is None:
        raise Refused("too_many_rooms", limit=settings.LIVE_ROOMS_PER_OWNER)
    return number


def _rule(board_id: UUID) -> Rule:
    return _ruled(board_id, int(time.monotonic() / RULE_FOR))


@lru_cache(maxsize=1024)
def _ruled(board_id: UUID, _until: int) -> Rule:
    board = Board.objects.filter(pk=board_id).select_related("owner").only("payer", "owner__username").first()
    if board is None:
        raise Refused("not_found")
    return Rule(board.owner_id, board.owner.get_username(), board.payer == Board.Payer.EACH)


@contextmanager
def _on_account_of(rule: Rule, user: User) -> Iterator[None]:
    """What another person's account does not allow is said with their name: "you" would be the wrong one."""
    try:
        yield
    except Refused as refused:
        own = rule.payer_of(user) == user.pk or "of" in refused.params
        if own or refused.params.get("what", refused.code) not in PAID:
            raise
        raise Refused(refused.code, fields=refused.fields, **refused.params, payer=rule.owner_name) from refused


def _seed_of(board_id: UUID) -> str:
    return mailbox.room(board_id)


def _own_id(board_id: UUID, user: User, command: str) -> str:
    """The name of the wish on the payer's account: nobody can name a wish of somebody else's by it."""
    digest = hashlib.sha256(f"{board_id} {user.pk} {command}".encode()).hexdigest()
    return f"pin-{digest[:48]}"


def _seen(user: User, command: RoomPin) -> list[Parent]:
    """The origins that the asker names and may see: the payer's own works are not theirs to name."""
    wanted = {parent.work: parent.kind for parent in command.parents}
    found = Work.objects.visible_to(user).filter(pk__in=wanted).values_list("pk", flat=True) if wanted else ()
    return [Parent(work=pk, kind=wanted[pk]) for pk in found]
