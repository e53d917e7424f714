"""The order of those who wait, from plain values: whose turn it is, and who may go first for the sake of a model.

Reads nothing from the database; what the values are, studio/queue/queueing.py and studio/queue/shares.py know.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any
from uuid import UUID

from django.conf import settings

from studio.job import Lane

# Live frames never wait here: they go past the queue (studio/worker/live.py).
LANES: tuple[Lane, ...] = ("interactive", "bulk")
NO_LIMIT = 1 << 30


def person(owner_id: int) -> str:
    """The name under which a person's use is counted."""
    return f"u{owner_id}"


@dataclass(frozen=True, slots=True)
class Share:
    """A person's part of the device.

    `party` names those who share one `weight` (above 0): "" for the person alone, otherwise a workshop. `most` is how
    many generations of the person may run at once.
    """

    weight: float = 1.0
    most: int = NO_LIMIT
    party: str = ""


EVEN = Share()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued row, as far as order is concerned. `cost` is what it is expected to take, in device seconds.

    `passed` counts those that went before it for the sake of a model in memory, the first of them at `passed_at`.
    `began_at`: it was begun already, and its worker was lost or asked to stop.
    """

    id: UUID
    owner_id: int
    created_at: datetime
    lane: Lane = "interactive"
    cost: float = 0.0
    model: str = ""
    engine: str | None = None
    passed: int = 0
    passed_at: datetime | None = None
    began_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Busy:
    """What a person has running: how many, and the device seconds they are expected to take."""

    count: int = 0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Known:
    """What the order goes by besides the rows.

    `used` are the device seconds lately of each party and each person, by name; `running` is by person. `started` says
    when something of a party's lane started last, as far as that is within FAIR_MAX_WAIT.
    """

    shares: Mapping[int, Share] = field(default_factory=dict)
    running: Mapping[int, Busy] = field(default_factory=dict)
    used: Mapping[str, float] = field(default_factory=dict)
    started: Mapping[tuple[str, Lane], datetime] = field(default_factory=dict)

    def share(self, owner_id: int) -> Share:
        return self.shares.get(owner_id, EVEN)

    def party(self, owner_id: int) -> str:
        return self.share(owner_id).party or person(owner_id)


def fair_order(waiting: Iterable[Waiting], now: datetime, known: Known) -> Iterator[Waiting]:
    """All of `waiting` in the order they will start, one by one: whoever needs the first few pays for no more.

    Repeatedly takes the party whose use (what it used lately, what its running ones will take, what was taken for it
    here) is least for its weight; within a workshop the member of whom that is true. Interactive rows go before bulk.

    Before all that: where nothing of a party's lane started for FAIR_MAX_WAIT seconds though something waited all that
    time, one of its rows comes first; one, because then something has started. So a flood of one person never pushes
    the others out. And what was begun already does not stand in line again: it had been its turn (it cannot come often,
    after MAX_ATTEMPTS it is given up). Nobody over their own limit comes before anybody who is not.
    """
    parties = _parties(waiting, now, known)
    heap = [(party.turn(), number) for number, party in enumerate(parties)]
    heapify(heap)
    while heap:
        _, number = heappop(heap)
        party = parties[number]
        yield party.take()
        if party.members:
            heappush(heap, (party.turn(), number))


def _parties(waiting: Iterable[Waiting], now: datetime, known: Known) -> list["_Party"]:
    parties: dict[str, _Party] = {}
    for row in sorted(waiting, key=_age, reverse=True):
        name = known.party(row.owner_id)
        if name not in parties:
            parties[name] = _Party(name, known.share(row.owner_id).weight, now, known)
        parties[name].add(row)
    for owner_id, busy in known.running.items():
        if (party := parties.get(known.party(owner_id))) is not None:
            party.load += busy.cost
            party.busy += busy.count
    return list(parties.values())


def _age(row: Waiting) -> tuple[bool, datetime, int]:
    """The smallest comes first of one person's lane."""
    return row.began_at is None, row.created_at, row.id.int


class _Member:
    """A person with something waiting: `lines` by lane, each a stack whose top is the oldest."""

    def __init__(self, owner_id: int, known: Known) -> None:
        busy = known.running.get(owner_id, Busy())
        self.most = known.share(owner_id).most
        self.busy = busy.count
        self.load = known.used.get(person(owner_id), 0.0) + busy.cost
        self.lines: dict[Lane, list[Waiting]] = {}

    def place(self, lane: Lane) -> tuple[Any, ...]:
        first = self.lines[lane][-1]
        return self.busy >= self.most, first.began_at is None, self.load, self.busy, first.created_at, first.id.int


class _Party:
    """Those who share one weight, and what they have waiting."""

    def __init__(self, name: str, weight: float, now: datetime, known: Known) -> None:
        self.weight, self.now = weight, now
        self.load = known.used.get(name, 0.0)
        self.busy = 0
        self.members: dict[int, _Member] = {}
        self._known = known
        self._started = {lane: known.started.get((name, lane)) for lane in LANES}
        self._next: tuple[_Member, Lane] | None = None

    def add(self, row: Waiting) -> None:
        if row.owner_id not in self.members:
            self.members[row.owner_id] = _Member(row.owner_id, self._known)
        self.members[row.owner_id].lines.setdefault(row.lane, []).append(row)

    def turn(self) -> tuple[Any, ...]:
        """The smallest comes first of all parties. Remembers whose row that is."""
        found: list[tuple[tuple[Any, ...], _Member, Lane]] = []
        for lane in LANES:
            theirs = [member for member in self.members.values() if lane in member.lines]
            if theirs:
                member = min(theirs, key=lambda one, lane=lane: one.place(lane))  # type: ignore[misc]
                found.append((self._turn(member, lane, theirs), member, lane))
        turn, member, lane = min(found, key=lambda one: one[0])
        self._next = member, lane
        return turn

    def _turn(self, member: _Member, lane: Lane, theirs: Sequence[_Member]) -> tuple[Any, ...]:
        first = member.lines[lane][-1]
        since = min(one.lines[lane][-1].created_at for one in theirs)
        started = self._started[lane]
        since = max(since, started) if started else since
        overdue = self.now - since > timedelta(seconds=settings.FAIR_MAX_WAIT)
        load, busy = self.load / self.weight, self.busy / self.weight
        age = first.created_at, first.id.int
        return (
            member.busy >= member.most,
            first.began_at is None,
            not overdue,
            since if overdue else self.now,
            LANES.index(lane),
            load,
            busy,
            age,
        )

    def take(self) -> Waiting:
        assert self._next is not None
        member, lane = self._next
        row = member.lines[lane].pop()
        if not member.lines[lane]:
            del member.lines[lane]
        if not member.lines:
            del self.members[row.owner_id]
        for one in (self, member):
            one.load += row.cost
            one.busy += 1
        self._started[lane] = self.now
        return row


# Models in memory -----------------------------------------------------------------------------------------------

# The names of the models that each of a worker's engines has in memory; engines that need none there are missing.
InMemory = Mapping[str, frozenset[str]]


def look_ahead(order: Iterable[Waiting], memory: InMemory, now: datetime) -> tuple[Waiting, list[Waiting]] | None:
    """The row to start, and those that it goes before because their models are not in memory; None for an empty order.

    `order` are the first few rows. Nobody is gone before by more than LOOK_AHEADS rows, nor for longer than
    LOOK_AHEAD_SECONDS after the first of them; nor by a row of a later lane.
    """
    behind: list[Waiting] = []
    for row in order:
        first = behind[0] if behind else row
        if row.lane == first.lane and not _must_load(row, memory):
            return row, behind
        if not _may_be_passed(row, now):
            break
        behind.append(row)
    else:
        if not behind:
            return None
    return (behind[0] if behind else row), []


def _must_load(row: Waiting, memory: InMemory) -> bool:
    held = memory.get(row.engine or "")
    return bool(held) and row.model not in (held or ())


def _may_be_passed(row: Waiting, now: datetime) -> bool:
    since = row.passed_at or now
    return row.passed < settings.LOOK_AHEADS and now - since < timedelta(seconds=settings.LOOK_AHEAD_SECONDS)
