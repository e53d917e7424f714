"""The log of a board's document: changes are checked, taken and stored here, and nowhere else.

Every change is stored under a lock of the board's row, upon a replica that has all changes before it: whatever process
it came to, it was judged by the document that it becomes part of. Numbers have no gap, so whoever hears of one that is
not the next reads what is between (`catch_up`).
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from pycrdt import Doc, merge_updates

from accounts.models import User
from studio.models import Board, BoardClient, BoardState, BoardUpdate
from studio.news import events
from studio.rooms import access, document, storing, wire
from studio.rooms.checking import Unfit
from studio.rooms.replica import Replica
from studio.words.errors import Refused

log = logging.getLogger(__name__)

# A reader meets a fold at most so often in a row.
TRIES = 5


@dataclass(frozen=True, slots=True)
class Change:
    """What a page of `user` sent. `provisional`: the page was let in because there was no such board yet."""

    user_id: int
    data: bytes
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a change: stored as part of change `seq`, or refused with a code. `news`: others must hear it."""

    seq: int = 0
    refused: Refused | None = None
    news: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A verdict for each change; what others had stored before them (`missed`), and the row that was made of them, if
    any. The room hears both, in this order."""

    verdicts: list[Verdict]
    row: bytes
    missed: list[tuple[int, bytes]]


def accept(replica: Replica, changes: Sequence[Change]) -> Accepted:
    """Take changes into the document, all that fit in one row of the log.

    Raises what the database raises; then nothing was stored, and the replica reads everything anew next time.
    """
    for again in (True, False):
        try:
            with transaction.atomic():
                accepted = _accepted(replica, changes)
            replica.told = replica.vector()
            return accepted
        except IntegrityError:
            # Two processes began the same board at once: the other's is there now.
            replica.stale = True
            if not again:
                raise
        except BaseException:
            replica.stale = True
            raise
    raise AssertionError


def _accepted(replica: Replica, changes: Sequence[Change]) -> Accepted:
    board = Board.objects.select_for_update().filter(pk=replica.board_id).defer("document").first()
    missed = level(replica, board)
    verdicts: list[Verdict] = []
    taken: list[bytes] = []
    news: dict[int, int | None] = {}
    seq = replica.seq + 1
    owner_id = board.owner_id if board else None
    for change in changes:
        try:
            if owner_id is None:
                _check_may_begin(change.user_id)
                storing.check_room(change.user_id)
                storing.check_bytes(change.user_id, len(change.data))
            elif change.provisional and change.user_id != owner_id:
                raise Refused("not_found")
            elif len(change.data) > replica.spare:
                storing.check_bytes(owner_id, len(change.data))
                replica.spare = storing.spare(owner_id)
            found = replica.take(change.data, change.user_id)
        except Unfit as unfit:
            log.warning("a change of board %s by %d was refused: %s", replica.board_id, change.user_id, unfit.why)
            verdicts.append(Verdict(refused=Refused(unfit.code, **unfit.params)))
            if replica.stale:
                _read(replica, taken)
                replica.owners |= news
            continue
        except Refused as refused:
            verdicts.append(Verdict(refused=refused))
            continue
        if found.empty:
            verdicts.append(Verdict(seq=replica.seq))
            continue
        owner_id = change.user_id if owner_id is None else owner_id
        news |= dict.fromkeys(found.new_clients, change.user_id)
        taken.append(change.data)
        verdicts.append(Verdict(seq=seq, news=True))
    if not taken:
        return Accepted(verdicts, b"", missed)
    row = taken[0] if len(taken) == 1 else merge_updates(*taken)
    by = next(change.user_id for change, verdict in zip(changes, verdicts, strict=True) if verdict.news)
    if board is None:
        assert owner_id is not None
        _make(replica, owner_id)
    else:
        _write(board, replica, seq, row, by)
    BoardClient.objects.bulk_create(
        BoardClient(board_id=replica.board_id, client=client, user_id=user) for client, user in news.items()
    )
    replica.seq = seq
    return Accepted(verdicts, row, missed)


def _check_may_begin(user_id: int) -> None:
    """Raises Refused: not_found, board_frozen (their workshop rests)."""
    rights = access.rights_to_begin(User(pk=user_id))
    if rights is None:
        raise Refused("not_found")
    access.check(rights, "draw")


def act(board_id: UUID, change: Callable[["Doc[Any]"], None], by: User | None = None) -> int:
    """Let the server change a board: `change` is called with its document, in a transaction of it. Every open page gets
    it once the transaction is committed; the number of the change, 0 where nothing was changed.

    Callable in any process. Raises Refused("not_found").
    """
    with transaction.atomic():
        board = lock(board_id)
        replica = Replica(board_id)
        level(replica, board)
        written: list[bytes] = []
        watching = replica.doc.observe(lambda event: written.append(event.update))
        with replica.doc.transaction():
            change(replica.doc)
        replica.doc.unobserve(watching)
        if not written:
            return 0
        data = written[0] if len(written) == 1 else merge_updates(*written)
        seq = replica.seq + 1
        _write(board, replica, seq, data, by.pk if by else None)
        BoardClient.objects.get_or_create(board_id=board_id, client=replica.doc.client_id, defaults={"user": None})
        told = {"kind": "update", "seq": seq, "data": data, "by": None, "origin": ""}
        transaction.on_commit(partial(events.tell_room, board_id, told))
        return seq


def lock(board_id: UUID) -> Board:
    """The board's row, locked until the transaction ends, with a state. Raises Refused("not_found")."""
    board = Board.objects.select_for_update().filter(pk=board_id, kind=Board.Kind.DRAWING).first()
    if board is None:
        raise Refused("not_found")
    ensure_state(board)
    return board


def ensure_state(board: Board) -> None:
    """Turn a drawing from before rooms into a document. The row must be locked."""
    if BoardState.objects.filter(board=board).exists():
        return
    plain = json.loads(Board.objects.values_list("document", flat=True).get(pk=board.pk))
    client = document.fresh_client()
    data = document.update_of(plain, by=board.owner_id, client=client)
    BoardState.objects.create(board=board, data=data, seq=board.seq)
    BoardClient.objects.get_or_create(board=board, client=client, defaults={"user": None})


def catch_up(replica: Replica) -> list[tuple[int, bytes]]:
    """Read what was stored by others; the changes, in order. A board that is gone raises Refused("not_found")."""
    # No transaction: on SQLite each takes the lock of all writers. `_read` notices a fold that comes between.
    board = Board.objects.filter(pk=replica.board_id).defer("document").first()
    if board is not None and not BoardState.objects.filter(board_id=board.pk).exists():
        with transaction.atomic():
            lock(board.pk)
    missed = level(replica, board)
    replica.told = replica.vector()
    return missed


def hear(replica: Replica, seq: int, data: bytes) -> None:
    """Take change `seq`, the next one, which another process has stored and told."""
    new = [client for client in wire.parse(data).structs if client not in replica.owners]
    owners = (
        BoardClient.objects.filter(board_id=replica.board_id, client__in=new) if new else BoardClient.objects.none()
    )
    replica.follow([(seq, data)], dict(owners.values_list("client", "user_id")))
    replica.told = replica.vector()


def level(replica: Replica, board: Board | None) -> list[tuple[int, bytes]]:
    """Bring the replica to what is stored; what the room must be told of it. The row is locked, or has a state."""
    if board is None:
        if replica.there:
            raise Refused("not_found")
        replica.reset((), 0, {})
        return []
    if replica.there and not replica.stale:
        return _follow(replica) if board.seq != replica.seq else []
    ensure_state(board)
    return _read_anew(replica)


def _read_anew(replica: Replica) -> list[tuple[int, bytes]]:
    """Read everything, and what of it the room has not been told. Not what the replica lacked: it may have held what
    could not be stored here, and came to be stored by another process."""
    _read(replica)
    lacking = replica.lacking(replica.told) if replica.told and replica.told != replica.vector() else b""
    return [(replica.seq, lacking)] if lacking else []


def _read(replica: Replica, more: Sequence[bytes] = ()) -> None:
    """Read everything anew, and take `more`, which is about to be stored, upon it."""
    for _ in range(TRIES):
        head = Board.objects.filter(pk=replica.board_id).values_list("seq", flat=True).first() or 0
        state = BoardState.objects.filter(board_id=replica.board_id).first()
        first = state.seq if state else 0
        rows = _rows(replica.board_id, first)
        whole = [seq for seq, _data in rows] == list(range(first + 1, first + 1 + len(rows)))
        if whole and first + len(rows) >= head:
            break  # no fold came between
    else:
        raise RuntimeError("a board is folded all the time")
    kept = [bytes(state.data)] if state else []
    owners = dict(BoardClient.objects.filter(board_id=replica.board_id).values_list("client", "user_id"))
    replica.reset([*kept, *(data for _seq, data in rows), *more], first + len(rows), owners)
    replica.folded = first
    replica.there = replica.there or state is not None


def _follow(replica: Replica) -> list[tuple[int, bytes]]:
    """Read the rows after what the replica has; all of it anew where they were folded meanwhile."""
    rows = _rows(replica.board_id, replica.seq)
    if not rows or rows[0][0] != replica.seq + 1:
        head = Board.objects.values_list("seq", flat=True).get(pk=replica.board_id)
        return _read_anew(replica) if head != replica.seq else []
    owners = dict(BoardClient.objects.filter(board_id=replica.board_id).values_list("client", "user_id"))
    replica.follow(rows, owners)
    return rows


def _rows(board_id: UUID, after: int) -> list[tuple[int, bytes]]:
    found = BoardUpdate.objects.filter(board_id=board_id, seq__gt=after).order_by("seq")
    return [(seq, bytes(data)) for seq, data in found.values_list("seq", "data")]


def _make(replica: Replica, owner_id: int) -> None:
    """The first change makes the board."""
    text = storing.as_text(document.drawing_of(replica.doc))
    data = replica.state()
    made = {"document": text, "size": len(data) + len(text.encode()), "seq": 1}
    Board.objects.create(pk=replica.board_id, owner_id=owner_id, **made)
    BoardState.objects.create(board_id=replica.board_id, data=data, seq=1)
    replica.there, replica.folded = True, 1


def _write(board: Board, replica: Replica, seq: int, data: bytes, by: int | None) -> None:
    BoardUpdate.objects.create(board_id=board.pk, seq=seq, data=data, by_id=by)
    Board.objects.filter(pk=board.pk).update(seq=F("seq") + 1, updated_at=timezone.now())
