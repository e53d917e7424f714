"""Who is in a room: pages of this process and of the others, and where each of them is. Nothing here is ever stored.

A process says at every heartbeat which pages it has; those of one that was killed are forgotten after a while.
"""

import time
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

# Heartbeats that a process may miss before its pages count as gone.
FORGOTTEN_AFTER = 2.5


@dataclass(slots=True)
class Elsewhere:
    """The pages of another process: each as it was told (Person), with its presence."""

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    presence: dict[str, dict[str, Any]] = field(default_factory=dict)
    heard: float = field(default_factory=time.monotonic)


class Others:
    """Everybody in the room who is not in this process."""

    def __init__(self) -> None:
        self._processes: dict[str, Elsewhere] = {}

    def people(self) -> list[dict[str, Any]]:
        return [person for each in self._processes.values() for person in each.people.values()]

    def presences(self) -> list[dict[str, Any]]:
        return [told for each in self._processes.values() for told in each.presence.values() if told]

    def joined(self, origin: str, person: dict[str, Any]) -> None:
        self._of(origin).people[person["page"]] = person

    def moved(self, origin: str, told: dict[str, Any]) -> None:
        """A page says where it is; what it does not name has not changed."""
        known = self._of(origin)
        if told["page"] in known.people:
            known.presence[told["page"]] = known.presence.get(told["page"], {}) | told

    def left(self, origin: str, page: str) -> bool:
        """Whether it was here."""
        known = self._of(origin)
        known.presence.pop(page, None)
        return known.people.pop(page, None) is not None

    def here(self, origin: str, people: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
        """A process says all its pages: those that are new or changed, and those that are gone."""
        known, now = self._of(origin), {person["page"]: person for person in people}
        new = [person for page, person in now.items() if known.people.get(page) != person]
        gone = [page for page in known.people if page not in now]
        known.people = now
        for page in gone:
            known.presence.pop(page, None)
        return new, gone

    def forget(self) -> list[str]:
        """The pages of processes that were not heard of for too long."""
        late = time.monotonic() - FORGOTTEN_AFTER * settings.HEARTBEAT_EVERY
        gone = [name for name, each in self._processes.items() if each.heard < late]
        return [page for name in gone for page in self._processes.pop(name).people]

    def _of(self, origin: str) -> Elsewhere:
        found = self._processes.setdefault(origin, Elsewhere())
        found.heard = time.monotonic()
        return found
