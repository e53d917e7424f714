"""When a picture in the making is shown: no oftener than it is sent on, and for a small share of the device's time."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from studio.job import PREVIEWS_PER_SECOND, Lane

# Previews take at most this share of the time of steps and previews together. What is not used is saved up to so many
# seconds.
SHARE = 0.03
SAVED = 0.05


class Shown(Protocol):
    """A picture in the making, as far as its previews are concerned."""

    @property
    def owner(self) -> str: ...
    @property
    def lane(self) -> Lane: ...
    @property
    def finished(self) -> bool: ...


S = TypeVar("S", bound=Shown)


class Pacing:
    """For one thread."""

    def __init__(self) -> None:
        self._saved = SAVED
        self._shown: dict[Shown, float] = {}

    def due(self, stepped: Sequence[S], everybody: Iterable[Shown]) -> list[S]:
        """Those of `stepped` that are shown now; `everybody` are all pictures in the making. The last step of each
        always is."""
        pictures = Counter(one.owner for one in everybody)
        now = time.perf_counter()
        self._shown = {one: at for one, at in self._shown.items() if not one.finished and one.owner in pictures}
        chosen = [one for one in stepped if one.finished or self._due(one, now, pictures)]
        self._shown.update(dict.fromkeys(chosen, now))
        return chosen

    def _due(self, one: Shown, now: float, pictures: Mapping[str, int]) -> bool:
        if self._saved < 0:
            return False
        # A live picture has few steps, and its page says itself when it wants the next one.
        pause = 0.0 if one.lane == "live" else pictures[one.owner] / PREVIEWS_PER_SECOND
        return now - self._shown.get(one, -pause) >= pause

    def spent(self, previews: float, steps: float) -> None:
        """Seconds that went into the previews of a step, and into the step without them."""
        self._saved = min(SAVED, self._saved + SHARE * (previews + steps)) - previews
