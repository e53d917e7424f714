"""Notices: told once, kept as codes, put into the reader's words, seen, forgotten."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from accounts import notices
from accounts.models import Notice, User
from accounts.signals import notice_created

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def codes(monkeypatch) -> None:
    monkeypatch.setattr(notices, "KINDS", {})
    notices.register("test_news", "“%(title)s” was %(what)s.", words={"what": {"found": "found again"}})


def test_a_notice_is_kept_and_told_after_the_commit(alice: User, django_capture_on_commit_callbacks) -> None:
    heard = []
    notice_created.connect(lambda sender, notice, **rest: heard.append(notice), weak=False, dispatch_uid="t")
    try:
        with django_capture_on_commit_callbacks(execute=True):
            made = notices.tell(alice, "test_news", link="/gallery/", title="Boat", what="found")
            assert not heard
    finally:
        notice_created.disconnect(dispatch_uid="t")
    assert heard == [made]
    assert notices.words(made.code, made.params) == "“Boat” was found again."
    assert notices.unseen(alice) == 1


def test_what_is_missing_or_forgotten_does_not_break_the_page() -> None:
    assert notices.words("test_news", {}) == "“…” was …."
    with translation.override("en"):
        assert notices.words("gone_long_ago", {"a": 1}) == "There is news for you."


@pytest.mark.parametrize("link", ["https://evil.example/", "//evil.example", "/\\evil", "javascript:1", "/a b"])
def test_a_notice_leads_nowhere_else(alice: User, link: str) -> None:
    with pytest.raises(ValueError):
        notices.tell(alice, "test_news", link=link)


def test_an_unknown_code_is_a_mistake_of_ours(alice: User) -> None:
    with pytest.raises(AssertionError):
        notices.tell(alice, "nobody_knows")


def test_seen_notices_no_longer_count(alice: User, bob: User) -> None:
    first, _second = notices.tell(alice, "test_news"), notices.tell(alice, "test_news")
    notices.tell(bob, "test_news")
    assert notices.mark_seen(alice, up_to=first.pk) == 1
    assert (notices.unseen(alice), notices.unseen(bob)) == (1, 1)
    assert notices.mark_seen(alice) == 1


def test_old_notices_and_too_many_are_forgotten(alice: User, monkeypatch) -> None:
    monkeypatch.setattr(notices, "KEPT", 3)
    old = notices.tell(alice, "test_news")
    Notice.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=200))
    kept = [notices.tell(alice, "test_news").pk for _ in range(5)][2:]
    assert notices.purge() == 3
    assert sorted(Notice.objects.values_list("pk", flat=True)) == kept
