"""Links that show one work to whoever has them: the secret, its end, and whose it is."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from gallery import bin as the_bin
from gallery import sharing
from gallery.models import ShareLink, Work
from tests.gallery.conftest import MakeWork

pytestmark = pytest.mark.django_db


def test_a_link_leads_to_its_work_and_its_secret_is_not_in_the_database(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    link = sharing.create(alice, work.pk, "week")
    told = sharing.token(link)
    assert len(told) == 43
    found = sharing.follow(told)
    assert found == link and found.work == work
    values = ShareLink.objects.filter(pk=link.pk).values_list().get()
    assert not any(told in str(value) for value in values)


@pytest.mark.parametrize("change", ["first", "last", "shorter", "longer", "other", "empty", "words"])
def test_a_token_that_is_not_exact_leads_nowhere(alice: User, make_work: MakeWork, change: str) -> None:
    told = sharing.token(sharing.create(alice, make_work(alice).pk, "always"))
    other = sharing.token(ShareLink(pk=uuid4()))
    wrong = {
        "first": ("A" if told[0] != "A" else "B") + told[1:],
        "last": told[:-1] + ("A" if told[-1] != "A" else "B"),
        "shorter": told[:-1],
        "longer": told + "A",
        "other": other,
        "empty": "",
        "words": "é" * 43,
    }
    assert sharing.follow(wrong[change]) is None


def test_a_link_ends_by_time_by_its_owner_by_deletion_and_by_a_moderator(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    link = sharing.create(alice, work.pk, "hour")
    told = sharing.token(link)
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert sharing.follow(told) is None
    ShareLink.objects.update(expires_at=None)
    for standing in ("held", "hidden", "removed"):
        Work.objects.update(moderation=standing)
        assert sharing.follow(told) is None
    Work.objects.update(moderation="clear")
    moment = the_bin.delete(alice, [work.pk])
    assert moment and sharing.follow(told) is None
    the_bin.undo(alice, moment)
    assert sharing.follow(told) == link
    User.objects.update(is_active=False)
    assert sharing.follow(told) is None
    User.objects.update(is_active=True)
    sharing.revoke(alice, link.pk)
    assert sharing.follow(told) is None


def test_bob_neither_makes_nor_lists_nor_ends_links_of_alice(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public")
    with pytest.raises(Work.DoesNotExist):
        sharing.create(bob, work.pk, "day")
    link = sharing.create(alice, work.pk, "day")
    assert not sharing.links(bob, work).exists()
    with pytest.raises(ShareLink.DoesNotExist):
        sharing.revoke(bob, link.pk)
    assert sharing.follow(sharing.token(link)) == link


def test_a_key_that_was_replaced_still_opens_links(alice: User, make_work: MakeWork, settings: Settings) -> None:
    told = sharing.token(sharing.create(alice, make_work(alice).pk, "always"))
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-" + "y" * 50
    assert sharing.follow(told)
    settings.SECRET_KEY_FALLBACKS = []
    assert sharing.follow(told) is None


def test_there_are_only_so_many_links_and_those_that_ran_out_do_not_count(
    alice: User, make_work: MakeWork, settings: Settings
) -> None:
    settings.SHARE_LINKS_PER_WORK = 2
    work = make_work(alice)
    for _ in range(2):
        sharing.create(alice, work.pk, "day")
    with pytest.raises(sharing.TooManyLinks):
        sharing.create(alice, work.pk, "day")
    ShareLink.objects.filter(pk=ShareLink.objects.first().pk).update(expires_at=timezone.now())  # type: ignore[union-attr]
    sharing.create(alice, work.pk, "day")
    assert sharing.purge() == 1


def test_use_is_noted_once_a_minute(alice: User, make_work: MakeWork) -> None:
    link = sharing.create(alice, make_work(alice).pk, "day")
    sharing.used(link)
    first = ShareLink.objects.get().used_at
    sharing.used(link)
    assert first and ShareLink.objects.get().used_at == first
    ShareLink.objects.update(used_at=first - timedelta(minutes=2))
    sharing.used(link)
    assert ShareLink.objects.get().used_at > first - timedelta(minutes=1)  # type: ignore[operator]
