"""Collections: filled, ordered, covered, shown to those who may see them, and everybody has their own."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from gallery import collecting
from gallery.models import Collection, Visibility, Work
from tests.gallery.conftest import MakeWork

pytestmark = pytest.mark.django_db


def as_(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


@pytest.fixture
def works(alice: User, make_work: MakeWork) -> list[Work]:
    return [make_work(alice, seed=n) for n in range(4)]


@pytest.fixture
def filled(alice: User, works: list[Work]) -> Collection:
    made = collecting.make(alice, "  Boats\n and  sea ")
    collecting.add(alice, made, [work.pk for work in works])
    return made


def order(collection: Collection, user: Any) -> list[int]:
    return [work.seed for work in collecting.works_of(collection, user)]


def test_works_stay_in_the_order_that_was_given(alice: User, works: list[Work], filled: Collection) -> None:
    assert filled.title == "Boats and sea"
    assert order(filled, alice) == [0, 1, 2, 3]
    assert collecting.add(alice, filled, [works[1].pk]) == 0
    collecting.reorder(filled, [works[3].pk, works[0].pk])
    assert order(filled, alice) == [3, 0, 1, 2]
    collecting.move(filled, works[2].pk, -2)
    assert order(filled, alice) == [3, 2, 0, 1]
    collecting.move(filled, works[3].pk, 99)
    assert order(filled, alice) == [2, 0, 1, 3]
    assert collecting.remove(filled, [works[0].pk, uuid.uuid4()]) == 1
    assert order(filled, alice) == [2, 1, 3]


def test_a_public_collection_shows_strangers_only_what_is_public(
    alice: User, bob: User, works: list[Work], filled: Collection
) -> None:
    Work.objects.filter(pk__in=[works[1].pk, works[2].pk]).update(visibility="public")
    Work.objects.filter(pk=works[2].pk).update(moderation="hidden")
    assert as_(bob).get(f"/collections/{filled.pk}/").status_code == 404
    collecting.set_visibility(filled, Visibility.PUBLIC)
    for person in (bob, AnonymousUser()):
        assert order(filled, person) == [1]
    html = as_(None).get(f"/collections/{filled.pk}/").content.decode()
    assert str(works[1].pk) in html and str(works[0].pk) not in html and "describe/" not in html
    Collection.objects.update(moderation="hidden")
    assert as_(bob).get(f"/collections/{filled.pk}/").status_code == 404


def test_only_works_one_may_see_come_in(alice: User, bob: User, make_work: MakeWork, filled: Collection) -> None:
    private, public = make_work(bob, seed=8), make_work(bob, seed=9, visibility="public")
    assert collecting.add(alice, filled, [private.pk, public.pk, uuid.uuid4()]) == 1
    assert order(filled, alice)[-1] == 9


def test_deleted_works_are_not_shown(alice: User, works: list[Work], filled: Collection) -> None:
    Work.objects.filter(pk=works[0].pk).update(deleted_at="2026-01-01T00:00Z")
    assert order(filled, alice) == [1, 2, 3]


def test_cards_show_the_cover_first_and_cost_three_queries(alice: User, works: list[Work], filled: Collection) -> None:
    collecting.set_cover(filled, works[2].pk)
    with pytest.raises(ValueError, match="not in"):
        collecting.set_cover(filled, uuid.uuid4())
    for n in range(5):
        collecting.add(alice, collecting.make(alice, f"c{n}"), [work.pk for work in works])
    with CaptureQueriesContext(connection) as caught:
        cards = list(collecting.with_covers(Collection.objects.of(alice), alice))
    assert len(caught) == 3
    shown = next(card for card in cards if card.pk == filled.pk)
    assert ([item.work.seed for item in shown.shown], shown.count) == ([2, 0, 1, 3], 4)
    collecting.remove(filled, [works[2].pk])
    filled.refresh_from_db()
    assert filled.cover_id is None


def test_limits_hold(alice: User, works: list[Work], settings: Any) -> None:
    settings.COLLECTIONS_PER_PERSON, settings.WORKS_PER_COLLECTION = 1, 2
    made = collecting.make(alice, "one")
    with pytest.raises(collecting.Full):
        collecting.make(alice, "two")
    with pytest.raises(collecting.Full):
        collecting.add(alice, made, [work.pk for work in works])
    assert order(made, alice) == []


def test_the_pages_do_what_they_say(alice: User, works: list[Work], filled: Collection) -> None:
    browser, here = as_(alice), f"/collections/{filled.pk}/"
    assert "Boats and sea" in browser.get("/collections/").content.decode()
    made = browser.post("/collections/new/", {"title": "New"})["Location"]
    assert Collection.objects.filter(title="New", owner=alice).exists() and "/collections/" in made
    browser.post(f"{here}describe/", {"title": "Ships", "description": "all"})
    browser.post(f"{here}visibility/", {"visibility": "public"})
    browser.post(f"{here}order/", {"works": ",".join(str(work.pk) for work in reversed(works))})
    browser.post(f"{here}move/", {"work": works[0].pk, "by": "-1"})
    browser.post(f"{here}cover/", {"work": works[1].pk})
    browser.post(f"{here}remove/", {"work": works[3].pk})
    filled.refresh_from_db()
    assert (filled.title, filled.visibility, filled.cover_id) == ("Ships", "public", works[1].pk)
    assert order(filled, alice) == [2, 0, 1]
    assert browser.post(f"{here}delete/", follow=True).redirect_chain[-1][0] == "/collections/"
    assert Work.objects.count() == len(works)


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("describe", {"title": " "}), ("visibility", {"visibility": "all"}),
        ("remove", {"work": "x"}), ("move", {"work": str(uuid.uuid4()), "by": "x"}), ("order", {"works": "a,b"}),
        ("cover", {"work": str(uuid.uuid4())}),
    ],
)  # fmt: skip
def test_nonsense_changes_nothing(alice: User, filled: Collection, act: str, form: dict[str, str]) -> None:
    before = Collection.objects.values_list("title", "visibility", "cover").get()
    assert as_(alice).post(f"/collections/{filled.pk}/{act}/", form).status_code == 302
    assert Collection.objects.values_list("title", "visibility", "cover").get() == before
    assert order(filled, alice) == [0, 1, 2, 3]


def test_bob_and_nobody_change_nothing(bob: User, works: list[Work], filled: Collection, alice: User) -> None:
    collecting.set_visibility(filled, Visibility.PUBLIC)
    form = {"title": "x", "visibility": "public", "work": works[0].pk, "by": "1", "works": str(works[3].pk)}
    for act in ("describe", "remove", "move", "order", "cover", "delete"):
        address = f"/collections/{filled.pk}/{act}/"
        assert as_(bob).post(address, form).status_code == 404
        assert as_(None).post(address, form)["Location"].startswith("/accounts/login/")
        assert as_(alice).get(address).status_code == 405
    assert order(filled, alice) == [0, 1, 2, 3]


def test_words_are_shown_as_words(alice: User, filled: Collection) -> None:
    collecting.describe(filled, "<script>alert(1)</script>", '"><b>x')
    for address in ("/collections/", f"/collections/{filled.pk}/"):
        html = as_(alice).get(address).content.decode()
        assert "<script>alert" not in html and '"><b>x' not in html
