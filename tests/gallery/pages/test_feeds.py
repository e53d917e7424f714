"""Atom feeds of what is public, as a program reads them."""

from xml.etree import ElementTree

import pytest
from django.utils import timezone

from accounts.models import User
from gallery import publishing
from gallery.models import Work
from tests.gallery.conftest import MakeWork
from tests.gallery.pages.test_pages import as_

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
NASTY = '<script>alert(1)</script> & "quotes" 猫'


@pytest.fixture
def shown(alice: User, make_work: MakeWork) -> Work:
    """A public work of alice whose every word means harm."""
    work = make_work(alice, visibility="public", published_at=timezone.now())
    publishing.describe(alice, work.pk, title=NASTY, description=NASTY)
    publishing.set_tags(alice, work.pk, ["猫", "<b>"])
    return work


def entries(body: bytes) -> list[ElementTree.Element]:
    return ElementTree.fromstring(body).findall(f"{ATOM}entry")


def test_explore_lists_public_works_with_absolute_addresses(alice: User, shown: Work, make_work: MakeWork) -> None:
    make_work(alice)
    make_work(alice, visibility="public", published_at=timezone.now(), moderation="hidden")
    make_work(alice, visibility="public", published_at=timezone.now(), deleted_at=timezone.now())
    response = as_(None).get("/explore/feed/")
    assert response["Content-Type"].startswith("application/atom+xml")
    (entry,) = entries(response.content)
    link = entry.find(f"{ATOM}link")
    assert link is not None and link.get("href") == f"http://testserver/gallery/{shown.pk}/"
    assert entry.findtext(f"{ATOM}title") == " ".join(NASTY.split())
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "alice"
    summary = entry.findtext(f"{ATOM}summary") or ""
    assert f"http://testserver/media/works/{shown.pk}/thumb-640" in summary
    assert "<script>" not in summary and "&lt;script&gt;" in summary
    assert [each.get("term") for each in entry.findall(f"{ATOM}category")] == ["猫", "<b>"]


@pytest.mark.parametrize("address", ["/people/alice/feed/", "/tags/猫/feed/"])
def test_a_person_and_a_tag_have_feeds(bob: User, shown: Work, make_work: MakeWork, address: str) -> None:
    make_work(bob, visibility="public", published_at=timezone.now())
    (entry,) = entries(as_(None).get(address).content)
    assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{shown.pk}"


@pytest.mark.parametrize("address", ["/people/bob/feed/", "/people/nobody/feed/", "/tags/CAT/feed/"])
def test_whoever_shows_nothing_has_no_feed(bob: User, address: str) -> None:
    assert as_(None).get(address).status_code == 404


def test_what_is_not_shown_to_others_is_not_in_a_feed(alice: User, make_work: MakeWork) -> None:
    make_work(alice, visibility="public", published_at=timezone.now(), reveals="picture")
    for person in (alice, None):
        body = as_(person).get("/explore/feed/").content.decode()
        assert "red boat" not in body and "Untitled" in body


def test_an_unchanged_feed_costs_a_304(shown: Work) -> None:
    first = as_(None).get("/explore/feed/")
    again = as_(None).get("/explore/feed/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    Work.objects.update(visibility="private")
    assert as_(None).get("/explore/feed/", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_lists_name_their_feeds(shown: Work) -> None:
    for address, feed in [("/explore/", "/explore/feed/"), ("/people/alice/", "/people/alice/feed/")]:
        assert f'href="{feed}"' in as_(None).get(address).content.decode()
