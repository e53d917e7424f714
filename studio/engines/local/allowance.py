"""How many rows a step may have: by time (budget.py), by memory (memory.py), and by what went wrong lately."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

import torch

from studio.engines.local.budget import GROUPS_KNOWN, Budget
from studio.engines.local.memory import MemoryModel
from studio.engines.local.slots import Slot

# Rows of one step at most. On a CPU a step of more rows than this brings no more pictures, only longer steps.
MOST_ROWS = {"cpu": 16, "cuda": 32}
# After this many steps that fitted into memory one more row is tried again.
CLEAN_STEPS = 100
# So often the free memory is looked at, in steps of the same group.
LOOK_EVERY = 16


@dataclass(slots=True)
class Room:
    """The rows of a group by memory: `most` by what went wrong, `fit` by what was free when last looked at."""

    most: int
    fit: int = 1
    steps: int = 0
    clean: int = 0


class Allowance:
    """For one thread."""

    def __init__(self, device: torch.device, budget: Budget, memory: MemoryModel) -> None:
        self._ceiling = MOST_ROWS[device.type]
        self._budget = budget
        self._memory = memory
        self._rooms: OrderedDict[Hashable, Room] = OrderedDict()

    def rows(self, slot: Slot, *, live: bool) -> int:
        """How many rows may step with `slot`, itself included; `live` while somebody draws live."""
        room = self._room(slot.group)
        if room.steps % LOOK_EVERY == 0 or room.fit < self._ceiling:
            room.fit = self._memory.rows_that_fit(slot.model.key, slot.size, self._ceiling)
        return self._budget.rows(slot.group, min(room.most, room.fit), live=live)

    def beside(self, slot: Slot, rows: int) -> int:
        """How many rows may step with `rows` of the kind of `slot` and hardly delay them, those included."""
        return self._budget.rows_beside(slot.group, rows, self._ceiling)

    def expects(self, slot: Slot) -> float:
        """Seconds that a step of `slot` alone should take; 0 when nothing is known of its kind."""
        return self._budget.of(slot.group, slot.rows)

    def most(self, group: Hashable) -> int:
        """How many rows may be in one call after what went wrong lately; of a single picture they go one by one if
        that is fewer than it has."""
        return self._room(group).most

    def did_not_fit(self, group: Hashable, rows: int) -> None:
        """A step of so many rows was too much for the memory: half of them from now on."""
        room = self._room(group)
        room.most, room.clean = max(1, rows // 2), 0

    def made(self, group: Hashable, rows: int, seconds: float) -> None:
        """A step was made."""
        self._budget.saw(group, rows, seconds)
        room = self._room(group)
        room.steps += 1
        if room.most < self._ceiling:
            room.clean += 1
            if room.clean >= CLEAN_STEPS:
                room.most, room.clean = room.most + 1, 0

    def _room(self, group: Hashable) -> Room:
        room = self._rooms.setdefault(group, Room(self._ceiling))
        self._rooms.move_to_end(group)
        if len(self._rooms) > GROUPS_KNOWN:
            self._rooms.popitem(last=False)
        return room
