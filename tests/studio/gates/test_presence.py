"""Open sockets are counted over all processes: the oldest of a person give way, from one address come so many."""

from typing import Any

import pytest

from studio.gates import presence
from studio.gates.presence import Socket
from studio.process import quick

HERE = "192.0.2.1"


@pytest.fixture(autouse=True)
def nobody_there(settings: Any, redis_server: Any) -> None:
    quick.state().flushdb()
    settings.MAX_SOCKETS_PER_USER, settings.MAX_SOCKETS_PER_ADDRESS = 2, 4


def opened(user_id: int, network: str = HERE) -> tuple[Socket, list[str]]:
    socket = Socket(user_id, network, presence.new_name())
    return socket, presence.arrive(socket)


def test_the_oldest_of_a_person_gives_way_and_nobody_elses() -> None:
    (first, _), (_, nobody), (_, other), (third, oldest) = opened(1), opened(1), opened(2), opened(1)
    assert (nobody, other, oldest) == ([], [], [first.name])
    presence.leave(third)
    assert opened(1)[1] == [], "the first has been taken off, the third has left"


def test_from_one_address_come_so_many_and_from_others_as_before() -> None:
    for user_id in (1, 1, 2, 2):
        opened(user_id)
    with pytest.raises(presence.TooManyFromHere):
        opened(3)
    opened(3, "198.51.100.7")
    opened(3, "")
    opened(4, "")


def test_who_does_not_say_that_they_stay_is_forgotten() -> None:
    (stays, _), (silent, _) = opened(1), opened(1)
    for key in stays.lists():  # as if two heartbeats had passed
        quick.state().zadd(key, {stays.name: 1.0, silent.name: 1.0})
    presence.stay([stays])
    assert opened(1)[1] == [], "one of two was forgotten"
    assert opened(1)[1] == [stays.name]


def test_after_redis_was_emptied_the_next_heartbeat_counts_them_again() -> None:
    first, _ = opened(1)
    second, _ = opened(1)
    quick.state().flushdb()
    presence.stay([first, second])
    assert opened(1)[1] == [first.name]


def test_while_redis_is_away_nobody_is_counted_and_nobody_waits(state_away: None) -> None:
    for _ in range(5):
        socket, oldest = opened(1)
        assert oldest == []
        presence.stay([socket])
        presence.leave(socket)
