"""Previews: as often as they are sent on, the last always, and never for much of the device's time."""

import time
from dataclasses import dataclass

import pytest

from studio.engines.local.pacing import SHARE, Pacing
from studio.job import PREVIEWS_PER_SECOND, Lane


@dataclass(eq=False)
class One:
    owner: str = "alice"
    lane: Lane = "interactive"
    finished: bool = False


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    return now


def shown(pacing: Pacing, clock: list[float], pictures: list[One], seconds: float) -> int:
    """How many previews are made while all `pictures` make a step every 10 ms."""
    count = 0
    for _ in range(round(seconds / 0.01)):
        clock[0] += 0.01
        count += len(pacing.due(pictures, pictures))
    return count


@pytest.mark.parametrize("pictures", [1, 4])
def test_one_person_is_made_as_many_as_they_are_sent(clock: list[float], pictures: int) -> None:
    mine = [One() for _ in range(pictures)]
    assert shown(Pacing(), clock, mine, 10) == pytest.approx(10 * PREVIEWS_PER_SECOND, rel=0.15)


def test_everybody_has_their_own(clock: list[float]) -> None:
    both = [One("alice"), One("bob")]
    assert shown(Pacing(), clock, both, 10) == pytest.approx(20 * PREVIEWS_PER_SECOND, rel=0.15)


def test_live_pictures_are_shown_at_every_step(clock: list[float]) -> None:
    assert shown(Pacing(), clock, [One(lane="live")], 1) == 100


def test_first_and_last_step_are_always_shown(clock: list[float]) -> None:
    pacing, one = Pacing(), One()
    assert pacing.due([one], [one]) == [one]
    assert pacing.due([one], [one]) == []
    one.finished = True
    assert pacing.due([one], [one]) == [one]


def test_costly_previews_become_rare(clock: list[float]) -> None:
    pacing, one, spent, steps = Pacing(), One(lane="live"), 0.0, 0.0
    for _ in range(2000):
        clock[0] += 0.02
        cost = 0.005 if pacing.due([one], [one]) else 0.0
        pacing.spent(cost, 0.02)
        spent, steps = spent + cost, steps + 0.02
    assert spent / (spent + steps) <= SHARE * 1.1
    assert spent / (spent + steps) >= SHARE * 0.5
