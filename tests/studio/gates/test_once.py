"""`Idempotency-Key`: a request that is sent again gets the first one's answer, also while that is on its way."""

import threading
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from studio.gates import once
from studio.models import Generation, Once
from tests.studio.api.test_rest import ALL
from tests.studio.gates.test_keyring import ONE, WISH, bearing, code, key_of

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.usefixtures("models")]


@pytest.fixture
def program(alice: User) -> Client:
    """With a key of alice's that may do everything."""
    return key_of(alice, *ALL)[1]


def send(client: Client, wish: dict[str, Any], key: str) -> Any:
    return client.post(ONE, wish, content_type="application/json", headers={"idempotency-key": key})


def test_the_same_request_sent_again_has_the_same_answer(program: Client, bob: User) -> None:
    first, again = send(program, WISH, "k"), send(program, WISH, "k")
    assert (first.status_code, again.status_code) == (201, 201) and first.content == again.content
    assert again["Idempotency-Replayed"] == "true" and Generation.objects.count() == 1
    other = send(program, WISH | {"lane": "bulk"}, "k")
    assert code(other) == (409, "idempotency_reused")
    assert send(key_of(bob)[1], WISH, "k").status_code == 201, "another person's key is another one"
    assert first.content.decode() not in str(Once.objects.values().first()), "what is kept is sealed"
    assert code(send(program, WISH, "k k")) == (422, "invalid")


def test_what_was_refused_may_be_tried_again_with_the_same_key(program: Client) -> None:
    assert send(program, WISH | {"model": "gone"}, "k").status_code == 404
    assert send(program, WISH, "k").status_code == 201


def test_an_answer_is_forgotten_after_a_day(program: Client, settings: Any) -> None:
    send(program, WISH, "k")
    settings.ONCE_KEPT_FOR = 0.0
    assert once.purge() == 1 and not Once.objects.exists()


def test_a_secret_is_told_again_to_the_program_that_lost_the_answer(program: Client) -> None:
    form = {"name": "child", "scopes": ["read"]}
    sent: dict[str, Any] = {"content_type": "application/json", "headers": {"idempotency-key": "k"}}
    first, again = program.post("/api/v1/keys", form, **sent), program.post("/api/v1/keys", form, **sent)
    assert first.json()["secret"] == again.json()["secret"]
    assert first.json()["secret"] not in str(list(Once.objects.values()))
    assert bearing(first.json()["secret"]).get("/api/v1/me").json()["key"]["name"] == "child"


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_while_the_first_runs_gets_its_answer(alice: User, settings: Any) -> None:
    from studio.commands import generations

    client, began, may_go = key_of(alice)[1], threading.Event(), threading.Event()
    answers: list[Any] = []
    submit = generations.submit

    def slow(*args: Any, **options: Any) -> Any:
        began.set()
        assert may_go.wait(60)
        return submit(*args, **options)

    def ask() -> None:
        from django.db import connection

        answers.append(send(client, WISH, "k"))
        connection.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generations, "submit", slow)
        both = [threading.Thread(target=ask) for _ in range(2)]
        both[0].start()
        assert began.wait(60)
        settings.ONCE_WAIT = 0.0
        assert code(send(client, WISH, "k")) == (409, "idempotency_running")
        settings.ONCE_WAIT = 60.0
        both[1].start()
        may_go.set()
        for each in both:
            each.join(90)
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json() and Generation.objects.count() == 1
