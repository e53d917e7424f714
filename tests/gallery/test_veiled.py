"""Pictures that the safety checker found unsafe, under the setting "blur": every page asks before it shows them."""

import uuid

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from gallery import keeping, publishing, sharing
from gallery.models import Visibility, Work
from studio.queue import describe
from tests.gallery.conftest import MakeWork, png, recipe
from tests.gallery.pages.test_pages import as_

pytestmark = pytest.mark.django_db


@pytest.fixture
def veiled(alice: User, make_work: MakeWork) -> Work:
    """A public work of alice's with a sketch, veiled."""
    return make_work(alice, sketch=png(64, 64, "white"), veiled=True, visibility="public", published_at=timezone.now())


def page(person: User | None, address: str) -> str:
    return as_(person).get(address).content.decode()


@pytest.mark.parametrize(
    ("setting", "facts", "expected"),
    [
        ("blur", {"safety": {"unsafe": True}}, True),
        ("blur", {"safety": {"unsafe": False}}, False),
        ("blur", {"safety": None}, False),
        ("blur", {}, False),
        ("hold", {"safety": {"unsafe": True}}, False),
        ("off", {"safety": {"unsafe": True}}, False),
    ],
)
def test_keeping_veils_what_was_found_unsafe_and_only_under_that_setting(
    alice: User, settings, setting: str, facts: dict, expected: bool
) -> None:
    settings.SAFETY = setting
    drafts = keeping.prepare(recipe(), [keeping.Picture(png(), "image/png", 1, facts)], {})
    with transaction.atomic():
        (work,) = keeping.keep(alice.pk, uuid.uuid4(), drafts)
    work.refresh_from_db()
    assert work.veiled is expected
    assert describe.work_view(work).veiled is expected


def test_what_is_blurred_needs_no_moderator(alice: User, make_work: MakeWork, settings) -> None:
    settings.SAFETY = "blur"
    work = make_work(alice, veiled=True)
    work.recipe["facts"]["safety"] = {"unsafe": True}
    work.save()
    publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC)
    work.refresh_from_db()
    assert (work.visibility, work.moderation) == ("public", "clear")


@pytest.mark.parametrize("address", ["/gallery/", "/explore/", "/people/alice/", "/gallery/{pk}/card/"])
def test_cards_show_the_placeholder_and_say_why(alice: User, veiled: Work, address: str) -> None:
    html = page(alice, address.format(pk=veiled.pk))
    assert "Sensitive picture" in html and veiled.blur in html and " data-veiled>" in html
    assert f'src="/media/works/{veiled.pk}' not in html and "thumb-" not in html


def test_other_cards_are_as_they_were(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    html = page(alice, "/gallery/")
    assert f'src="/media/works/{work.pk}/thumb-' in html and " data-veiled>" not in html


def test_the_page_shows_it_to_whoever_asks(alice: User, bob: User, veiled: Work) -> None:
    here = f"/gallery/{veiled.pk}/"
    for person in (alice, bob, None):
        html = page(person, here)
        assert f'href="{here}?show=1"' in html and veiled.blur in html
        assert f'src="/media/works/{veiled.pk}' not in html, "neither the picture nor its sketch"
        html = page(person, f"{here}?show=1")
        assert f'src="/media/works/{veiled.pk}/image"' in html and f'src="/media/works/{veiled.pk}/sketch"' in html
        assert "Show the picture" not in html
        assert as_(person).get(f"/media/works/{veiled.pk}/image").status_code == 200
    Work.objects.update(visibility="private")
    assert as_(bob).get(f"{here}?show=1").status_code == 404


def test_a_link_leads_to_it_blurred_as_well(alice: User, veiled: Work) -> None:
    address = f"/s/{sharing.token(sharing.create(alice, veiled.pk, 'day'))}/"
    html = page(None, address)
    assert 'href="?show=1"' in html and f'src="{address}' not in html
    assert 'fetchpriority="high"' in page(None, f"{address}?show=1")


def test_two_that_are_compared_wait_for_a_press(alice: User, veiled: Work, make_work: MakeWork) -> None:
    address = f"/gallery/{make_work(alice).pk}/compare/{veiled.pk}/"
    html = page(alice, address)
    assert "Show the pictures" in html and "difference.png" not in html and f"{veiled.pk}/image" not in html
    assert "difference.png" in page(alice, f"{address}?show=1")


def test_no_other_site_is_given_the_picture(veiled: Work) -> None:
    for address in (f"/gallery/{veiled.pk}/", f"/gallery/{veiled.pk}/?show=1"):
        html = page(None, address)
        assert "og:title" in html and "og:image" not in html
        assert '<meta name="twitter:card" content="summary">' in html
    feed = page(None, "/explore/feed/")
    assert f"urn:uuid:{veiled.pk}" in feed and "thumb-640" not in feed
