"""What live steps leave of their time: half of the device at most, nothing where there is nothing left."""

import pytest

from studio.engines.local.leftover import Leftover

BUDGET = 0.1


def share(live: float, theirs: float, turns: int = 1000) -> float:
    """The others' share of the device while live steps take `live` seconds and theirs `theirs`."""
    leftover, spent = Leftover(BUDGET), 0.0
    total = 0.0
    for _ in range(turns):
        others = leftover.pays(theirs)
        took = theirs if others else live
        leftover.made(took, live=not others)
        total += took
        spent += took if others else 0.0
    return spent / total


@pytest.mark.parametrize("live", [0.005, 0.02, 0.045])
def test_short_live_steps_leave_half_of_the_device(live: float) -> None:
    assert share(live, live) == pytest.approx(0.5, abs=0.01)
    assert share(live, 0.08) == pytest.approx(0.5, abs=0.03) or share(live, 0.08) < 0.5


def test_longer_live_steps_leave_what_is_left_of_their_time() -> None:
    assert share(0.08, 0.02) == pytest.approx(0.2, abs=0.01)
    assert share(0.08, 0.04) == pytest.approx(0.2, abs=0.01)


def test_live_steps_as_long_as_they_may_be_leave_nothing() -> None:
    assert share(0.1, 0.01) == share(0.3, 0.01) == 0


def test_a_step_longer_than_a_live_one_may_be_never_goes_between() -> None:
    assert share(0.01, 0.11) == 0


def test_there_are_never_two_steps_of_others_between_live_ones() -> None:
    leftover = Leftover(BUDGET)
    for _ in range(10):
        leftover.made(0.05, live=True)
    assert leftover.pays(0.01)
    leftover.made(0.01, live=False)
    assert not leftover.pays(0.01)
    leftover.made(0.05, live=True)
    assert leftover.pays(0.01)


def test_nothing_is_owed_once_nobody_draws() -> None:
    leftover = Leftover(BUDGET)
    leftover.made(0.05, live=True)
    leftover.forget()
    assert not leftover.pays(0.01)
