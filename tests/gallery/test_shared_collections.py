"""What a link to a collection opens, for whom, and for how long."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts import standing
from accounts.models import User
from gallery import collecting, expiry, sharing
from gallery.models import Case, Collection, PromptRule, Report, ShareLink, Visibility, Work
from tests.gallery.conftest import MakeWork, png
from tests.gallery.pages.test_pages import as_, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def sea(alice: User, make_work: MakeWork) -> Collection:
    """A private collection of alice with a private work and a public one."""
    made = collecting.make(alice, "By the sea", "Two weeks in June")
    works = [make_work(alice, title="Boat", sketch=png(64, 64, "white")), make_work(alice, visibility="public")]
    collecting.add(alice, made, [work.pk for work in works])
    return made


def works_in(collection: Collection) -> list[Work]:
    return list(Work.objects.filter(collections=collection).order_by("collection_items__position"))


def link_to(owner: User, collection: Collection) -> str:
    """The path of a new link, as the page shows it."""
    answer = as_(owner).post(f"/collections/{collection.pk}/links/", {"lasting": "day"}, follow=True)
    assert answer.redirect_chain[-1][0] == f"/collections/{collection.pk}/#sharing"
    found = re.search(r'value="http://testserver(/s/[\w-]{43}/)"', answer.content.decode())
    assert found
    return found[1]


def shown(html: str) -> list[str]:
    return re.findall(r'class="work-link" href="/s/[\w-]{43}/([0-9a-f-]{36})/"', html)


@pytest.mark.parametrize("visibility", Visibility.values)
def test_whoever_has_the_link_sees_the_collection_with_all_of_the_owners_works(
    alice: User, bob: User, sea: Collection, visibility: str
) -> None:
    collecting.set_visibility(sea, Visibility(visibility))
    path, works = link_to(alice, sea), works_in(sea)
    for person in (alice, bob, None):
        response = as_(person).get(path)
        html = response.content.decode()
        assert "By the sea" in html and "Two weeks in June" in html
        assert shown(html) == [str(work.pk) for work in works]
        assert f"/media/works/{works[0].pk}" not in html and f"/gallery/{works[0].pk}" not in html
        assert 'name="robots" content="noindex' in html
        for address in (path, f"{path}{works[0].pk}/", f"{path}{works[0].pk}/image", f"{path}{works[0].pk}/sketch"):
            answer = as_(person).get(address)
            assert answer.status_code == 200 and answer["Referrer-Policy"] == "no-referrer"
            assert "noindex" in answer["X-Robots-Tag"]
        assert "Boat" in as_(person).get(f"{path}{works[0].pk}/").content.decode()
    assert ShareLink.objects.get().used_at is not None


def test_the_page_of_the_collection_says_what_a_link_shows(alice: User, sea: Collection) -> None:
    html = page(alice, f"/collections/{sea.pk}/")
    assert "A link shows all of your works in it, the private ones too" in html


def test_works_of_others_are_shown_only_while_they_are_public(
    alice: User, bob: User, make_work: MakeWork, sea: Collection
) -> None:
    strange = make_work(bob, visibility="public")
    assert collecting.add(alice, sea, [strange.pk]) == 1
    path = link_to(alice, sea)
    assert str(strange.pk) in shown(page(None, path))
    for change in ({"visibility": "private"}, {"visibility": "unlisted"}, {"moderation": "held"}):
        Work.objects.filter(pk=strange.pk).update(**{"visibility": "public", "moderation": "clear"} | change)
        # Alice and bob see by the link what a stranger does.
        for person in (alice, bob, None):
            assert str(strange.pk) not in as_(person).get(path).content.decode()
            for address in (f"{path}{strange.pk}/", f"{path}{strange.pk}/image", f"{path}{strange.pk}/thumb-320"):
                assert as_(person).get(address).status_code == 404


@pytest.mark.parametrize(
    "change",
    [{"moderation": "removed"}, {"moderation": "hidden"}, {"moderation": "held"}, {"deleted_at": timezone.now()}],
)
def test_a_work_that_is_taken_down_or_deleted_leaves_the_link_at_once(
    alice: User, sea: Collection, change: dict[str, Any]
) -> None:
    path, (gone, stays) = link_to(alice, sea), works_in(sea)
    Work.objects.filter(pk=gone.pk).update(**change)
    assert shown(page(None, path)) == [str(stays.pk)]
    for address in (f"{path}{gone.pk}/", f"{path}{gone.pk}/image"):
        assert as_(None).get(address).status_code == 404


def test_a_link_shows_nothing_that_is_not_in_its_collection(alice: User, make_work: MakeWork, sea: Collection) -> None:
    other = make_work(alice)
    path, (first, _second) = link_to(alice, sea), works_in(sea)
    collecting.remove(sea, [first.pk])
    to_work = f"/s/{sharing.token(sharing.create(alice, other.pk, 'day'))}/"
    for address in (
        f"{path}{other.pk}/", f"{path}{other.pk}/image", f"{path}{first.pk}/", f"{path}{first.pk}/image",
        f"{path}image", f"{path}{uuid4()}/", f"{to_work}{other.pk}/", f"{to_work}{other.pk}/image",
    ):  # fmt: skip
        assert as_(None).get(address).status_code == 404, address


def test_a_link_shows_no_more_of_a_work_than_the_owner_shows(
    alice: User, sea: Collection, fetch: Callable[..., Any]
) -> None:
    path, (work, _second) = link_to(alice, sea), works_in(sea)
    Work.objects.update(reveals="picture", title="")
    for address in (path, f"{path}{work.pk}/"):
        assert "red boat" not in page(None, address)
        assert "red boat" not in page(alice, address)
    assert as_(None).get(f"{path}{work.pk}/sketch").status_code == 404
    _response, body = fetch(None, f"{path}{work.pk}/image")
    assert body and b"red boat" not in body


def addresses(path: str, collection: Collection) -> list[str]:
    work = works_in(collection)[0].pk
    token = path.split("/")[2]
    return [
        path,
        f"{path}{work}/",
        f"{path}{work}/image",
        f"/report/shared/{token}/",
        f"/report/shared/{token}/{work}/",
    ]


def gone(path: str, collection: Collection) -> bool:
    answers = {as_(None).get(address).status_code for address in addresses(path, collection)}
    assert len(answers) == 1
    return answers == {404}


def test_an_ended_and_an_expired_link_lead_nowhere(alice: User, bob: User, sea: Collection) -> None:
    path = link_to(alice, sea)
    link = ShareLink.objects.get()
    assert as_(bob).post(f"/links/{link.pk}/end/").status_code == 404
    assert as_(None).post(f"/links/{link.pk}/end/").status_code == 302
    assert not gone(path, sea)
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert gone(path, sea) and path not in page(alice, f"/collections/{sea.pk}/")
    ShareLink.objects.update(expires_at=None)
    assert not gone(path, sea)
    answer = as_(alice).post(f"/links/{link.pk}/end/")
    assert answer["Location"] == f"/collections/{sea.pk}/#sharing"
    assert gone(path, sea)


def test_moderators_and_the_end_of_the_collection_end_its_links(alice: User, sea: Collection) -> None:
    path = link_to(alice, sea)
    for standing_ in ("held", "hidden", "removed"):
        Collection.objects.update(moderation=standing_)
        assert gone(path, sea)
    Collection.objects.update(moderation="clear")
    assert not gone(path, sea)
    as_(alice).post(f"/collections/{sea.pk}/delete/")
    assert as_(None).get(path).status_code == 404 and not ShareLink.objects.exists()


def test_links_of_a_suspended_owner_lead_nowhere_until_they_may_come_in_again(
    alice: User, make_work: MakeWork, sea: Collection
) -> None:
    path = link_to(alice, sea)
    to_work = f"/s/{sharing.token(sharing.create(alice, make_work(alice).pk, 'day'))}/"
    standing.suspend(alice, timezone.now() + timedelta(days=1), "spam")
    assert gone(path, sea) and as_(None).get(to_work).status_code == as_(None).get(f"{to_work}image").status_code == 404
    User.objects.filter(pk=alice.pk).update(suspended_until=timezone.now() - timedelta(seconds=1))
    assert not gone(path, sea) and as_(None).get(to_work).status_code == 200
    standing.suspend(alice, None, "spam")
    assert gone(path, sea) and as_(None).get(to_work).status_code == 404
    standing.lift(alice)
    assert not gone(path, sea) and as_(None).get(to_work).status_code == 200


def test_what_a_suspended_person_shared_does_not_expire_meanwhile(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    sharing.create(alice, work.pk, "always")
    standing.suspend(alice, None, "spam")
    assert not expiry.history().exists()


def test_bob_and_nobody_make_no_links_to_what_is_not_theirs(alice: User, bob: User, sea: Collection) -> None:
    collecting.set_visibility(sea, Visibility.PUBLIC)
    for act, form in (("links", {"lasting": "day"}), ("visibility", {"visibility": "private"})):
        assert as_(bob).post(f"/collections/{sea.pk}/{act}/", form).status_code == 404
        assert as_(None).post(f"/collections/{sea.pk}/{act}/", form)["Location"].startswith("/accounts/login/")
        assert as_(alice).get(f"/collections/{sea.pk}/{act}/").status_code == 405
    html = page(bob, f"/collections/{sea.pk}/")
    assert "links/" not in html and 'id="sharing"' not in html
    sea.refresh_from_db()
    assert not ShareLink.objects.exists() and sea.visibility == "public"


def test_there_are_only_so_many_and_only_times_that_are_offered(
    alice: User, sea: Collection, settings: Settings
) -> None:
    settings.SHARE_LINKS_PER_WORK = 1
    link_to(alice, sea)
    make = f"/collections/{sea.pk}/links/"
    assert "as many links as there can be" in as_(alice).post(make, {"lasting": "day"}, follow=True).content.decode()
    assert as_(alice).post(make, {"lasting": "year"}).status_code == 400
    assert ShareLink.objects.count() == 1


def test_words_that_may_not_be_public_are_given_to_nobody_by_a_link(alice: User, sea: Collection) -> None:
    path = link_to(alice, sea)
    PromptRule.objects.create(pattern="heffalump", action="block", category="violence")
    as_(alice).post(f"/collections/{sea.pk}/describe/", {"title": "heffalump"})
    assert "By the sea" in page(None, path)
    ShareLink.objects.all().delete()
    as_(alice).post(f"/collections/{sea.pk}/describe/", {"title": "heffalump"})
    assert Collection.objects.get().title == "heffalump", "nobody else reads it"
    as_(alice).post(f"/collections/{sea.pk}/links/", {"lasting": "day"})
    assert not ShareLink.objects.exists()


def test_a_work_seen_by_the_link_and_the_collection_can_be_reported(alice: User, bob: User, sea: Collection) -> None:
    path, (work, _second) = link_to(alice, sea), works_in(sea)
    token = path.split("/")[2]
    about_work, about_all = f"/report/shared/{token}/{work.pk}/", f"/report/shared/{token}/"
    assert about_work in page(bob, f"{path}{work.pk}/") and about_all in page(bob, path)
    assert "/report/" not in page(alice, path)
    for address in (about_work, about_all):
        answer = as_(bob).post(address, {"reason": "other", "text": "look"})
        assert answer["Location"] == path
    assert Report.objects.count() == 2
    assert set(Case.objects.values_list("work", "collection")) == {(work.pk, None), (None, sea.pk)}


def test_a_link_leads_to_exactly_one_thing(alice: User, make_work: MakeWork, sea: Collection) -> None:
    for things in ({}, {"work": make_work(alice), "collection": sea}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ShareLink.objects.create(**things)


def test_the_page_costs_as_many_queries_for_many_works_as_for_few(
    alice: User, make_work: MakeWork, sea: Collection
) -> None:
    path = link_to(alice, sea)
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as caught:
            as_(None).get(path)
        costs.append(len(caught))
        collecting.add(alice, sea, [make_work(alice).pk for _ in range(4)])
        ShareLink.objects.update(used_at=None)
    assert costs[0] == costs[1]
