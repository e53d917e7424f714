"""Who gets how much of the device: people who always have more waiting than fits, and some who come with one picture.

Real workers claim and run; the queue is filled here, past the socket and the submit, so that it is full whatever else
the machine does, and nothing but the order decides.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from accounts.models import Role, User
from studio import tasks, tools
from studio.models import Generation, Model, State
from studio.queue import shares

# How many pictures the one worker makes at once (tests/chaos/parts.py).
SLOTS = 2
# By how much a share may be off, of itself.
NEAR = 0.1


@dataclass
class Person:
    """Somebody with an always full queue, whose pictures take `steps` x `pause` seconds."""

    name: str
    role: str
    steps: int
    pause: float
    user: User = field(init=False)

    def prepare(self) -> None:
        self.user = User.objects.create_user(self.name, password="x")
        self.user.groups.add(Group.objects.get(name=self.role))

    @property
    def weight(self) -> float:
        return Role.objects.get(group__name=self.role).weight

    def ask(self, count: int = 1) -> list[UUID]:
        """So many requests at once, as a submit makes each of them."""
        tool, model = tools.find("text_to_image"), Model.objects.get(name="fake")
        asked = {"prompt": f"slow:{self.pause}", "steps": self.steps, "width": 64, "height": 64}
        params = tool.clean(asked, model) | {"loras": [], "seed": 1}
        about = {"tool": tool.name, "model": model, "model_name": model.name, "params": params}
        about |= {"cost": self.steps * self.pause, "rung_at": timezone.now()}
        shares.arrive(self.user.pk, "gpu")
        made = Generation.objects.bulk_create(
            Generation(owner=self.user, command=f"{self.name}-{n}", **about) for n in range(count)
        )
        tasks.ring("gpu")
        return [row.pk for row in made]


@dataclass
class Result:
    """`got` are device seconds by name, `visits` the seconds that each single picture waited."""

    got: dict[str, float]
    weights: dict[str, float]
    visits: list[float]
    batch: float
    finished: int
    seconds: float

    def part(self, name: str) -> float:
        return self.got[name] / max(1e-9, sum(self.got.values()))

    def due(self, name: str) -> float:
        return self.weights[name] / sum(self.weights.values())

    def off(self) -> float:
        """By how much the part of the one who is furthest from theirs is off, relative to it."""
        return max(abs(self.part(name) / self.due(name) - 1) for name in self.got)


def usual() -> list[Person]:
    """Two members and one trusted person (twice the weight), each with pictures of another length."""
    return [Person("ann", "member", 6, 0.1), Person("ben", "member", 3, 0.1), Person("tess", "trusted", 5, 0.1)]


def lift_limits() -> None:
    """Out of the way: limits on pictures and seconds a day, on what waits, and on how often one asks."""
    Role.objects.update(images_per_day=None, gpu_seconds_per_day=None, storage_bytes=None, queued=10_000)


def measure(people: list[Person], seconds: float, visitors: int = 0) -> Result:
    """More than can be made in so long for each of `people`; `visitors` come with one picture each, evenly spread."""
    for person in people:
        person.prepare()
        person.ask(10 + int(SLOTS * seconds / (person.steps * person.pause)))
    began = time.monotonic()
    singles: list[UUID] = []
    for n in range(visitors):
        time.sleep(seconds / (visitors + 1))
        single = Person(f"visitor{n}", "member", 3, 0.1)
        single.prepare()
        singles += single.ask()
    time.sleep(max(0.0, began + seconds - time.monotonic()))
    return _result(people, singles, time.monotonic() - began)


def _result(people: list[Person], singles: list[UUID], seconds: float) -> Result:
    ended = Generation.objects.filter(state=State.FINISHED)
    got: Counter[int] = Counter()
    for owner_id, took in ended.values_list("owner_id", "device_seconds"):
        got[owner_id] += took  # type: ignore[assignment]
    longest = max((took for took in ended.values_list("device_seconds", flat=True)), default=0.0)
    started = Generation.objects.filter(pk__in=singles, started_at__isnull=False)
    visits = [(at - asked).total_seconds() for asked, at in started.values_list("created_at", "started_at")]
    return Result(
        {person.name: got[person.user.pk] for person in people},
        {person.name: person.weight for person in people},
        visits if len(visits) == len(singles) else [*visits, float("inf")],
        longest,
        ended.count(),
        seconds,
    )


def report(result: Result) -> str:
    """Rows of the table in docs/reliability.md."""
    rows = [
        f"| {name} | {result.weights[name]:g} | {result.due(name):.1%} | {result.part(name):.1%} | {seconds:.0f} |"
        for name, seconds in result.got.items()
    ]
    waits = ", ".join(f"{wait:.1f}" for wait in sorted(result.visits))
    about = f"{connection.vendor}, {result.seconds:.0f} s, {result.finished} pictures, longest {result.batch:.1f} s"
    return "\n".join([about, *rows, f"visitors with one picture waited (s): {waits or '-'}"])
