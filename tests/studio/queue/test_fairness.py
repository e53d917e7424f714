"""Whose turn it is: least use for one's weight, running limits, lanes, workshops, nobody waits for ever."""

import random
import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from studio.queue.fairness import Busy, Known, Share, Waiting, fair_order, look_ahead, person

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def row(owner: int, seconds_ago: float, **more: Any) -> Waiting:
    return Waiting(uuid.uuid4(), owner, NOW - timedelta(seconds=seconds_ago), **more)


def owners(rows: Iterable[Waiting], **known: Any) -> list[int]:
    return [waiting.owner_id for waiting in fair_order(rows, NOW, Known(**known))]


def test_two_people_take_turns_whatever_the_one_has_piled_up() -> None:
    assert owners([row(1, 9), row(1, 8), row(1, 7), row(2, 1)]) == [1, 2, 1, 1]


def test_who_has_something_running_waits() -> None:
    assert owners([row(1, 9), row(2, 1)], running={1: Busy(1, 0.0)}) == [2, 1]


def test_what_runs_counts_with_what_it_will_take() -> None:
    running = {1: Busy(1, 60.0), 2: Busy(2, 10.0)}
    assert owners([row(1, 9), row(2, 1)], running=running) == [2, 1]
    assert owners([row(1, 9), row(2, 1)], running=running, used={"u2": 80.0}) == [1, 2]


def test_who_used_the_device_less_lately_goes_first() -> None:
    assert owners([row(1, 9), row(2, 1)], used={"u1": 30.0, "u2": 2.0}) == [2, 1]


def test_among_equals_the_longest_waiting_goes_first() -> None:
    assert owners([row(1, 1), row(2, 5)]) == [2, 1]


def test_one_persons_own_rows_keep_their_order() -> None:
    rows = [row(1, 3), row(1, 2), row(1, 1)]
    assert list(fair_order(reversed(rows), NOW, Known())) == rows


def test_what_was_begun_already_does_not_stand_in_line_again() -> None:
    again = row(1, 3, lane="bulk", began_at=NOW)
    rows = [row(1, 9), row(1, 8, lane="bulk"), row(2, 1), again]
    order = list(fair_order(rows, NOW, Known(used={"u1": 90.0})))
    assert order[0] == again and [each.owner_id for each in order] == [1, 2, 1, 1]
    shares = {1: Share(1.0, party="w7"), 2: Share(1.0, party="w7")}
    assert owners([row(2, 9), again], shares=shares, used={"u1": 5.0, "w7": 5.0}) == [1, 2]
    assert owners([row(2, 9), again], shares={1: Share(1.0, 1)}, running={1: Busy(1)}) == [2, 1]


def test_twice_the_weight_is_twice_the_turns() -> None:
    shares = {1: Share(2.0), 2: Share(1.0)}
    rows = [row(1, 9 - n, cost=1.0) for n in range(4)] + [row(2, 4 - n, cost=1.0) for n in range(2)]
    assert owners(rows, shares=shares) == [1, 2, 1, 1, 2, 1]
    assert owners([row(1, 1), row(2, 9)], shares=shares, used={"u1": 15.0, "u2": 10.0}) == [1, 2]


def test_twice_the_cost_is_half_the_turns() -> None:
    rows = [row(1, 9 - n, cost=2.0) for n in range(2)] + [row(2, 4 - n, cost=1.0) for n in range(4)]
    assert owners(rows) == [1, 2, 2, 1, 2, 2]


def test_who_has_as_much_running_as_allowed_comes_after_who_has_not() -> None:
    shares = {1: Share(9.0, 1), 2: Share(1.0, 9)}
    assert owners([row(1, 9), row(2, 1), row(2, 1)], shares=shares, running={1: Busy(1)}) == [2, 2, 1]
    assert owners([row(1, 9999), row(2, 1)], shares=shares, running={1: Busy(1)}) == [2, 1]


def test_a_workshop_has_one_share_and_is_fair_within() -> None:
    shares = {pupil: Share(1.0, party="w7") for pupil in (1, 2, 3)} | {4: Share(1.0)}
    rows = [row(owner, 9, cost=1.0) for owner in (1, 1, 2, 2, 3, 3)] + [row(4, 1, cost=1.0) for _ in range(3)]
    order = owners(rows, shares=shares)
    assert order[1::2][:3] == [4, 4, 4]
    assert sorted(order[0:6:2]) == [1, 2, 3]


def test_within_a_workshop_whoever_had_least_goes_first() -> None:
    shares = {1: Share(1.0, party="w7"), 2: Share(1.0, party="w7")}
    assert owners([row(1, 9), row(2, 1)], shares=shares, used={"u1": 5.0, "w7": 5.0}) == [2, 1]


def test_batches_come_after_what_somebody_waits_for() -> None:
    rows = [row(1, 9, lane="bulk"), row(2, 1), row(1, 2)]
    assert [(r.owner_id, r.lane) for r in fair_order(rows, NOW, Known())] == [
        (1, "interactive"), (2, "interactive"), (1, "bulk"),
    ]  # fmt: skip


def test_one_of_those_of_whom_nothing_started_for_very_long_comes_first() -> None:
    flood = [row(1, 5000 - n, cost=1.0) for n in range(300)]
    rows = [*flood, row(2, 700), row(3, 1)]
    order = owners(rows, used={"u1": 999.0, "u2": 999.0})
    assert order[:3] == [1, 2, 3]
    assert owners(rows, used={"u1": 999.0}, started={("u1", "interactive"): NOW - timedelta(seconds=9)})[:2] == [2, 3]


def test_a_batch_that_waited_very_long_gets_one_through() -> None:
    rows = [row(1, 700 - n, lane="bulk") for n in range(3)] + [row(2, 1), row(2, 1)]
    assert owners(rows) == [1, 2, 2, 1, 1]


@pytest.mark.parametrize("seed", range(60))
def test_any_order_has_everything_once_within_limits_and_nobody_far_behind(seed: int) -> None:
    dice = random.Random(seed)
    people = range(1, dice.randint(2, 8))
    shares = {
        one: Share(dice.choice([0.5, 1.0, 2.0, 4.0]), dice.randint(1, 4), dice.choice(["", "", "w1"])) for one in people
    }
    shares = {one: Share(1.0, share.most, share.party) if share.party else share for one, share in shares.items()}
    rows = [
        row(
            dice.choice(people),
            dice.uniform(0, 900),
            cost=dice.uniform(0.1, 9),
            lane=dice.choice(["interactive", "bulk"]),
        )
        for _ in range(dice.randint(1, 120))
    ]
    running = {one: Busy(dice.randint(0, 2), dice.uniform(0, 9)) for one in people}
    used = {person(one): dice.uniform(0, 300) for one in people} | {"w1": dice.uniform(0, 300)}
    known = Known(shares, running, used)
    order = list(fair_order(rows, NOW, known))

    assert sorted(r.id for r in order) == sorted(r.id for r in rows)
    busy = Counter({one: theirs.count for one, theirs in running.items()})
    over = False
    for each in order:
        full = busy[each.owner_id] >= shares[each.owner_id].most
        assert full or not over, "somebody within their limit comes after somebody who is not"
        over, busy[each.owner_id] = full, busy[each.owner_id] + 1
    for one in people:
        for lane in ("interactive", "bulk"):
            own = [r.created_at for r in order if r.owner_id == one and r.lane == lane]
            assert own == sorted(own)
    # Whoever waited too long and may start is among the first: one row for each party and lane before them.
    parties = {known.party(one) for one in people}
    for each in order:
        late = NOW - each.created_at > timedelta(seconds=600)
        if late and running[each.owner_id].count < shares[each.owner_id].most:
            first = next(i for i, r in enumerate(order) if known.party(r.owner_id) == known.party(each.owner_id))
            assert first < 2 * len(parties)


def test_shares_over_a_long_order_are_those_of_the_weights() -> None:
    shares = {1: Share(1.0), 2: Share(1.0), 3: Share(2.0)}
    rows = [row(owner, 9, cost=cost) for owner, cost in ((1, 3.0), (2, 1.0), (3, 2.0)) for _ in range(300)]
    spent: Counter[int] = Counter()
    for each in fair_order(rows, NOW, Known(shares)):
        spent[each.owner_id] += int(each.cost)
        if sum(spent.values()) > 1000:
            break
    assert [round(spent[one] / sum(spent.values()), 2) for one in (1, 2, 3)] == [0.25, 0.25, 0.5]


# Models in memory -----------------------------------------------------------------------------------------------

MEMORY = {"local": frozenset({"here"})}


def wants(model: str, engine: str = "local", **more: Any) -> Waiting:
    return row(1, 5, model=model, engine=engine, **more)


def test_a_picture_of_a_model_in_memory_goes_before_one_that_must_be_loaded() -> None:
    away, here = wants("away"), wants("here")
    assert look_ahead([away, here], MEMORY, NOW) == (here, [away])
    assert look_ahead([here, away], MEMORY, NOW) == (here, [])


def test_nothing_is_passed_where_no_model_matters() -> None:
    away, here, remote = wants("away"), wants("here"), wants("cloud", engine="openai_images")
    assert look_ahead([away, here], {}, NOW) == (away, [])
    assert look_ahead([away, here], {"local": frozenset()}, NOW) == (away, [])
    assert look_ahead([remote, here], MEMORY, NOW) == (remote, [])
    assert look_ahead([away, wants("far")], MEMORY, NOW) == (away, [])
    assert look_ahead([], MEMORY, NOW) is None


def test_nobody_is_passed_by_a_batch_too_often_or_for_too_long(settings) -> None:
    here = wants("here")
    often = wants("away", passed=settings.LOOK_AHEADS)
    long = wants("away", passed=1, passed_at=NOW - timedelta(seconds=settings.LOOK_AHEAD_SECONDS + 1))
    fresh = wants("away", passed=1, passed_at=NOW)
    assert look_ahead([often, here], MEMORY, NOW) == (often, [])
    assert look_ahead([long, here], MEMORY, NOW) == (long, [])
    assert look_ahead([fresh, often, here], MEMORY, NOW) == (fresh, [])
    assert look_ahead([fresh, here], MEMORY, NOW) == (here, [fresh])
    assert look_ahead([fresh, wants("here", lane="bulk")], MEMORY, NOW) == (fresh, [])


@pytest.mark.parametrize("seed", range(10))
def test_whatever_comes_nobody_is_passed_more_often_than_allowed(seed: int, settings) -> None:
    """A worker that holds one model, and people who ask for others all the time: each is passed LOOK_AHEADS times."""
    dice = random.Random(seed)
    queue = [row(n % 5, 60 - n, cost=1.0, model=dice.choice("abc"), engine="local") for n in range(60)]
    held, passed, now = frozenset("a"), Counter(), NOW
    while queue:
        now += timedelta(seconds=1)
        order = list(fair_order(queue, now, Known()))[: settings.LOOK_AHEAD_ROWS]
        chosen, behind = look_ahead(order, {"local": held}, now)
        for each in behind:
            passed[each.id] += 1
            at = each.passed_at or now
            queue[queue.index(each)] = Waiting(
                each.id, each.owner_id, each.created_at, each.lane, each.cost, each.model, each.engine,
                each.passed + 1, at,
            )  # fmt: skip
            assert now - at <= timedelta(seconds=settings.LOOK_AHEAD_SECONDS)
        queue = [each for each in queue if each.id != chosen.id]
        held = frozenset(chosen.model)
    assert passed and max(passed.values()) <= settings.LOOK_AHEADS
