"""Flow tests: the whole studio as processes, one for all tests; each test leaves every generation ended."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.hold import Hold
from tests.stack.page import Page
from tests.stack.processes import Stack, running
from tests.stack.session import session_cookie
from tests.stack.waiting import wait_until

# The test itself may ask the database between two awaits; the studio's processes may not (Stack removes this).
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
# Seconds. Long enough that nobody loses it who is only slow, on a disk or a processor that others use.
LEASE = 3.0


@pytest.fixture(scope="session")
def shared_stack(django_db_setup: None, django_db_blocker: object, redis_server: object) -> Iterator[Stack]:
    with running(django_db_blocker, BRUSHWIRE_LEASE=str(LEASE)) as stack:
        stack.env["BRUSHWIRE_ENGINE_HOSTS"] = "127.0.0.1"  # for the worker that `remote` starts
        yield stack


@pytest.fixture
def stack(shared_stack: Stack, transactional_db: None, models: None) -> Iterator[Stack]:
    """The running studio. Whatever a test killed is started again, and nothing of it goes on running."""
    yield shared_stack
    from studio.invariants import problems
    from studio.models import TERMINAL, Generation

    missing = {"web", "worker", "reconciler"} - set(shared_stack.processes)
    if missing:
        shared_stack.start(*missing)
    # In one statement: what ends by itself in this moment keeps its own end.
    left = Generation.objects.exclude(state__in=TERMINAL)
    left.update(state="cancelled", token=None, lease_until=None)

    def sound() -> bool:
        found[:] = [problem for problem in problems() if "without an end" not in problem]
        return not found

    found: list[str] = []
    # What a page that has just left sets going may be seen half way.
    try:
        wait_until(sound)
    except AssertionError:
        raise AssertionError(found) from None


@pytest.fixture
def remote(stack: Stack) -> Stack:
    """The studio with a worker for other servers and for webhooks."""
    if "remote" not in stack.processes:
        stack.start("remote")
    return stack


@pytest.fixture
def page_of(stack: Stack):
    """`page_of(user)` is a page of that person, not yet open."""

    def page(user: object) -> Page:
        return Page(stack.url, session_cookie(user))

    return page


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Hold]:
    """Holds the fake engine half way; at the end nobody is held."""
    made = Hold(tmp_path)
    yield made
    made.let_go()


@pytest.fixture
def drawing() -> bytes:
    """A small real drawing."""
    return (Path(__file__).parent.parent / "fixtures" / "house.png").read_bytes()
