"""What a link opens, and for how long."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from gallery import sharing
from gallery.models import ShareLink, Work
from tests.gallery.conftest import MakeWork, png
from tests.gallery.pages.test_pages import as_, page

pytestmark = pytest.mark.django_db


def link_on(alice: User, work: Work) -> str:
    """The path of a new link, as the page shows it."""
    html = as_(alice).post(f"/gallery/{work.pk}/links/", {"lasting": "day"}, follow=True).content.decode()
    found = re.search(r'value="http://testserver(/s/[\w-]{43}/)"', html)
    assert found
    return found[1]


@pytest.mark.parametrize("visibility", ["private", "unlisted", "public"])
def test_whoever_has_the_link_sees_the_work_and_nothing_else(
    alice: User, bob: User, make_work: MakeWork, visibility: str
) -> None:
    work = make_work(alice, visibility=visibility, sketch=png(64, 64, "white"), title="Boat")
    other = make_work(alice)
    path = link_on(alice, work)
    for person in (alice, bob, None):
        response = as_(person).get(path)
        html = response.content.decode()
        assert response["Referrer-Policy"] == "no-referrer" and "noindex" in response["X-Robots-Tag"]
        assert "no-store" in response["Cache-Control"]
        assert 'name="robots" content="noindex' in html and "Boat" in html
        assert str(work.pk) not in html and str(other.pk) not in html and "og:" not in html
        for role in ("image", "sketch", "thumb-640"):
            media = as_(person).get(f"{path}{role}")
            assert media.status_code == 200 and media["Referrer-Policy"] == "no-referrer"
    used = ShareLink.objects.get().used_at
    assert used is not None


def test_a_link_shows_no_more_than_the_owner_shows(alice: User, make_work: MakeWork, fetch: Callable[..., Any]) -> None:
    work = make_work(alice, sketch=png(64, 64, "white"), reveals="picture")
    path = link_on(alice, work)
    assert "red boat" not in as_(None).get(path).content.decode()
    assert as_(None).get(f"{path}sketch").status_code == 404
    _response, body = fetch(None, f"{path}image")
    assert b"red boat" not in body
    User.objects.update(embed_prompt=False)
    Work.objects.update(reveals="all")
    _response, body = fetch(None, f"{path}image")
    assert b"red boat" not in body


def test_an_ended_link_is_gone_at_once_with_its_files(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    path = link_on(alice, work)
    link = ShareLink.objects.get()
    assert as_(bob).post(f"/links/{link.pk}/end/").status_code == 404
    assert as_(None).post(f"/links/{link.pk}/end/").status_code == 302
    assert as_(None).get(path).status_code == 200
    as_(alice).post(f"/links/{link.pk}/end/")
    for address in (path, f"{path}image"):
        assert as_(None).get(address).status_code == 404
    assert path not in page(alice, f"/gallery/{work.pk}/")


@pytest.mark.parametrize("change", [{"moderation": "removed"}, {"deleted_at": "2026-01-01T00:00:00Z"}])
def test_takedown_and_deletion_end_a_link_at_once(alice: User, make_work: MakeWork, change: dict[str, str]) -> None:
    work = make_work(alice, visibility="public")
    path = link_on(alice, work)
    Work.objects.update(**change)
    for address in (path, f"{path}image"):
        assert as_(None).get(address).status_code == 404


def test_an_unlisted_work_has_no_other_address(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="unlisted")
    assert as_(bob).get(f"/gallery/{work.pk}/").status_code == 404
    assert as_(bob).get(f"/media/works/{work.pk}/image").status_code == 404


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 5000])
def test_a_guess_is_404(db: None, token: str) -> None:
    for address in (f"/s/{token}/", f"/s/{token}/image"):
        assert as_(None).get(address).status_code == 404


def test_there_are_only_so_many_and_only_times_that_are_offered(
    alice: User, make_work: MakeWork, settings: Settings
) -> None:
    settings.SHARE_LINKS_PER_WORK = 1
    work = make_work(alice)
    link_on(alice, work)
    html = as_(alice).post(f"/gallery/{work.pk}/links/", {"lasting": "day"}, follow=True).content.decode()
    assert "as many links as there can be" in html
    assert as_(alice).post(f"/gallery/{work.pk}/links/", {"lasting": "year"}).status_code == 400
    for name, _words in sharing.lasting_choices():
        assert f'value="{name}"' in html
