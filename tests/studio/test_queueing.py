"""Who is next: least running, least used, then longest waiting; nobody waits for ever."""

import uuid
from datetime import UTC, datetime, timedelta

from studio.queueing import Share, Waiting, fair_order

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def row(owner: int, seconds_ago: float) -> Waiting:
    return Waiting(uuid.uuid4(), owner, NOW - timedelta(seconds=seconds_ago))


def owners(
    rows: list[Waiting], running: dict[int, int] | None = None, used: dict[int, float] | None = None
) -> list[int]:
    return [waiting.owner_id for waiting in fair_order(rows, running or {}, used or {}, NOW)]


def test_two_people_take_turns_whatever_the_one_has_piled_up() -> None:
    assert owners([row(1, 9), row(1, 8), row(1, 7), row(2, 1)]) == [1, 2, 1, 1]


def test_who_has_something_running_waits() -> None:
    assert owners([row(1, 9), row(2, 1)], running={1: 1}) == [2, 1]


def test_who_used_the_device_less_lately_goes_first() -> None:
    assert owners([row(1, 9), row(2, 1)], used={1: 30.0, 2: 2.0}) == [2, 1]


def test_among_equals_the_longest_waiting_goes_first() -> None:
    assert owners([row(1, 1), row(2, 5)]) == [2, 1]


def test_age_wins_in_the_end() -> None:
    assert owners([row(1, 700), row(2, 1)], running={1: 3}, used={1: 999.0}) == [1, 2]


def test_one_persons_own_rows_keep_their_order() -> None:
    rows = [row(1, 3), row(1, 2), row(1, 1)]
    assert fair_order(reversed(rows), {}, {}, NOW) == rows


def with_shares(rows: list[Waiting], shares: dict[int, Share], **known: dict[int, float]) -> list[int]:
    order = fair_order(rows, known.get("running", {}), known.get("used", {}), NOW, shares)
    return [waiting.owner_id for waiting in order]


def test_twice_the_weight_is_twice_the_turns() -> None:
    shares = {1: Share(2.0, 9), 2: Share(1.0, 9)}
    rows = [row(1, 9 - n) for n in range(4)] + [row(2, 4 - n) for n in range(2)]
    assert with_shares(rows, shares) == [1, 2, 1, 1, 2, 1]
    assert with_shares([row(1, 1), row(2, 9)], shares, used={1: 15.0, 2: 10.0}) == [1, 2]


def test_who_has_as_much_running_as_allowed_comes_after_who_has_not() -> None:
    shares = {1: Share(9.0, 1), 2: Share(1.0, 9)}
    assert with_shares([row(1, 9), row(2, 1), row(2, 1)], shares, running={1: 1}) == [2, 2, 1]
