"""History comes to its end, told before; what lies in the bin comes back or goes for good."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Notice, User
from gallery import bin as the_bin
from gallery import collecting, expiry
from gallery.models import Work
from tests.gallery.conftest import MakeWork

pytestmark = pytest.mark.django_db


def ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def as_(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


@pytest.fixture
def old(alice: User, make_work: MakeWork) -> Work:
    return make_work(alice, created_at=ago(40))


def test_people_are_told_once_and_three_days_before(alice: User, bob: User, make_work: MakeWork) -> None:
    for n in range(3):
        make_work(alice, seed=n, created_at=ago(27.5))
    make_work(bob, created_at=ago(5))
    assert expiry.tell_what_expires() == 1
    assert expiry.tell_what_expires() == 0
    told = Notice.objects.get()
    assert (told.user, told.code, told.params["count"]) == (alice, "history_expires", 3)
    assert expiry.expire() == 0


def test_nothing_goes_before_its_owner_was_told(old: Work) -> None:
    assert expiry.expire() == 0
    expiry.tell_what_expires()
    assert expiry.expire() == 0
    Work.objects.update(expiry_told_at=ago(3.1))
    assert expiry.expire() == 1
    old.refresh_from_db()
    assert old.deleted_at is not None


@pytest.mark.parametrize("how", ["saved", "favourite", "liked", "public", "unlisted", "collected", "linked"])
def test_what_somebody_wants_stays(alice: User, old: Work, how: str) -> None:
    keep: dict[str, Callable[[], Any]] = {
        "saved": lambda: Work.objects.update(saved=True),
        "favourite": lambda: Work.objects.update(favourite=True),
        "liked": lambda: Work.objects.update(likes=1),
        "public": lambda: Work.objects.update(visibility="public"),
        "unlisted": lambda: Work.objects.update(visibility="unlisted"),
        "collected": lambda: collecting.add(alice, collecting.make(alice, "c"), [old.pk]),
        "linked": lambda: old.links.create(expires_at=None),
    }
    keep[how]()
    assert expiry.tell_what_expires() == 0
    Work.objects.update(expiry_told_at=ago(9))
    assert expiry.expire() == 0


def test_a_link_that_ended_keeps_nothing(old: Work) -> None:
    old.links.create(expires_at=ago(1))
    assert expiry.tell_what_expires() == 1


def test_the_bin_is_emptied_after_its_days(alice: User, make_work: MakeWork) -> None:
    old = [make_work(alice, seed=n, deleted_at=ago(31)) for n in range(3)]
    fresh = make_work(alice, seed=9, deleted_at=ago(29))
    assert expiry.empty_bins() == len(old)
    assert list(Work.objects.all()) == [fresh]


def test_the_bin_page_brings_back_and_deletes_for_good(alice: User, make_work: MakeWork) -> None:
    back, gone, stays = (make_work(alice, seed=n, deleted_at=ago(n)) for n in range(3))
    browser = as_(alice)
    html = browser.get("/gallery/bin/").content.decode()
    assert all(str(work.pk) in html for work in (back, gone, stays)) and "days left" in html
    browser.post("/gallery/bin/restore/", {"work": [back.pk]})
    browser.post("/gallery/bin/empty/", {"work": [gone.pk, back.pk]})
    back.refresh_from_db()
    assert (back.deleted_at, back.saved) == (None, True)
    assert set(Work.objects.all()) == {back, stays}
    browser.post("/gallery/bin/empty/", {"all": "1"})
    assert list(Work.objects.all()) == [back]


def test_the_bin_shows_its_small_pictures_to_its_owner_only(
    alice: User, bob: User, make_work: MakeWork, fetch: Callable[..., Any]
) -> None:
    work = make_work(alice, visibility="public", deleted_at=ago(1))
    assert fetch(alice, f"/media/works/{work.pk}/thumb-320")[0].status_code == 200
    assert fetch(alice, f"/media/works/{work.pk}/image")[0].status_code == 404
    for person in (bob, None):
        assert fetch(person, f"/media/works/{work.pk}/thumb-320")[0].status_code == 404


def test_bob_and_nobody_reach_nothing_in_alices_bin(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice, deleted_at=ago(1))
    assert str(work.pk) not in as_(bob).get("/gallery/bin/").content.decode()
    for act in ("restore", "empty"):
        as_(bob).post(
            f"/gallery/bin/{act}/", {"work": [work.pk], "all": "1"} if act == "empty" else {"work": [work.pk]}
        )
        assert as_(None).post(f"/gallery/bin/{act}/", {"work": [work.pk]})["Location"].startswith("/accounts/login/")
        assert as_(alice).get(f"/gallery/bin/{act}/").status_code == 405
    assert as_(alice).post("/gallery/bin/empty/", {"work": ["x"]}).status_code == 400
    assert the_bin.restore(bob, [work.pk, uuid.uuid4()]) == 0
    assert Work.objects.in_bin_of(alice).get() == work
