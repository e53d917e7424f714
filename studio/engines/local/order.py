"""Which rows go into the next step: lanes first, then whoever had least of the device. Knows nothing about tensors."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Protocol, TypeVar

from studio.job import Job, Lane

LANES: dict[Lane, int] = {"live": 0, "interactive": 1, "bulk": 2}
# A lane that got nothing in so many steps goes first once: people who draw all day must not starve the others, least of
# all those who sit and wait.
PASSED_OVER: dict[Lane, int] = {"live": 8, "interactive": 4, "bulk": 8}


class Candidate(Protocol):
    """A picture in the making, as far as order is concerned. `size` is what one row of it costs, `turn` its last."""

    @property
    def group(self) -> Hashable: ...
    @property
    def owner(self) -> str: ...
    @property
    def lane(self) -> Lane: ...
    @property
    def weight(self) -> float: ...
    @property
    def rows(self) -> int: ...
    @property
    def size(self) -> int: ...

    turn: int


C = TypeVar("C", bound=Candidate)


class OfJob:
    """What a candidate has from its job."""

    __slots__ = ()
    job: Job

    @property
    def owner(self) -> str:
        return self.job.owner

    @property
    def lane(self) -> Lane:
        return self.job.lane

    @property
    def weight(self) -> float:
        return self.job.weight


class FairOrder:
    """Lanes first, then least virtual time (VTC, arXiv 2401.00588): row-steps times size, divided by weight, for each
    owner.

    An owner who comes starts level with the one who had least, so that nobody saves up a right to block the others.
    """

    def __init__(self) -> None:
        self._used: dict[str, float] = {}
        self._passed_over: Counter[Lane] = Counter()
        self._turn = 0

    def choose(
        self,
        candidates: Iterable[C],
        cap: Callable[[Hashable], int],
        beside: Callable[[Sequence[C], C], bool] = lambda _chosen, _one: True,
        early: Callable[[C], bool] = lambda _one: False,
    ) -> list[C]:
        """Those who step together now, charged for it: one group, at most `cap(group)` rows, at least one candidate.

        `beside(chosen, one)` says whether one more may join those; whoever may not is first when their turn comes.
        `early(one)` says whether one may begin the step whatever its lane.
        """
        waiting = list(candidates)
        if not waiting:
            return []
        self._meet({one.owner for one in waiting})
        first = min(waiting, key=lambda one: (not early(one), self._place(one)))
        room = cap(first.group) - first.rows
        chosen = [self._charged(first)]
        # Of one owner's the order among themselves stays, so in every round only the next one of each is compared.
        queues: defaultdict[str, deque[C]] = defaultdict(deque)
        for one in sorted((one for one in waiting if one.group == first.group and one is not first), key=self._place):
            queues[one.owner].append(one)
        while room > 0:
            heads = [head for queue in queues.values() if (head := _next(queue, room, chosen, beside)) is not None]
            if not heads:
                break
            best = self._charged(min(heads, key=self._place))
            queues[best.owner].popleft()
            room -= best.rows
            chosen.append(best)
        lanes, served = {one.lane for one in waiting}, {one.lane for one in chosen}
        self._passed_over = Counter({lane: self._passed_over[lane] + 1 for lane in lanes - served})
        return chosen

    def _charged(self, one: C) -> C:
        """`one`, which steps now."""
        self._turn += 1
        one.turn = self._turn
        self._used[one.owner] += one.rows * one.size / one.weight
        return one

    def _place(self, one: Candidate) -> tuple[bool, int, float, int]:
        early = self._passed_over[one.lane] >= PASSED_OVER[one.lane]
        return not early, LANES[one.lane], self._used[one.owner], one.turn

    def _meet(self, owners: set[str]) -> None:
        known = {owner: used for owner, used in self._used.items() if owner in owners}
        least = min(known.values(), default=0.0)
        self._used = {owner: known.get(owner, least) for owner in owners}


def _next(queue: deque[C], room: int, chosen: Sequence[C], beside: Callable[[Sequence[C], C], bool]) -> C | None:
    """The first of `queue` that fits; a smaller one may where the next in order does not, which waits for its turn."""
    while queue:
        if queue[0].rows <= room and beside(chosen, queue[0]):
            return queue[0]
        queue.popleft()
    return None
