"""The page of one work: what its owner does there, what others are shown, and words that mean harm."""

import re

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from gallery import collecting, publishing
from gallery.models import Visibility, Work
from tests.gallery.conftest import MakeWork, png
from tests.gallery.pages.test_pages import as_, page

pytestmark = pytest.mark.django_db
NASTY = "</title><script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7|add:7 }}"


def words(person: User | None, work: Work, **fields: str) -> int:
    told = {"title": "", "description": "", "tags": "", "reveals": "all"} | fields
    return as_(person).post(f"/gallery/{work.pk}/words/", told).status_code


def test_the_owner_gives_words_and_tags(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    assert (
        words(alice, work, title=" Red  boat ", description="One\r\ntwo", tags="Boats, 小船，dusk", reveals="recipe")
        == 302
    )
    work.refresh_from_db()
    assert (work.title, work.description, work.reveals) == ("Red boat", "One\ntwo", "recipe")
    html = page(alice, f"/gallery/{work.pk}/")
    assert "One<br>two" in html and "#小船" in html and 'value="boats, 小船, dusk"' in html


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": "x" * 121}, "at most 120"),
        ({"description": "x" * 2001}, "at most 2000"),
        ({"tags": ",".join(f"t{n}" for n in range(21))}, "At most 20 tags."),
        ({"tags": "x" * 41}, "at most 40 characters"),
        ({"reveals": "nothing"}, "not one of the available choices"),
    ],
)
def test_words_that_do_not_fit_come_back_with_the_reason(
    alice: User, make_work: MakeWork, fields: dict[str, str], said: str
) -> None:
    work = make_work(alice)
    response = as_(alice).post(f"/gallery/{work.pk}/words/", {"title": "kept", "reveals": "all"} | fields)
    assert response.status_code == 422
    html = response.content.decode()
    assert said in html and re.search(r"<details[^>]* open>", html)
    work.refresh_from_db()
    assert work.title == ""


def test_bob_and_nobody_change_nothing(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public", published_at=timezone.now())
    for address in ("words", "visibility", "saved", "links", "delete"):
        sent = {"title": "mine", "reveals": "all", "visibility": "private", "on": "1", "lasting": "day"}
        assert as_(bob).post(f"/gallery/{work.pk}/{address}/", sent).status_code == 404, address
        assert as_(None).post(f"/gallery/{work.pk}/{address}/", sent)["Location"].startswith("/accounts/login/")
        if address != "delete":
            assert as_(alice).get(f"/gallery/{work.pk}/{address}/").status_code == 405
    work.refresh_from_db()
    assert (work.title, work.visibility, work.saved, work.links.count()) == ("", "public", False, 0)
    html = page(bob, f"/gallery/{work.pk}/")
    for address in ("words", "visibility", "saved", "links", "delete"):
        assert f"/{address}/" not in html


def test_who_sees_it_is_changed_and_told(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    for wanted, said in [("public", "Everybody sees"), ("unlisted", "Whoever has a link"), ("private", "Only you")]:
        response = as_(alice).post(f"/gallery/{work.pk}/visibility/", {"visibility": wanted}, follow=True)
        assert said in response.content.decode()
        assert as_(bob).get(f"/gallery/{work.pk}/").status_code == (200 if wanted == "public" else 404)
    assert as_(alice).post(f"/gallery/{work.pk}/visibility/", {"visibility": "all"}).status_code == 400


def test_saving_is_a_switch(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    for on in (True, False):
        as_(alice).post(f"/gallery/{work.pk}/saved/", {"on": "1" if on else "0"})
        work.refresh_from_db()
        assert work.saved is on


def test_what_the_owner_does_not_show_is_nowhere_on_the_page(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public", sketch=png(64, 64, "white"), title="Boat", seed=424242)
    assert "red boat" in page(bob, f"/gallery/{work.pk}/") and "/sketch" in page(bob, f"/gallery/{work.pk}/")
    Work.objects.update(reveals="recipe")
    html = page(bob, f"/gallery/{work.pk}/")
    assert "red boat" in html and "/sketch" not in html and "rerun" not in html
    Work.objects.update(reveals="picture")
    for person in (bob, None):
        html = page(person, f"/gallery/{work.pk}/")
        for hidden in ("red boat", "424242", "Sketch to image", "starter", "/sketch", "?work=", "With prompt"):
            assert hidden not in html, hidden
    assert "red boat" in page(alice, f"/gallery/{work.pk}/")


@pytest.mark.parametrize("role", ["sketch", "input", "mask"])
def test_files_it_began_with_follow_what_is_shown(alice: User, bob: User, make_work: MakeWork, role: str) -> None:
    work = make_work(alice, visibility="public", sketch=png(64, 64, "white"))
    work.files.filter(role="sketch").update(role=role)
    address = f"/media/works/{work.pk}/{role}"
    for reveals, status in [("all", 200), ("recipe", 404), ("picture", 404)]:
        Work.objects.update(reveals=reveals)
        assert as_(bob).get(address).status_code == status
        assert as_(None).get(address).status_code == status
        assert as_(alice).get(address).status_code == 200


def test_words_that_mean_harm_stay_words(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public", published_at=timezone.now(), params={"prompt": NASTY})
    publishing.describe(alice, work.pk, title=NASTY[:120], description=NASTY)
    publishing.set_tags(alice, work.pk, ["<b onclick=alert(1)>"])
    for person in (alice, bob, None):
        html = page(person, f"/gallery/{work.pk}/")
        for harm in ("<script>alert", "<img src=x", "<b onclick", 'onerror=alert(1)>"'):
            assert harm not in html
        assert "&lt;script&gt;alert(1)" in html and "{{ 7|add:7 }}" in html


def test_public_pages_can_be_shown_elsewhere_and_others_cannot(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public", published_at=timezone.now(), title="Boat")
    html = page(None, f"/gallery/{work.pk}/")
    here = f"http://testserver/gallery/{work.pk}/"
    assert f'<link rel="canonical" href="{here}">' in html
    assert f'property="og:image" content="http://testserver/media/works/{work.pk}/thumb-640"' in html
    assert '<meta name="twitter:card" content="summary_large_image">' in html
    assert as_(None).get(f"/media/works/{work.pk}/thumb-640").status_code == 200
    Work.objects.update(visibility="private")
    assert "og:image" not in page(alice, f"/gallery/{work.pk}/")


def test_a_file_of_another_kind_is_offered_not_shown(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    work.files.filter(role="image").update(media_type="model/gltf-binary")
    html = page(alice, f"/gallery/{work.pk}/")
    assert "model/gltf-binary" in html and "data-stage" not in html


def test_a_work_kept_back_says_so_to_its_owner(alice: User, make_work: MakeWork, settings: Settings) -> None:
    work = make_work(alice, visibility="public", moderation="held")
    assert "waiting for review" in page(alice, f"/gallery/{work.pk}/")
    assert as_(None).get(f"/gallery/{work.pk}/").status_code == 302


def test_a_collection_tells_no_prompt_that_its_owner_hides(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public", published_at=timezone.now(), reveals="picture")
    collection = collecting.make(alice, "Sea")
    collecting.add(alice, collection, [work.pk])
    collecting.set_visibility(collection, Visibility.PUBLIC)
    assert "red boat" not in page(None, f"/collections/{collection.pk}/")
    assert "red boat" in page(alice, f"/collections/{collection.pk}/")
