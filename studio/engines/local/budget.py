"""How long a step of so many rows takes, learnt from the steps made, and how many rows that allows. No tensors here.

A device answers few rows in a time that hardly grows, and more rows in time by the row: t = max(t0, d + c·rows). Rows
beyond the bend bring no more pictures, only longer steps, and while somebody draws live a step must stay short.
"""

from collections import OrderedDict, defaultdict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import median

# So many of the last times of each number of rows count; the middle one of them does not mind a hiccup.
REMEMBERED = 9
# After so many steps the line is laid anew.
FIT_EVERY = 8
# Rows that bring less than this share of the best throughput's rest are not worth their longer step.
GOOD_ENOUGH = 0.97
# So many times as long as with fewer rows a step may take that should hardly be longer.
HARDLY_LONGER = 1.2
# Every so often the limit by throughput is left aside, so that what is known of large steps does not grow old.
LOOK_BEYOND_EVERY = 50
# Groups come and go with their models; what was not stepped for so many others is learnt again.
GROUPS_KNOWN = 64


@dataclass(frozen=True, slots=True)
class Line:
    """Seconds of a step: max(floor, fixed + each · rows)."""

    floor: float = 0.0
    fixed: float = 0.0
    each: float = 0.0

    def at(self, rows: int) -> float:
        return max(self.floor, self.fixed + self.each * rows)


class StepTime:
    """What is known of the steps of one group."""

    def __init__(self) -> None:
        self._seen: defaultdict[int, deque[float]] = defaultdict(lambda: deque(maxlen=REMEMBERED))
        self._line = Line()
        self._steps = 0

    def saw(self, rows: int, seconds: float) -> None:
        """A step of `rows` took `seconds`."""
        self._seen[rows].append(seconds)
        self._steps += 1
        if self._steps % FIT_EVERY == 0 or len(self._seen[rows]) == 1:
            self._line = fit([(rows, median(times), len(times)) for rows, times in sorted(self._seen.items())])

    def of(self, rows: int) -> float:
        """Seconds that a step of `rows` should take; 0 when nothing is known. Beyond the largest step seen it is taken
        to grow by the row, which is the worst it does."""
        if not self._seen:
            return 0.0
        most = max(self._seen)
        return self._line.at(rows) if rows <= most else max(self._line.at(rows), self._line.at(most) * rows / most)

    def rows_within(self, seconds: float, most: int) -> int:
        """The most rows, up to `most`, whose step should take no longer than `seconds`; at least one."""
        return next((rows for rows in range(most, 1, -1) if self.of(rows) <= seconds), 1)

    def rows_beside(self, rows: int, most: int) -> int:
        """The most rows, up to `most`, with which a step takes hardly longer than with these `rows` alone."""
        return max(rows, self.rows_within(HARDLY_LONGER * self.of(rows), most))

    def rows_worth_it(self, most: int) -> int:
        """The fewest rows, up to `most`, that do nearly the best that is known in rows a second."""
        if len(self._seen) < 3 or self._steps % LOOK_BEYOND_EVERY == 0:
            return most
        known = range(1, min(most, max(self._seen)) + 1)
        rates = {rows: rows / self.of(rows) for rows in known}
        best = max(rates.values())
        enough = next(rows for rows in known if rates[rows] >= GOOD_ENOUGH * best)
        # Still climbing at the largest step seen: nothing is known against a larger one.
        return enough if enough < known[-1] else most


def fit(points: Sequence[tuple[int, float, int]]) -> Line:
    """The line through (rows, seconds, how often), fewest rows first: the best of all places for its bend, by least
    squares of the relative error."""

    def error(line: Line) -> float:
        return sum(often * ((line.at(rows) - seconds) / seconds) ** 2 for rows, seconds, often in points)

    return min((_bent(points, at) for at in range(len(points) + 1) if at != len(points) - 1), key=error)


def _bent(points: Sequence[tuple[int, float, int]], at: int) -> Line:
    """Flat over the points before number `at`, rising from there on."""
    flat, rising = points[:at], points[at:]
    floor = sum(seconds * often for _, seconds, often in flat) / max(1, sum(often for _, _, often in flat))
    if not rising:
        return Line(floor)
    weights = [often / seconds**2 for _, seconds, often in rising]
    total = sum(weights)
    rows = sum(weight * point[0] for weight, point in zip(weights, rising, strict=True)) / total
    mean = sum(weight * point[1] for weight, point in zip(weights, rising, strict=True)) / total
    spread = sum(weight * (point[0] - rows) ** 2 for weight, point in zip(weights, rising, strict=True))
    lean = sum(weight * (point[0] - rows) * point[1] for weight, point in zip(weights, rising, strict=True))
    # At most all of it is by the row: nothing is done in less than no time.
    each = min(max(0.0, lean / spread), mean / rows)
    return Line(floor, max(0.0, mean - each * rows), each)


class Budget:
    """The rows of a step by time, for the groups used last. `live` is how long a step may take while somebody draws
    live, in seconds."""

    def __init__(self, live: float) -> None:
        self.live = live
        self._times: OrderedDict[Hashable, StepTime] = OrderedDict()

    def saw(self, group: Hashable, rows: int, seconds: float) -> None:
        """A step of `group` took `seconds`. The first does not count: libraries choose their ways in it."""
        if group in self._times:
            self._times[group].saw(rows, seconds)
            self._times.move_to_end(group)
            return
        self._times[group] = StepTime()
        if len(self._times) > GROUPS_KNOWN:
            self._times.popitem(last=False)

    def of(self, group: Hashable, rows: int) -> float:
        """Seconds that a step of so many rows should take; 0 when nothing is known."""
        time = self._times.get(group)
        return time.of(rows) if time is not None else 0.0

    def rows(self, group: Hashable, most: int, *, live: bool) -> int:
        """How many rows of `group` may step together, up to `most`; `live` while somebody draws live."""
        time = self._times.get(group)
        if time is None:
            return most
        return time.rows_within(self.live, most) if live else time.rows_worth_it(most)

    def rows_beside(self, group: Hashable, rows: int, most: int) -> int:
        """How many rows, up to `most`, may step with these `rows` of `group` and hardly delay them."""
        time = self._times.get(group)
        return time.rows_beside(rows, most) if time is not None else most
