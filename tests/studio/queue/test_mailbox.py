"""The mailbox of live boards: the newest wins, one bell a board, and each board has its worker."""

import time
from collections.abc import Iterator
from uuid import UUID

import pytest

from studio.process import quick
from studio.queue import mailbox
from studio.queue.mailbox import Bell


@pytest.fixture(autouse=True)
def emptied() -> Iterator[None]:
    client = quick.state()
    client.flushdb()
    mailbox._listening.cache_clear()
    yield
    client.flushdb()
    mailbox._listening.cache_clear()


def put(revision: int, *, worker: str = "w", owner: int = 1, board: str = "b") -> str:
    return mailbox.put(worker, owner, board, revision=revision, header=b"{%d}" % revision, data=b"drawing")


def bells(worker: str = "w") -> list[Bell]:
    found = []
    while (bell := mailbox.wait(worker, 0.05)) is not None:
        found.append(bell)
    return found


def test_the_newest_drawing_is_taken_and_the_slot_is_empty_then() -> None:
    for revision in range(1, 6):
        assert put(revision) == "put"
    drawing = mailbox.take(1, "b")
    assert drawing is not None and (drawing.header, drawing.data) == (b"{5}", b"drawing")
    assert drawing.waited >= 0
    assert mailbox.take(1, "b") is None


def test_a_board_rings_once_until_it_is_fetched_and_then_again() -> None:
    for revision in range(1, 40):
        put(revision)
    assert bells() == [Bell(1, "b")]
    mailbox.take(1, "b")
    put(40)
    assert bells() == [Bell(1, "b")]


def test_an_older_revision_is_stale_even_after_the_newer_one_was_fetched() -> None:
    put(7)
    mailbox.take(1, "b")
    assert put(7) == "stale" and put(6) == "stale" and put(8) == "put"


def test_a_person_has_few_boards_at_once_and_others_have_theirs(settings) -> None:
    for board in ("a", "b"):
        assert put(1, board=board) == "put"
    assert put(1, board="c") == "full"
    assert put(1, board="c", owner=2) == "put"
    mailbox.leave("w", 1, "a")
    assert put(1, board="c") == "put"


def test_a_board_that_was_not_changed_for_a_while_makes_room(settings) -> None:
    put(1, board="a")
    put(1, board="b")
    settings.LIVE_BOARD_IDLE = 0.0
    assert put(1, board="c") == "put"


def test_leaving_empties_the_slot_and_tells_the_worker() -> None:
    put(1)
    mailbox.leave("w", 1, "b")
    assert bells() == [Bell(1, "b"), Bell(1, "b", left=True)]
    assert mailbox.take(1, "b") is None


ROOM = UUID("11111111-2222-4333-8444-555555555555")


def put_in_room(data: bytes, owner: int = 1) -> int | None:
    return mailbox.put_in_room("w", owner, ROOM, header=b"{}", data=data)


def test_a_room_has_one_slot_that_numbers_what_all_its_pages_draw() -> None:
    numbers = [put_in_room(data) or 0 for data in (b"alice", b"bob", b"carol")]
    assert numbers == sorted(numbers) and len(set(numbers)) == 3
    assert bells() == [Bell(1, mailbox.room(ROOM))]
    drawing = mailbox.take(1, mailbox.room(ROOM))
    assert drawing is not None and (drawing.data, drawing.revision) == (b"carol", numbers[-1])


def test_a_rooms_numbers_go_on_where_redis_has_forgotten_it() -> None:
    before = put_in_room(b"x")
    time.sleep(0.002)
    quick.state().flushdb()
    after = put_in_room(b"x")
    assert before is not None and after is not None and after > before


def test_what_others_draw_on_ones_boards_keeps_nobody_from_drawing_alone(settings) -> None:
    settings.LIVE_ROOMS_PER_OWNER = 1
    assert put_in_room(b"x") is not None
    assert [put(1, board=board) for board in "abc"] == ["put", "put", "full"]
    other = mailbox.put_in_room("w", 1, UUID(int=9), header=b"{}", data=b"")
    assert other is None, "the owner's second room has to wait"
    mailbox.leave("w", 1, mailbox.room(ROOM))
    assert mailbox.put_in_room("w", 1, UUID(int=9), header=b"{}", data=b"") is not None


def test_a_board_whose_worker_died_rings_at_the_next_one() -> None:
    put(1, worker="dead")
    put(2, worker="next")
    assert bells("next") == [Bell(1, "b")]


def test_board_names_with_colons_or_owners_that_look_alike_never_meet() -> None:
    put(1, owner=1, board="1-b")
    put(1, owner=11, board="-b")
    assert mailbox.take(1, "1-b") is not None
    assert mailbox.take(11, "-b") is not None
    assert bells() == [Bell(1, "1-b"), Bell(11, "-b")]


def test_without_workers_nobody_is_there() -> None:
    assert mailbox.worker_for(1, "b") is None


def test_boards_spread_over_the_workers_and_only_a_lost_workers_boards_move() -> None:
    def spread() -> dict[str, str | None]:
        mailbox._listening.cache_clear()
        return {f"b{n}": mailbox.worker_for(1, f"b{n}") for n in range(300)}

    for name in ("one", "two", "three"):
        mailbox.listen(name)
    before = spread()
    shares = [list(before.values()).count(name) for name in ("one", "two", "three")]
    assert min(shares) > 60, shares
    assert spread() == before
    mailbox.stop_listening("two")
    after = spread()
    assert {board for board in before if before[board] != after[board]} == {b for b in before if before[b] == "two"}


def test_a_silent_worker_gets_no_more_boards() -> None:
    client = quick.state()
    mailbox.listen("alive")
    client.zadd(mailbox.WORKERS, {"silent": client.time()[0] - mailbox.FRESH_FOR - 1})
    mailbox._listening.cache_clear()
    assert {mailbox.worker_for(1, f"b{n}") for n in range(50)} == {"alive"}


def test_seconds_are_summed_up_by_person_and_collected_once() -> None:
    mailbox.charge(1, 0.5)
    mailbox.charge(1, 0.25)
    mailbox.charge(2, 1.0)
    assert mailbox.collect_seconds() == {1: 0.75, 2: 1.0}
    assert mailbox.collect_seconds() == {}


def test_everything_is_forgotten_after_a_while() -> None:
    put(1)
    mailbox.charge(1, 1.0)
    client = quick.state()
    kept = [key for key in client.scan_iter("live:*") if client.ttl(key) < 0]
    assert kept == []
