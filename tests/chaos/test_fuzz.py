"""Nonsense through every way in; the sizes here are small, `python -m tests.chaos.run fuzz-…` takes any."""

from accounts.models import User
from tests.chaos.crowd import Started
from tests.chaos.fuzz import images, pages, rest, sockets
from tests.chaos.fuzz.server_log import complaints

MB = 2**20


async def test_nothing_that_comes_over_a_socket_breaks_anything(started: Started) -> None:
    found = await sockets.fuzz(started("web", "worker0", "reconciler", **sockets.LIFTED), messages=20_000)
    print(found)
    assert found.wrong == []
    assert found.grown < 80 * MB


def test_no_damaged_picture_breaks_anything(transactional_db: None, models: None, alice: User) -> None:
    found = images.fuzz(alice, mutants=5_000)
    print(found)
    assert found.wrong == []
    assert found.died == 0
    assert found.grown < 200 * MB


def test_no_question_over_http_breaks_anything(started: Started) -> None:
    stack = started("web")
    people, names = pages.cast()
    apis = rest.fuzz(stack.port, {name: people[name] for name in ("alice", "nobody")}, names, examples=2)
    asked = pages.fuzz(stack.port, people, names, requests=600)
    print(f"API: {apis}\npages: {asked}")
    assert apis.wrong + asked.wrong + complaints(stack.log) == []
