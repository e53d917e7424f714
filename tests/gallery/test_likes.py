"""Likes: one a person, of public works of others, and a count that stays right."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import User
from gallery.likes import like, liked_by
from gallery.models import Like, Work
from tests.gallery.conftest import MakeWork

pytestmark = pytest.mark.database


@pytest.mark.django_db
def test_a_like_counts_once(alice: User, bob: User, mod: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public")
    assert [like(bob, work.pk, True), like(bob, work.pk, True), like(mod, work.pk, True)] == [1, 1, 2]
    assert liked_by(bob, [work]) == {work.pk}
    assert [like(bob, work.pk, False), like(bob, work.pk, False)] == [1, 1]
    assert liked_by(bob, [work]) == set()


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{}, {"visibility": "unlisted"}, {"visibility": "public", "moderation": "hidden"}])
def test_only_what_is_public_can_be_liked(alice: User, bob: User, make_work: MakeWork, fields: dict[str, str]) -> None:
    work = make_work(alice, **fields)
    for wanted in (True, False):
        with pytest.raises(Work.DoesNotExist):
            like(bob, work.pk, wanted)
    with pytest.raises(Work.DoesNotExist):
        like(bob, uuid.uuid4(), True)
    assert not Like.objects.exists()


@pytest.mark.django_db
def test_nobody_likes_their_own(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public")
    with pytest.raises(Work.DoesNotExist):
        like(alice, work.pk, True)


@pytest.mark.django_db
def test_a_like_can_be_taken_back_from_what_is_public_no_more(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public")
    like(bob, work.pk, True)
    Work.objects.update(visibility="private")
    assert like(bob, work.pk, False) == 0


@pytest.mark.django_db(transaction=True)
def test_the_count_is_right_when_many_like_at_once(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public")
    people = [User.objects.create_user(f"p{number}") for number in range(4)]

    def twice(person: User) -> None:
        try:
            for wanted in (True, True, False, True):
                like(person, work.pk, wanted)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(twice, people * 2))
    work.refresh_from_db()
    assert work.likes == Like.objects.filter(work=work).count() == 4
