"""Which rows go into the next step: fair between people, interactive before bulk, never more than fit."""

from collections import Counter
from dataclasses import dataclass

from studio.engines.local.order import FairOrder
from studio.job import Lane


@dataclass(eq=False)
class One:
    owner: str
    group: str = "a"
    lane: Lane = "interactive"
    weight: float = 1.0
    rows: int = 2
    size: int = 64
    turn: int = 0


def steps(order: FairOrder, people: list[One], turns: int, cap: int = 4) -> Counter[str]:
    """How many row-steps each owner had after so many turns."""
    had: Counter[str] = Counter()
    for _ in range(turns):
        chosen = order.choose(people, lambda _group: cap)
        assert chosen
        assert sum(one.rows for one in chosen) <= max(cap, chosen[0].rows)
        assert len({one.group for one in chosen}) == 1
        had.update(
            {owner: sum(one.rows for one in chosen if one.owner == owner) for owner in {o.owner for o in chosen}}
        )
    return had


def test_a_flood_of_one_person_takes_half_when_two_draw() -> None:
    had = steps(FairOrder(), [*(One("alice") for _ in range(20)), One("bob")], 30)
    assert had == {"alice": 60, "bob": 60}


def test_one_alone_gets_everything() -> None:
    assert steps(FairOrder(), [One("alice") for _ in range(3)], 10) == {"alice": 40}


def test_pictures_of_one_person_take_turns() -> None:
    mine = [One("alice") for _ in range(5)]
    order, had = FairOrder(), Counter[int]()
    for _ in range(10):
        had.update(id(one) for one in order.choose(mine, lambda _group: 4))
    assert set(had.values()) == {4}


def test_models_take_turns_so_that_none_starves() -> None:
    people = [One("alice", group="a"), One("alice", group="b"), One("bob", group="b"), One("carol", group="c")]
    had = steps(FairOrder(), people, 40)
    assert min(had.values()) > 20


def test_bulk_waits_while_somebody_sits_in_front_of_the_screen() -> None:
    bulk, drawing = One("alice", lane="bulk"), One("bob", rows=4)
    order = FairOrder()
    assert order.choose([bulk, drawing], lambda _group: 4) == [drawing]
    assert order.choose([bulk], lambda _group: 4) == [bulk]


def test_weight_gives_a_larger_share() -> None:
    people = [One("alice", weight=3.0, rows=1), One("bob", rows=1)]
    had = steps(FairOrder(), people, 400, cap=1)
    assert had == {"alice": 300, "bob": 100}


def test_larger_picture_counts_for_more() -> None:
    people = [One("alice", size=256, group="large"), One("bob", size=64, group="small")]
    had = steps(FairOrder(), people, 500)
    assert had["bob"] == 4 * had["alice"]


def test_newcomer_starts_level_and_saves_up_nothing() -> None:
    order, alice = FairOrder(), [One("alice") for _ in range(4)]
    steps(order, alice, 100)
    assert steps(order, [*alice, One("bob", rows=4)], 10) == {"alice": 20, "bob": 20}


def test_request_wider_than_the_limit_still_gets_its_step() -> None:
    assert steps(FairOrder(), [One("alice", rows=2)], 1, cap=1) == {"alice": 2}


def test_lower_lane_is_never_starved_by_those_above_it() -> None:
    people = [One("alice", lane="live", group="few"), One("bob"), One("carol", lane="bulk", group="c")]
    had = steps(FairOrder(), people, 400)
    assert had["bob"] >= 2 * 400 / 6, "who sits and waits, one step in five or six"
    assert had["carol"] >= 2 * 400 / 11
    assert had["alice"] >= 2 * 400 * 0.65


def test_live_row_waits_for_one_step_of_others_at_most() -> None:
    order, live = FairOrder(), One("alice", lane="live", group="few")
    others = [One("bob"), One("carol", group="c")]
    missed = 0
    for _ in range(200):
        missed = 0 if live in order.choose([live, *others], lambda _group: 4) else missed + 1
        assert missed <= 1


def test_who_may_go_early_begins_the_step_and_its_own_kind_fills_it() -> None:
    order = FairOrder()
    live = One("alice", lane="live", group="few")
    slow, other, bulk = One("bob"), One("carol"), One("dave", lane="bulk", group="c")
    assert order.choose([live, slow, other, bulk], lambda _group: 4, early=lambda one: one is slow) == [slow, other]
    assert order.choose([live, slow, other, bulk], lambda _group: 4) == [live]


def test_smaller_one_takes_the_place_where_the_next_in_order_does_not_fit() -> None:
    large, small, other = One("alice", rows=2), One("bob", rows=2), One("bob", rows=1)
    assert FairOrder().choose([large, small, other], lambda _group: 3) == [large, other]


def test_who_may_not_step_beside_the_others_makes_way_for_the_next_of_the_same_person() -> None:
    first, wears, plain = One("alice"), One("bob"), One("bob")
    chosen = FairOrder().choose([first, wears, plain], lambda _group: 8, lambda _chosen, one: one is not wears)
    assert chosen == [first, plain]


def test_order_of_hundreds_takes_little_of_a_step() -> None:
    """Compared are only the next of each person, not all in every round."""
    asked = 0

    class Watched(FairOrder):
        def _place(self, one: One) -> tuple[bool, int, float, int]:  # type: ignore[override]
            nonlocal asked
            asked += 1
            return super()._place(one)

    crowd = [One(f"{owner}") for owner in range(16) for _ in range(16)]
    assert len(Watched().choose(crowd, lambda _group: 32)) == 16
    assert asked <= 3 * len(crowd)
