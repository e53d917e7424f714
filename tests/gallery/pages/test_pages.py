"""The gallery's pages: one's own works, one work, and deleting it."""

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from gallery.models import Work
from gallery.pages import lists
from tests.gallery.conftest import MakeWork, png

pytestmark = pytest.mark.django_db


def as_(person: User | None) -> Client:
    client = Client()
    if person:
        client.force_login(person)
    return client


def page(person: User | None, address: str, **headers: str) -> str:
    response = as_(person).get(address, headers=headers)
    assert response.status_code == 200, response
    return response.content.decode()


def shown(html: str) -> list[str]:
    """The ids of the works on a page, in order."""
    return re.findall(r'class="work-link" href="/gallery/([0-9a-f-]{36})/"', html)


@pytest.fixture
def rows(alice: User) -> list[Work]:
    """Seven works of alice, newest first; three of them made in the very same moment."""
    now = timezone.now()
    moments = [now, *[now - timedelta(minutes=1)] * 3, *[now - timedelta(minutes=n) for n in (2, 3, 4)]]
    Work.objects.bulk_create(
        Work(owner=alice, generation=uuid.uuid4(), seed=1, width=64, height=48, tool="text_to_image", created_at=moment)
        for moment in moments
    )
    return list(Work.objects.order_by("-created_at", "-id"))


def test_the_gallery_shows_own_works_with_prompt_tool_and_size(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    html = page(alice, "/gallery/")
    assert shown(html) == [str(work.pk)]
    assert "a red boat, 一只小船" in html
    assert "Sketch to image" in html
    assert 'width="96" height="64"' in html
    assert work.blur in html


def test_the_gallery_never_shows_works_of_others(alice: User, bob: User, make_work: MakeWork) -> None:
    make_work(alice)
    make_work(alice, visibility="public")
    assert shown(page(bob, "/gallery/")) == []


def test_an_empty_gallery_leads_to_the_studio(alice: User) -> None:
    html = page(alice, "/gallery/")
    assert "Nothing here yet" in html
    assert 'href="/studio/"' in html


def test_nobody_is_asked_to_log_in(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    for address in ("/gallery/", f"/gallery/{work.pk}/", f"/gallery/{uuid.uuid4()}/", f"/gallery/{work.pk}/delete/"):
        response = as_(None).get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/?next=/gallery/")


def test_pages_follow_each_other_without_gap_or_double(
    alice: User, rows: list[Work], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PAGE_SIZE", 2)
    seen, address = [], "/gallery/"
    for _ in range(len(rows)):
        html = page(alice, address)
        seen += shown(html)
        more = re.search(r'<a class="button" href="(/gallery/\?after=[^"]+)" rel="next"', html)
        if more is None:
            break
        address = more[1]
    assert seen == [str(work.pk) for work in rows]


def test_the_last_page_asks_for_no_more(alice: User, rows: list[Work], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE_SIZE", len(rows))
    assert "works-more" not in page(alice, "/gallery/")


def test_new_works_do_not_shift_the_next_page(
    alice: User, rows: list[Work], make_work: MakeWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PAGE_SIZE", 3)
    more = re.search(r'href="([^"]*after=[^"]+)" rel="next"', page(alice, "/gallery/"))
    assert more
    make_work(alice)
    rows[2].delete()
    assert shown(page(alice, more[1])) == [str(work.pk) for work in rows[3:6]]


def test_htmx_gets_the_cards_alone(alice: User, rows: list[Work]) -> None:
    part = page(alice, "/gallery/", hx_request="true")
    assert "<html" not in part
    assert len(shown(part)) == len(rows)


def test_a_cache_keeps_page_and_cards_apart(alice: User) -> None:
    assert "HX-Request" in as_(alice).get("/gallery/")["Vary"]


@pytest.mark.parametrize(
    "cursor", ["x", "1.2", "9" * 18 + "." + "0" * 32, "-1." + "0" * 32, "１." + "0" * 32, "\x00", "'"]
)
def test_a_bad_cursor_is_a_bad_request(alice: User, rows: list[Work], cursor: str) -> None:
    assert as_(alice).get("/gallery/", {"after": cursor}).status_code == 400


def test_a_cursor_from_the_far_future_or_past_is_just_a_place(alice: User, rows: list[Work]) -> None:
    assert len(shown(page(alice, "/gallery/?after=" + "9" * 17 + "." + "0" * 32))) == len(rows)
    assert shown(page(alice, "/gallery/?after=0." + "0" * 32)) == []


def test_more_works_need_no_more_queries(alice: User, make_work: MakeWork) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            page(alice, "/gallery/")
        return len(caught)

    make_work(alice)
    for_one = queries()
    for seed in range(6):
        make_work(alice, seed=seed)
    assert queries() == for_one


def test_the_work_page_tells_how_it_was_made(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice, seed=123456, sketch=png(64, 64, "white"))
    html = page(alice, f"/gallery/{work.pk}/")
    for part in ("a red boat, 一只小船", "fog", "starter", "123456", "12", "3.5", "0.8", "96 × 64"):
        assert part in html
    assert f"/media/works/{work.pk}/image" in html
    assert f"/media/works/{work.pk}/sketch" in html
    assert f'href="/studio/?work={work.pk}"' in html
    assert f'action="/gallery/{work.pk}/delete/"' in html


def test_words_are_shown_as_words(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice, params={"prompt": "<script>alert(1)</script>", "negative_prompt": '"><b>'})
    for address in ("/gallery/", f"/gallery/{work.pk}/"):
        html = page(alice, address)
        assert "<script>alert" not in html
        assert "<b>" not in html


def test_pages_have_no_inline_style_or_script(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    for address in ("/gallery/", f"/gallery/{work.pk}/"):
        html = page(alice, address)
        assert not re.search(r"\sstyle=|\son\w+=|<style|hx-on", html)
        assert not re.search(r"<script(?![^>]*(\ssrc=|\snonce=))", html)


def test_bob_cannot_see_or_delete_alices_work(alice: User, bob: User, mod: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    for person in (bob, mod):
        assert as_(person).get(f"/gallery/{work.pk}/").status_code == 404
        assert as_(person).post(f"/gallery/{work.pk}/delete/").status_code == 404
    assert Work.objects.filter(pk=work.pk).exists()


def test_a_public_work_is_seen_by_all_and_deleted_by_its_owner_only(
    alice: User, bob: User, make_work: MakeWork
) -> None:
    work = make_work(alice, visibility="public")
    for person in (bob, None):
        html = page(person, f"/gallery/{work.pk}/")
        assert "alice" in html
        assert "delete" not in html
    assert as_(bob).post(f"/gallery/{work.pk}/delete/").status_code == 404
    assert as_(None).post(f"/gallery/{work.pk}/delete/").status_code == 302
    assert Work.objects.filter(pk=work.pk).exists()


def test_the_owner_deletes_a_work(alice: User, make_work: MakeWork) -> None:
    work, other = make_work(alice, seed=1), make_work(alice, seed=2)
    response = as_(alice).post(f"/gallery/{work.pk}/delete/", follow=True)
    assert "The work is in the bin." in response.content.decode()
    assert shown(response.content.decode()) == [str(other.pk)]
    assert as_(alice).post(f"/gallery/{work.pk}/delete/").status_code == 404


def test_looking_at_the_delete_address_deletes_nothing(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    assert as_(alice).get(f"/gallery/{work.pk}/delete/")["Location"] == f"/gallery/{work.pk}/"
    assert Work.objects.filter(pk=work.pk).exists()


def test_another_site_cannot_delete(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(f"/gallery/{work.pk}/delete/").status_code == 403
    assert Work.objects.filter(pk=work.pk).exists()


@pytest.mark.parametrize("address", ["/gallery/not-an-id/", "/gallery/1/", f"/gallery/{uuid.UUID(int=0)}/"])
def test_an_unknown_work_is_404(alice: User, address: str) -> None:
    assert as_(alice).get(address).status_code == 404
