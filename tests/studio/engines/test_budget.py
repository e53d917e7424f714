"""Rows of a step by time: what a step takes is learnt from the steps made, and bounds them while somebody draws."""

import random

import pytest

from studio.engines.local.budget import Budget, StepTime, fit


def gpu(rows: int) -> float:
    """A device that answers up to five rows in the same time, and then by the row."""
    return max(0.009, 0.0015 + 0.00175 * rows)


def learnt(numbers: list[int], noise: float = 0.0) -> StepTime:
    dice, time = random.Random(1), StepTime()
    for rows in numbers * 8:
        hiccup = 5.0 if noise and dice.random() < 0.1 else 1.0
        time.saw(rows, gpu(rows) * hiccup * (1 + dice.uniform(-noise, noise)))
    return time


def test_law_of_the_device_is_found() -> None:
    line = fit([(rows, gpu(rows), 3) for rows in range(1, 25)])
    assert line.floor == pytest.approx(0.009, rel=0.02)
    assert line.fixed == pytest.approx(0.0015, rel=0.1)
    assert line.each == pytest.approx(0.00175, rel=0.02)


def test_hiccups_of_the_machine_do_not_change_what_is_known() -> None:
    time = learnt([1, 2, 4, 6, 8, 12, 16], noise=0.1)
    for rows in range(1, 17):
        assert time.of(rows) == pytest.approx(gpu(rows), rel=0.15)


def test_step_stays_within_its_time_while_somebody_draws() -> None:
    time = learnt([1, 2, 4, 8, 16])
    rows = time.rows_within(0.020, 32)
    assert gpu(rows) <= 0.021
    assert gpu(rows + 2) > 0.020
    assert time.rows_within(0.001, 32) == 1


def test_nothing_beyond_the_largest_step_seen_is_taken_for_granted() -> None:
    time = StepTime()
    time.saw(4, 0.05)
    assert time.rows_within(0.1, 32) == 8
    time.saw(8, 0.05)
    assert time.rows_within(0.1, 32) == 16


def test_rows_that_bring_no_more_pictures_are_left_out_of_a_step() -> None:
    time = StepTime()
    for rows in [1, 2, 4, 8, 16] * 9:
        time.saw(rows, 0.1 * max(rows, 4))
    assert time.rows_worth_it(32) == 4


def test_device_that_gains_with_every_row_is_given_all_it_may_have() -> None:
    time = StepTime()
    for rows in [1, 2, 4, 8, 16] * 9:
        time.saw(rows, 0.05 + 0.001 * rows)
    assert time.rows_worth_it(32) == 32


def test_each_group_has_its_own_time_and_an_unknown_one_no_limit() -> None:
    budget = Budget(live=0.05)
    for rows in (1, 2, 4, 8):
        budget.saw("large", rows, 0.04 * rows)
        budget.saw("small", rows, 0.004 * rows)
    assert budget.rows("large", 16, live=True) == 1
    assert budget.rows("small", 16, live=True) == 12
    assert budget.rows("new", 16, live=True) == 16


def test_what_a_group_took_is_forgotten_when_it_is_long_gone() -> None:
    budget = Budget(live=0.05)
    for group in range(200):
        for _ in range(2):
            budget.saw(group, 2, 1.0)
    assert budget.rows(0, 16, live=True) == 16
    assert budget.rows(199, 16, live=True) == 1


def test_first_step_of_a_kind_in_which_libraries_find_their_ways_says_nothing() -> None:
    budget = Budget(live=0.05)
    budget.saw("new", 4, 3.0)
    assert budget.of("new", 4) == 0
    budget.saw("new", 4, 0.02)
    assert budget.of("new", 4) == 0.02
    assert budget.rows("new", 8, live=True) == 8


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_times_a_step_takes_some_and_its_limits_make_sense(seed: int) -> None:
    dice, time = random.Random(seed), StepTime()
    for _ in range(60):
        time.saw(dice.choice([1, 2, 4, 8, 9]), dice.expovariate(10))
        assert all(time.of(rows) > 0 for rows in range(1, 33))
        assert 1 <= time.rows_within(dice.random(), 32) <= 32
        assert 1 <= time.rows_worth_it(16) <= 16
