"""What was used lately, and what follows: whole lives of generations through the real claim, on a clock of our own."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts import workshops
from accounts.models import Role, User, Workshop
from studio.models import FairUse, Generation, LiveDay, Model, State
from studio.queue import lifecycle, queueing, shares

pytestmark = pytest.mark.database


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(shares, "clock", clock)
    return clock


@pytest.fixture(autouse=True)
def many_at_once(db) -> None:
    Role.objects.update(running=50, queued=1000)


def person(name: str, role: str = "member") -> User:
    user = User.objects.create_user(name, password="x")
    user.groups.add(Group.objects.get(name=role))
    return user


def used(user: User) -> float:
    return round(shares.used([user.pk], {}).get(f"u{user.pk}", 0.0), 2)


def queue(user: User, count: int, seconds: float, **more: Any) -> list[Generation]:
    """So many rows that take so long, as submit makes them."""
    shares.arrive(user.pk, "gpu")
    start = Generation.objects.count()
    about = {"tool": "text_to_image", "model_name": "fake", "params": {"count": 1}, "cost": seconds} | more
    return Generation.objects.bulk_create(
        Generation(owner=user, command=f"c{start + n}", **about) for n in range(count)
    )


@dataclass
class Device:
    """`slots` generations at once; `arrivals` (when, what) happen while it works. `got` are device seconds by owner."""

    clock: Clock
    slots: int = 2
    arrivals: list[tuple[float, Callable[[], Any]]] = field(default_factory=list)
    got: Counter[int] = field(default_factory=Counter)
    starts: list[tuple[float, int]] = field(default_factory=list)

    def run(self, seconds: float, memory: dict[str, frozenset[str]] | None = None) -> Counter[int]:
        began = self.clock.now
        running: list[tuple[float, Generation]] = []
        while self.clock.now - began < seconds:
            while self.arrivals and self.arrivals[0][0] <= self.clock.now - began:
                self.arrivals.pop(0)[1]()
            while len(running) < self.slots and (claimed := lifecycle.claim("gpu", memory)):
                running.append((self.clock.now + claimed.cost * self.slots, claimed))
                self.starts.append((self.clock.now - began, claimed.owner_id))
            running.sort(key=lambda one: one[0])
            soon = self.arrivals[0][0] + began if self.arrivals else float("inf")
            if not running or soon < running[0][0]:
                self.clock.now = soon
                continue
            self.clock.now, done = running.pop(0)
            assert lifecycle.finish(done, done.cost, list)
            self.got[done.owner_id] += done.cost
        return self.got


def parts(got: Counter[int], *people: User) -> list[float]:
    total = sum(got.values())
    return [got[user.pk] / total for user in people]


def test_over_ten_minutes_everybody_has_the_part_of_their_weight(clock, models) -> None:
    """Two members and one trusted person (twice the weight), all with full queues, more people than slots."""
    ann, ben, tess = person("ann"), person("ben"), person("tess", "trusted")
    for user, seconds in ((ann, 12.0), (ben, 5.0), (tess, 8.0)):
        queue(user, 80, seconds)
    found = parts(Device(clock).run(600), ann, ben, tess)
    assert found == pytest.approx([0.25, 0.25, 0.5], rel=0.1)


def test_a_newcomer_is_served_at_once_and_does_not_have_the_device_alone(clock, models) -> None:
    """Ann had ten minutes alone. From when on Ben has a full queue as well, each has half, minute by minute."""
    ann, ben = person("ann"), person("ben")
    queue(ann, 60, 5.0)
    shares.charge(ann.pk, 450.0)
    device = Device(clock, arrivals=[(5.0, lambda: queue(ben, 60, 5.0))])
    assert parts(device.run(120), ann, ben) == pytest.approx([0.5, 0.5], rel=0.2)
    assert ben.pk in [owner for _, owner in device.starts[2:4]]


def test_ten_people_with_one_each_start_within_one_running_batch_of_whoever_queues_much(clock, models) -> None:
    ann = person("ann")
    queue(ann, 300, 5.0)
    others = [person(f"other{n}") for n in range(3)]
    device = Device(
        clock, arrivals=[(60.0 + n, lambda user=user: queue(user, 1, 5.0)) for n, user in enumerate(others)]
    )
    device.run(120)
    for n, user in enumerate(others):
        started = next(at for at, owner in device.starts if owner == user.pk)
        hers = [at for at, owner in device.starts if owner == ann.pk and 60.0 + n < at < started]
        assert len(hers) == 0 and started - (60.0 + n) <= 20.0


def test_a_workshop_of_many_has_one_share(clock, models, mod) -> None:
    ends = timezone.now() + timedelta(days=1)
    school = workshops.make(Workshop(name="School", seats=9, ends_at=ends), mod, 99)
    Role.objects.update(running=50)
    pupils = [workshops.join(school, f"pupil{n}", "long enough for all") for n in range(4)]
    ann = person("ann")
    for user in (*pupils, ann):
        queue(user, 40, 10.0)
    found = parts(Device(clock).run(600), ann, *pupils)
    assert found[0] == pytest.approx(0.5, rel=0.1)
    assert found[1:] == pytest.approx([0.125] * 4, rel=0.25)


def test_use_fades_by_half_every_half_window_and_adds_up(clock, alice, settings) -> None:
    shares.charge(alice.pk, 80.0)
    clock.now += settings.FAIR_WINDOW / 2
    assert used(alice) == 40.0
    shares.charge(alice.pk, 10.0)
    assert used(alice) == 50.0
    clock.now += 1e7
    assert used(alice) == 0.0
    shares.charge(alice.pk, 3.0)
    assert used(alice) == 3.0
    assert FairUse.objects.count() == 1


def test_nothing_is_charged_for_nothing_and_old_use_is_forgotten(clock, alice) -> None:
    shares.charge(alice.pk, 0.0)
    assert not FairUse.objects.exists()
    shares.charge(alice.pk, 5.0)
    clock.now += shares.FORGOTTEN_AFTER + 1
    assert shares.forget() == 1


def test_whoever_comes_starts_level_with_the_one_who_had_least_for_their_weight(clock, models) -> None:
    ann, tess, new, old = person("ann"), person("tess", "trusted"), person("new"), person("old")
    queue(ann, 1, 5.0)
    queue(tess, 1, 5.0)
    shares.charge(ann.pk, 100.0)
    shares.charge(tess.pk, 80.0)
    shares.charge(old.pk, 70.0)
    queue(new, 1, 5.0)
    queue(old, 1, 5.0)
    assert (used(new), used(old)) == (40.0, 70.0)
    shares.charge(new.pk, 1.0)
    queue(new, 1, 5.0)  # is there already
    assert used(new) == 41.0


def test_who_is_alone_or_only_beside_a_frozen_workshop_starts_with_nothing(clock, models, mod, alice) -> None:
    school = workshops.make(
        Workshop(name="School", seats=9, ends_at=timezone.now() + timedelta(days=1)), mod, images_per_day=99
    )
    pupil = workshops.join(school, "pupil", "long enough for all")
    queue(pupil, 1, 5.0)
    shares.charge(pupil.pk, 100.0)
    assert shares.used([pupil.pk], {pupil.pk: shares.share_of(_limits(pupil))}) == {
        f"u{pupil.pk}": pytest.approx(100.0), f"w{school.pk}": pytest.approx(100.0),
    }  # fmt: skip
    workshops.freeze(school, True)
    queue(alice, 1, 5.0)
    assert used(alice) == 0.0


def _limits(user: User) -> Any:
    from accounts.limits import limits_of

    return limits_of(user, fresh=True)


def test_live_drawing_counts_in_the_share_and_in_the_day(clock, alice) -> None:
    queueing.charge_live({alice.pk: 3.0, 999_999: 5.0})
    queueing.charge_live({alice.pk: 1.5})
    assert used(alice) == 4.5 and LiveDay.objects.get().seconds == 4.5


def test_every_end_counts_what_the_device_worked(clock, models, alice) -> None:
    ends: list[Callable[[Generation], Any]] = [
        lambda made: lifecycle.finish(made, 2.0, list),
        lambda made: lifecycle.fail(made, "engine_failed", {}, 3.0),
        lambda made: lifecycle.cancelled(made, 4.0),
        lambda made: lifecycle.engine_lost(made, 5.0),
    ]
    for end in ends:
        queue(alice, 1, 5.0)
        assert end(lifecycle.claim("gpu"))
        Generation.objects.filter(state=State.QUEUED).delete()
    assert used(alice) == 14.0
    late = queue(alice, 1, 5.0)[0]
    assert not lifecycle.fail(late, "engine_failed", {}, 9.0)
    assert used(alice) == 14.0


@pytest.fixture
def two_models(models) -> Iterator[None]:
    Model.objects.filter(name="tiny").update(engine="local")
    yield


def test_a_model_in_memory_goes_first_for_a_while_and_the_row_knows(clock, two_models, settings, alice, bob) -> None:
    tiny, starter = (Model.objects.get(name=name) for name in ("tiny", "starter"))
    waits = queue(alice, 1, 5.0, model=starter, model_name="starter")[0]
    queue(bob, 20, 5.0, model=tiny, model_name="tiny")
    memory = {"local": frozenset({"tiny"})}
    assert lifecycle.claim("gpu").pk == waits.pk, "no worker said that its engine holds anything"
    lifecycle.release(Generation.objects.get(pk=waits.pk))
    before = []
    while (claimed := lifecycle.claim("gpu", memory)).pk != waits.pk:
        before.append(claimed.owner_id)
        lifecycle.finish(claimed, 0.1, list)
    assert before == [bob.pk] * settings.LOOK_AHEADS
    waits.refresh_from_db()
    assert waits.passed == settings.LOOK_AHEADS and waits.passed_at


def test_everybodys_first_is_ranked_however_much_one_person_queues(clock, models, monkeypatch, alice, bob) -> None:
    monkeypatch.setattr(queueing, "RANKED", 30)
    queue(alice, 50, 1.0)
    queue(bob, 1, 1.0)
    assert bob.pk in [row.owner_id for row in queueing.in_order("gpu")[0]]
