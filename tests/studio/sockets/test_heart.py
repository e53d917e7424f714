"""The heartbeat tells numbers, and ends pages whose log-in ended without their hearing of it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts.sessions import SessionStore
from studio.gates import presence
from studio.sockets import heart
from studio.sockets.heart import Heart


class Page:
    def __init__(self, user: object, session_key: str) -> None:
        self.user, self.session_key, self.greeted, self.heard = user, session_key, True, asyncio.Event()
        self.place = presence.Socket(user.pk, "127.0.0.1", presence.new_name())
        self.told: list[object] = []

    async def heartbeat(self, newest: int) -> None:
        self.told.append(newest)
        self.heard.set()

    async def say_bye(self, code: str, close: str) -> None:
        self.told.append((code, close))
        self.heard.set()


@pytest.mark.django_db(transaction=True)
def test_a_page_of_an_ended_log_in_is_closed_at_the_next_beat(alice, settings) -> None:
    settings.HEARTBEAT_EVERY = 0.01
    session = SessionStore()
    session["_auth_user_id"] = str(alice.pk)
    session.save()

    async def beat() -> list[object]:
        here, gone = Page(alice, session.session_key), Page(alice, "gone")
        heart = Heart({alice.pk: [here, gone]}, ThreadPoolExecutor(1))
        heart.beat()
        await asyncio.wait_for(asyncio.gather(here.heard.wait(), gone.heard.wait()), 60)
        heart._task.cancel()
        return [here.told[0], gone.told[0]]

    assert asyncio.run(beat()) == [0, ("signed_out", "restart")]


@pytest.mark.django_db
def test_a_beat_asks_twice_for_however_many_pages(alice, bob, django_assert_num_queries) -> None:
    session = SessionStore()
    session["_auth_user_id"] = str(alice.pk)
    session.save()
    pages = [
        (presence.Socket(user.pk, "192.0.2.1", presence.new_name()), key)
        for user, key in [(alice, session.session_key), (bob, "gone")]
        for _ in range(50)
    ]
    with django_assert_num_queries(2):
        newest, living = heart._ask(pages)
    assert newest == {alice.pk: 0, bob.pk: 0} and living == {session.session_key}
