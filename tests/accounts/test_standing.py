"""Suspensions, and which log-ins end when."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import standing
from accounts.models import LoginSession, User
from accounts.signals import access_revoked, person_suspended
from tests.conftest import PASSWORD


@pytest.fixture
def ended():
    """The keys of the sessions that were said to have ended."""
    keys: list[str] = []

    def note(session_key: str, **rest: object) -> None:
        keys.append(session_key)

    access_revoked.connect(note)
    yield keys
    access_revoked.disconnect(note)


def logged_in(user: User, **headers: str) -> Client:
    client = Client(headers=headers)
    assert client.post("/accounts/login/", {"login": user.username, "password": PASSWORD}).status_code == 302
    return client


def may_come_in(client: Client) -> bool:
    return client.get("/studio/").status_code == 200


def test_a_log_in_is_noted_with_whose_it_is_and_from_where(alice) -> None:
    client = logged_in(alice, user_agent="Mozilla/5.0 (X11; Linux) Firefox/140.0")
    session = LoginSession.objects.get(user=alice)
    assert session.session_key == client.session.session_key
    assert (session.address, session.agent) == ("127.0.0.1", "Mozilla/5.0 (X11; Linux) Firefox/140.0")
    assert session.began_at


def test_being_in_use_is_noted_now_and_then_only(alice) -> None:
    client = logged_in(alice)
    old = timezone.now() - timedelta(hours=1)
    LoginSession.objects.update(seen_at=old)
    client.get("/studio/")
    seen = LoginSession.objects.get().seen_at
    assert seen > old
    client.get("/studio/")
    assert LoginSession.objects.get().seen_at == seen


def test_a_suspension_ends_everything_at_once_and_is_told(alice, bob, ended) -> None:
    hers, his = logged_in(alice), logged_in(bob)
    told = []

    def note(**news: object) -> None:
        told.append(news)

    person_suspended.connect(note)
    until = timezone.now() + timedelta(days=3)
    standing.suspend(alice, until, "spam")
    person_suspended.disconnect(note)
    assert (told[0]["user_id"], told[0]["until"], told[0]["reason"]) == (alice.pk, until, "spam")
    assert len(ended) == 1
    assert not may_come_in(hers) and may_come_in(his)
    assert not LoginSession.objects.filter(user=alice).exists()


def test_nobody_suspended_is_authenticated_whatever_session_they_hold(alice, client) -> None:
    client.force_login(alice)
    User.objects.filter(pk=alice.pk).update(suspended_at=timezone.now())
    assert not may_come_in(client)
    assert not client.login(username="alice", password=PASSWORD)


def test_a_suspension_ends_by_itself_or_is_lifted(alice) -> None:
    standing.suspend(alice, timezone.now() - timedelta(seconds=1), "short")
    assert not alice.is_suspended and may_come_in(logged_in(alice))
    standing.suspend(alice, None, "until lifted")
    assert alice.is_suspended
    standing.lift(alice)
    assert may_come_in(logged_in(User.objects.get(pk=alice.pk)))


def test_a_new_password_ends_the_other_log_ins_only(alice, bob, ended) -> None:
    here, there, his = logged_in(alice), logged_in(alice), logged_in(bob)
    new = {"oldpassword": PASSWORD, "password1": "quite another one", "password2": "quite another one"}
    gone = there.session.session_key
    assert here.post("/accounts/password/change/", new).status_code == 302
    assert may_come_in(here) and not may_come_in(there) and may_come_in(his)
    assert ended == [gone]


def test_a_password_set_by_somebody_else_ends_all(alice, ended) -> None:
    client = logged_in(alice)
    alice.set_password("by the admin")
    alice.save()
    assert not may_come_in(client) and len(ended) == 1


def test_being_switched_off_or_deleted_ends_all(alice, bob, ended) -> None:
    hers, his = logged_in(alice), logged_in(bob)
    alice.is_active = False
    alice.save()
    bob.delete()
    assert not may_come_in(hers) and not may_come_in(his) and len(ended) == 2


def test_only_log_ins_that_still_count_are_living(alice, bob) -> None:
    hers, his = logged_in(alice), logged_in(bob)
    keys = [client.session.session_key for client in (hers, his)]
    assert standing.living([*keys, "unknown"]) == set(keys)
    User.objects.filter(pk=bob.pk).update(suspended_at=timezone.now())
    assert standing.living(keys) == {keys[0]}
    LoginSession.objects.filter(user=alice).update(expire_date=timezone.now())
    assert standing.living(keys) == set() and standing.living([]) == set()
