"""While the database is away: which errors say so, what people are told, and how a worker waits for it."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection
from django.test import Client

from studio import reconciler, tasks
from studio.process import outage
from studio.views import trouble
from studio.worker import runner


@pytest.mark.django_db
def test_a_missing_table_is_a_fault_of_ours() -> None:
    with pytest.raises(DatabaseError) as caught, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nowhere")
    assert not outage.is_outage(caught.value)
    assert not outage.is_outage(IntegrityError("x"))
    assert not outage.is_outage(ValueError("locked"))
    assert outage.is_outage(InterfaceError("connection already closed"))
    assert outage.is_outage(OperationalError("the connection is closed"))


@pytest.mark.django_db
def test_persisting_tries_again_as_long_as_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "TRY_AGAIN", 0.0)
    answers: Iterator[Any] = iter([OperationalError("gone"), InterfaceError("closed"), "done"])

    def act() -> Any:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert outage.persist(act, 5.0, "it") == "done"
    with pytest.raises(OperationalError):
        outage.persist(lambda: (_ for _ in ()).throw(OperationalError("gone")), -1.0, "it")
    with pytest.raises(IntegrityError):
        outage.persist(lambda: (_ for _ in ()).throw(IntegrityError("twice")), 5.0, "it")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser for which the database is away wherever it goes."""

    def away_now(*args: Any, **options: Any) -> Any:
        raise OperationalError("the connection is closed")

    monkeypatch.setattr("accounts.sessions.SessionStore.load", away_now)
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "x" * 32
    return client


def test_a_page_says_come_again(broken: Client, caplog: pytest.LogCaptureFixture) -> None:
    answer = broken.get("/gallery/")
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "5", "no-store")
    assert "One moment, please" in answer.content.decode()
    assert "Traceback" not in caplog.text


def test_the_api_says_so_by_a_code(broken: Client) -> None:
    answer = broken.get("/api/v1/presets")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["code"] == "db_busy"
    assert answer.json()["params"] == {"retry_after": 5}


def test_a_fault_of_ours_keeps_its_page_and_gets_a_code_in_the_api(rf: Any) -> None:
    for path, told in (("/gallery/", b"Something went wrong"), ("/api/v1/presets", b'"internal"')):
        try:
            raise ZeroDivisionError
        except ZeroDivisionError:
            answer = trouble.server_error(rf.get(path, headers={"accept": "text/html"}))
        assert answer.status_code == 500
        assert told in answer.content


@pytest.mark.django_db
def test_a_connection_that_was_closed_ends_no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """InterfaceError is no DatabaseError: where that was caught, it ended the reconciler and the signs of life."""
    stopped = threading.Event()

    def closed() -> None:
        stopped.set()
        raise InterfaceError("connection already closed")

    monkeypatch.setattr(reconciler, "run_once", closed)
    reconciler.run_until(stopped)
    monkeypatch.setattr(runner, "run_next", lambda queue, ring: closed())
    tasks.work("gpu")
