"""The people and the real Redis of every test."""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests.stack import database
from tests.stack.redis_server import RedisServer

PASSWORD = "correct horse battery"
NO_REDIS = "redis://127.0.0.1:1/3"  # nobody answers there


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files marked `long` come first: at the end no process then waits for another one's last file."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session", autouse=True)
def redis_server() -> Iterator[RedisServer]:
    """The Redis that the settings point at; tests that restart it leave it running."""
    from config.env import VAR_DIR

    server = RedisServer(VAR_DIR / "run" / "redis.sock")
    server.start()
    yield server
    server.stop(kill=True)
    if Path(os.environ["BRUSHWIRE_VAR"]).name.startswith("bw-"):
        shutil.rmtree(os.environ["BRUSHWIRE_VAR"], ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> bool:
    """Where several processes share the work, the migrations have run already (tests/stack/database.py)."""
    from django.db import connection

    return database.migrated(connection)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Remembers what the migrations wrote."""
    from django.db import connection

    if connection.vendor == "sqlite":
        with django_db_blocker.unblock():
            _baseline.append(database.Baseline(connection))


_baseline: list[Any] = []


@pytest.fixture(scope="session", autouse=True)
def emptied_between_tests() -> Iterator[None]:
    """The record of staff actions refuses to be emptied; only the tests' own database may be, after each test."""
    from django.db import connection
    from django.test import TransactionTestCase

    from accounts import append_only

    empty = TransactionTestCase._fixture_teardown

    def unguarded(self: TransactionTestCase) -> None:
        if _baseline:
            _baseline[0].restore()
            return
        append_only.allow(connection)
        try:
            empty(self)
        finally:
            append_only.forbid(connection)

    TransactionTestCase._fixture_teardown = unguarded
    yield
    TransactionTestCase._fixture_teardown = empty


@pytest.fixture(autouse=True)
def redis_is_asked_again() -> None:
    """What one test found away is not away for the next one as well (studio/process/quick.py)."""
    from studio.process import quick

    quick._away.clear()


@pytest.fixture(autouse=True)
def who_listens_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that said so listens for as long as a test takes, on any machine (studio/queue/mailbox.py)."""
    from studio.queue import mailbox

    monkeypatch.setattr(mailbox, "FRESH_FOR", 3600.0)


@pytest.fixture
def state_away(settings: Any) -> None:
    """Nobody answers where the state's Redis should be, from the beginning of the test."""
    settings.STATE_REDIS_URL = NO_REDIS


def _person(name: str, role: str = "") -> object:
    from django.contrib.auth.models import Group

    from accounts.models import User

    person = User.objects.create_user(name, f"{name}@example.org", PASSWORD)
    if role:
        person.groups.add(Group.objects.get(name=role))
    return person


@pytest.fixture
def alice(db: None) -> object:
    return _person("alice")


@pytest.fixture
def bob(db: None) -> object:
    return _person("bob")


@pytest.fixture
def mod(db: None) -> object:
    return _person("mod", "moderator")


def make_moderator(person: Any) -> Any:
    """`person` in the role of a moderator, with its permissions of this moment."""
    from django.contrib.auth.models import Group

    person.groups.add(Group.objects.get(name="moderator"))
    return type(person).objects.get(pk=person.pk)


@pytest.fixture
def teacher(db: None) -> object:
    """Of `workshop`, in the role that may have one."""
    return _person("teacher", "trusted")


@pytest.fixture
def seats() -> int:
    """Places in `workshop`; a module or folder may say otherwise."""
    return 40


@pytest.fixture
def workshop(teacher: Any, seats: int) -> object:
    """A class for a day, 30 pictures a day each."""
    from accounts import workshops
    from accounts.models import Workshop

    ends = timezone.now() + timedelta(days=1)
    return workshops.make(Workshop(name="Class 4b", seats=seats, ends_at=ends), teacher, 30)


@pytest.fixture
def zoe(workshop: Any) -> object:
    """A pupil in `workshop`."""
    from accounts import workshops

    return workshops.join(workshop, "zoe", "paper and ink")


@pytest.fixture
def unhurried(settings: Any) -> None:
    """For engines that run inside a test's transaction: the watch beside them would wait for it to hold its lease."""
    settings.LEASE = 600.0


@pytest.fixture
def models(db: None) -> None:
    """The catalogue as the test settings list it."""
    from studio.engines.seeding import seed

    seed()
