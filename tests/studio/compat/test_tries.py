"""A request that is sent again means what its first try asked for, and whoever waits is counted."""

from typing import Any
from uuid import uuid4

import pytest

from accounts import keys
from accounts.models import ApiKey, User
from studio.commands import programs
from studio.commands.programs import Wish
from studio.gates import tries
from studio.models import Generation, State
from studio.words.errors import Refused
from tests.conftest import NO_REDIS

WISH = Wish(("text_to_image",), "fake", {"prompt": "x"})


@pytest.fixture
def key(alice: User, models: None) -> ApiKey:
    return keys.make(alice, keys.Wish(name="test", scopes=["generate"]))[0]


def ask(key: ApiKey, asked: str, *, again: bool = False, **more: Any) -> Generation:
    return programs.ask(key.owner, key, WISH, programs.command_for(key.owner, asked, again=again, **more))


def test_a_later_try_is_the_same_generation_and_a_new_request_another(key: ApiKey) -> None:
    asked = uuid4().hex
    first = ask(key, asked)
    assert ask(key, asked, again=True).pk == first.pk
    second = ask(key, asked)
    assert second.pk != first.pk
    assert ask(key, uuid4().hex, again=True).pk not in (first.pk, second.pk), "a try whose first was never heard"


def test_of_two_that_are_alike_a_try_means_the_one_that_nobody_waits_for(key: ApiKey) -> None:
    asked, owner = uuid4().hex, key.owner_id
    lost, answered = ask(key, asked), ask(key, asked)
    tries.wait(owner, answered.command, "one")
    assert ask(key, asked, again=True).pk == lost.pk
    tries.leave(owner, answered.command, "one")
    assert ask(key, asked, again=True).pk == answered.pk


def test_what_was_left_and_stopped_is_made_anew(key: ApiKey) -> None:
    asked, owner = uuid4().hex, key.owner
    first = ask(key, asked)
    tries.wait(owner.pk, first.command, "one")
    assert not programs.stop_if_left(owner, first.command, first.pk), "somebody waits"
    tries.leave(owner.pk, first.command, "one")
    assert programs.stop_if_left(owner, first.command, first.pk)
    first.refresh_from_db()
    assert first.state == State.CANCELLED and first.refunded == first.cost
    assert ask(key, asked, again=True).pk != first.pk
    assert not programs.stop_if_left(owner, first.command, first.pk), "it had ended"


def test_whoever_comes_back_at_the_last_moment_finds_what_it_asked_for(key: ApiKey) -> None:
    asked, owner = uuid4().hex, key.owner
    first = ask(key, asked)
    assert programs.command_for(owner, asked, again=True) == first.command
    assert not programs.stop_if_left(owner, first.command, first.pk), "it is on its way, though it does not wait yet"
    Generation.objects.filter(pk=first.pk).update(state=State.FINISHED)
    tries.leave(owner.pk, first.command, "coming")
    assert not programs.stop_if_left(owner, first.command, first.pk)
    assert ask(key, asked, again=True).pk == first.pk, "what has ended stays there"


def test_a_name_of_its_own_makes_a_request_one_whenever_it_comes(key: ApiKey, bob: User) -> None:
    asked = uuid4().hex
    first = ask(key, asked, own_key="order 7")
    assert ask(key, asked, own_key="order 7").pk == first.pk
    with pytest.raises(Refused, match="idempotency_reused"):
        ask(key, uuid4().hex, own_key="order 7")
    his = keys.make(bob, keys.Wish(name="his", scopes=["generate"]))[0]
    assert ask(his, asked, own_key="order 7").pk != first.pk


def test_while_redis_is_away_the_database_tells_what_a_try_means(key: ApiKey, settings: Any) -> None:
    asked = uuid4().hex
    first = ask(key, asked)
    settings.STATE_REDIS_URL = NO_REDIS
    assert ask(key, asked, again=True).pk == first.pk
    assert ask(key, uuid4().hex, again=True).pk != first.pk
    assert not tries.give_up(key.owner_id, first.command), "nothing is stopped that somebody may wait for"


def test_requests_differ_by_everything_in_them() -> None:
    told = [("a", "b"), ("ab", ""), ("", "ab"), ("a", b"b", ""), ("a",)]
    assert len({tries.digest(*parts) for parts in told}) == len(told)
