"""The bin: deleting is taken back with one press, and nobody sees what lies there."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from gallery import bin as the_bin
from gallery.models import Work
from tests.gallery.conftest import MakeWork
from tests.gallery.pages.test_pages import as_

pytestmark = pytest.mark.django_db


def delete(client: Client, work: Work) -> str:
    response = client.post(f"/gallery/{work.pk}/delete/", follow=True)
    return response.content.decode()


def test_a_deleted_work_comes_back_with_one_press(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public", favourite=True)
    client = as_(alice)
    html = delete(client, work)
    assert "The work is in the bin." in html
    moment = re.search(r'name="moment" value="([^"]+)"', html)
    assert moment and not Work.objects.of(alice).exists()
    response = client.post("/gallery/undo/", {"moment": moment[1]})
    assert response["Location"] == f"/gallery/{work.pk}/"
    back = Work.objects.of(alice).get()
    assert (back.visibility, back.favourite, back.deleted_at) == ("public", True, None)


def test_the_bin_is_closed_to_everybody(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public")
    delete(as_(alice), work)
    for person in (alice, bob):
        assert as_(person).get(f"/gallery/{work.pk}/").status_code == 404
    assert as_(None).get(f"/gallery/{work.pk}/").status_code == 302


def test_bob_brings_nothing_of_alice_back(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    moment = the_bin.delete(alice, [work.pk])
    assert moment
    response = as_(bob).post("/gallery/undo/", {"moment": moment.isoformat()}, follow=True)
    assert "nothing left to bring back" in response.content.decode()
    assert the_bin.restore(bob, [work.pk]) == 0
    assert Work.objects.in_bin_of(alice).get() == work


def test_bob_and_nobody_cannot_delete(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public")
    assert as_(bob).post(f"/gallery/{work.pk}/delete/").status_code == 404
    assert as_(None).post(f"/gallery/{work.pk}/delete/").status_code == 302
    assert the_bin.delete(bob, [work.pk]) is None
    assert Work.objects.of(alice).get() == work


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-13-99T00:00", "2026-01-01T00:00:00", "2026-01-01"])
def test_a_moment_that_is_none_brings_nothing_back(alice: User, moment: str) -> None:
    response = as_(alice).post("/gallery/undo/", {"moment": moment}, follow=True)
    assert "nothing left to bring back" in response.content.decode()


def test_several_works_deleted_at_once_come_back_together(alice: User, make_work: MakeWork) -> None:
    works = [make_work(alice) for _ in range(3)]
    earlier = make_work(alice, deleted_at=timezone.now() - timedelta(days=1))
    moment = the_bin.delete(alice, [work.pk for work in works])
    assert moment and set(the_bin.undo(alice, moment)) == {work.pk for work in works}
    assert Work.objects.in_bin_of(alice).get() == earlier
