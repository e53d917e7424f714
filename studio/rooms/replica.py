"""A board's document in the memory of one process: what is stored, and nothing else. Belongs to one thread at a time.

Whoever changes it stores the change in the same breath (studio/rooms/log.py); what could not be stored is forgotten by
reading everything anew.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from pycrdt import Doc

from studio.rooms import checking, document, wire
from studio.rooms.checking import Asked, Found, Unfit
from studio.rooms.known import Known, Ranges


class Replica:
    """The document as of change `seq`, with what has to be known to check the next one. `owners` says whose client ids
    are (None: the server's)."""

    def __init__(self, board_id: UUID) -> None:
        self.board_id = board_id
        # False: there is no such board yet; its first change makes it.
        self.there = False
        # True: it holds what is not stored, or lacks what is.
        self.stale = True
        self.seq = 0
        # Up to which change it is folded, as far as this process knows.
        self.folded = 0
        # Which changes the room has been told of; empty before it was told of any.
        self.told = b""
        # Bytes that its owner's boards may still take, as far as this process knows.
        self.spare = 0
        self.reset((), 0, {})

    def reset(self, updates: Iterable[bytes], seq: int, owners: Mapping[int, int | None]) -> None:
        """Begin anew with what is stored."""
        self.doc: Doc[Any] = document.opened(updates)
        self.seq = seq
        self.owners: dict[int, int | None] = {document.SEED_CLIENT: None, **owners}
        self.known = Known.of(self.doc)
        self.size = len(self.state())
        self.stale = False

    def follow(self, updates: Iterable[tuple[int, bytes]], owners: Mapping[int, int | None]) -> None:
        """Take what others stored after `seq`."""
        self.owners.update(owners)
        for seq, update in updates:
            self.doc.apply_update(update)
            self.known.learn(wire.parse(update))
            self.seq = seq
            self.size += len(update)

    def take(self, update: bytes, user_id: int) -> Found:
        """Check a change that a person made, and take it; what is new in it. Raises Unfit, which may leave the replica
        `stale`."""
        if self.size + len(update) > settings.BOARD_MAX_BYTES:
            self.size = len(self.state())  # what was added may have taken the place of something
            if self.size + len(update) > settings.BOARD_MAX_BYTES:
                limit = f"{settings.BOARD_MAX_BYTES // 2**20} MB"
                raise Unfit("too_large", "the board is full", limit=limit)
        found = checking.check(update, Asked(self.doc, self.known, self.owners, user_id))
        if found.empty:
            return found
        try:
            self.doc.apply_update(update)
        except Exception as error:
            self.stale = True
            raise Unfit("bad_update", "the library refused it") from error
        if not found.fits(self.doc):
            self.stale = True
            raise Unfit("bad_update", "it does not fit together")
        for each, place in found.structs:
            self.known.note(each, place)
        for client, clock, length in found.deletes:
            self.known.deleted.setdefault(client, Ranges()).add(clock, clock + length)
        self.owners |= dict.fromkeys(found.new_clients, user_id)
        self.size += len(update)
        self.spare -= len(update)
        return found

    def vector(self) -> bytes:
        """Which changes it has."""
        return self.doc.get_state()

    def state(self) -> bytes:
        """All of it, as one update."""
        return self.doc.get_update()

    def lacking(self, vector: bytes) -> bytes:
        """What somebody with `vector` lacks. Raises Unfit for what is no state vector."""
        checking.check_vector(vector)
        return self.doc.get_update(vector) if vector else self.doc.get_update()
