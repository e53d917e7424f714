"""Web processes and pages of a board without sockets: the real log, in the test's own order."""

import json
from uuid import UUID, uuid4

from pycrdt import Doc, Map, Text

from accounts.models import User
from studio.rooms import document, log, wire
from studio.rooms.log import Change
from studio.rooms.replica import Replica
from tests.studio.rooms.page import changed, drew, same


def whole(doc: Doc) -> bytes:
    """All of a document in one order: its vector, everything it shows, and its shared fields."""
    fields = {root: dict(doc.get(root, type=Map).items()) for root in ("settings", "gone", "board")}
    words = [str(doc.get(root, type=Text)) for root in ("prompt", "negative_prompt")]
    layers = {key: [mark["id"] for mark in layer["marks"]] for key, layer in doc.get("layers", type=Map).items()}
    vector = sorted(wire.vector(doc.get_state()).items())
    return json.dumps([vector, document.drawing_of(doc), fields, words, layers], sort_keys=True).encode()


class Process:
    """A web process with a replica of the board."""

    def __init__(self, board: UUID) -> None:
        self.replica = Replica(board)

    def accept(self, user: User, *updates: bytes) -> list[log.Verdict]:
        return log.accept(self.replica, [Change(user.pk, data) for data in updates]).verdicts


class Page:
    """A page that may be away: what it did waits in `unsent`."""

    def __init__(self, user: User, process: Process) -> None:
        self.user, self.process, self.doc, self.unsent = user, process, document.opened(), list[bytes]()

    def send(self) -> None:
        for verdict in self.process.accept(self.user, *self.unsent) if self.unsent else ():
            assert verdict.refused is None, verdict
        self.unsent = []

    def meet(self) -> None:
        """Come back: exchange what each of the two lacks."""
        log.catch_up(self.process.replica)
        replica = self.process.replica
        if not same(self.doc, replica.vector()):
            (verdict,) = self.process.accept(self.user, self.doc.get_update(replica.vector()))
            assert verdict.refused is None, verdict
        self.unsent = []
        self.doc.apply_update(replica.lacking(self.doc.get_state()))


def begun(owner: User) -> tuple[UUID, Process, Page]:
    board = uuid4()
    process = Process(board)
    page = Page(owner, process)
    page.unsent = [changed(page.doc, drew("one", owner.pk))]
    page.send()
    return board, process, page
