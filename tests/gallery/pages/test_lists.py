"""The lists of works: Explore, people, tags, one's own; what narrows them, their order, and how much they ask."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role, User
from gallery import publishing
from gallery.finding import facets
from gallery.likes import like
from gallery.models import Collection, Lineage, Reveals, Visibility, Work
from gallery.pages import lists
from tests.gallery.conftest import MakeWork, png
from tests.gallery.pages.test_pages import as_, page, shown

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_choices() -> None:
    """What can be chosen is kept for minutes, and Redis does not forget between tests."""
    cache.delete("gallery.facets")


@pytest.fixture
def many(alice: User, bob: User) -> list[Work]:
    """Eleven public works of two people, some made public in the very same moment, most with no like."""
    works = [
        Work(
            owner=alice if n % 2 else bob,
            generation=uuid.uuid4(),
            seed=n,
            width=64,
            height=48,
            tool="inpaint" if n == 3 else "text_to_image",
            model_name="starter",
            visibility="public",
            saved=True,
            likes=n // 4 if n > 5 else 0,
            created_at=NOON,
            published_at=NOON - timedelta(hours=n // 3),
        )
        for n in range(11)
    ]
    Work.objects.bulk_create(works)
    return works


@pytest.mark.parametrize(("sort", "order"), [("", ("-published_at", "-id")), ("liked", ("-likes", "-id"))])
def test_every_order_is_paged_without_gap_or_double(
    many: list[Work], monkeypatch: pytest.MonkeyPatch, sort: str, order: tuple[str, str]
) -> None:
    monkeypatch.setattr(lists, "PAGE_SIZE", 2)
    seen, address = [], f"/explore/?sort={sort}"
    for _ in many:
        html = page(None, address)
        seen += shown(html)
        more = re.search(r'href="([^"]+)" rel="next"', html)
        if more is None:
            break
        address = more[1].replace("&amp;", "&")
        assert (f"sort={sort}" in address) == bool(sort)
    assert seen == [str(pk) for pk in Work.objects.order_by(*order).values_list("pk", flat=True)]


def test_explore_shows_what_is_public_and_nothing_else(alice: User, bob: User, make_work: MakeWork) -> None:
    since = timezone.now()
    public = make_work(alice, visibility="public", published_at=since)
    make_work(alice)
    make_work(alice, visibility="unlisted")
    for moderation in ("held", "hidden", "removed"):
        make_work(alice, visibility="public", published_at=since, moderation=moderation)
    make_work(alice, visibility="public", published_at=since, deleted_at=since)
    for person in (alice, bob, None):
        assert shown(page(person, "/explore/")) == [str(public.pk)]


def test_a_person_has_a_page_once_they_show_something(alice: User, bob: User, make_work: MakeWork) -> None:
    assert as_(None).get("/people/alice/").status_code == 404
    assert "You show nothing yet" in page(alice, "/people/alice/")
    assert as_(bob).get("/people/nobody/").status_code == 404
    work = make_work(alice, visibility="public", published_at=timezone.now())
    make_work(bob, visibility="public", published_at=timezone.now())
    make_work(alice)
    User.objects.filter(pk=alice.pk).update(about="<b>I</b> draw boats")
    html = page(None, "/people/alice/")
    assert shown(html) == [str(work.pk)]
    assert "&lt;b&gt;I&lt;/b&gt; draw boats" in html
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert as_(None).get("/people/alice/").status_code == 404


def test_a_persons_page_shows_public_collections(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public", published_at=timezone.now())
    for title, visibility in (("Boats", "public"), ("Secrets", "private")):
        collection = Collection.objects.create(owner=alice, title=title, visibility=visibility)
        collection.items.create(work=work)
    html = page(None, "/people/alice/")
    assert "Boats" in html
    assert "Secrets" not in html


def test_a_tag_has_a_page_in_one_way_of_writing(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public", published_at=timezone.now())
    private = make_work(alice)
    for each in (work, private):
        publishing.set_tags(alice, each.pk, ["Oil Painting", "印象派"])
    assert shown(page(None, "/tags/oil%20painting/")) == [str(work.pk)]
    assert shown(page(None, "/tags/%E5%8D%B0%E8%B1%A1%E6%B4%BE/")) == [str(work.pk)]
    assert as_(None).get("/tags/OIL%20Painting/")["Location"] == "/tags/oil%20painting/"
    assert "Nothing to see here yet" in page(None, "/tags/unknown/")
    assert as_(None).get("/tags/%E2%80%8B/").status_code == 404


@pytest.fixture
def various(alice: User, bob: User, make_work: MakeWork) -> dict[str, Work]:
    """Public works that differ in everything one can ask for."""

    def made(owner: User, prompt: str, day: int, **fields: object) -> Work:
        when = NOON + timedelta(days=day)
        return make_work(
            owner, params={"prompt": prompt}, visibility="public", published_at=when, created_at=when, **fields
        )

    works = {
        "boat": made(alice, "a red boat", 0, tool="text_to_image", shape="portrait", colours=" red blue ", saved=True),
        "cat": made(alice, "一只猫咪", 1, tool="inpaint", model_name="xl", colours=" pink ", favourite=True, likes=5),
        "dog": made(bob, "a red dog", 2, tool="inpaint", model_name="xl", shape="square", colours=" redder "),
    }
    Lineage.objects.create(child=works["dog"], parent=works["boat"], kind="remix")
    publishing.set_tags(alice, works["cat"].pk, ["pets"])
    return works


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=red", ["dog", "boat"]),
        ("q=%E7%8C%AB%E5%92%AA", ["cat"]),
        ("tool=inpaint", ["dog", "cat"]),
        ("tool=inpaint&by=alice", ["cat"]),
        ("model=xl", ["dog", "cat"]),
        ("shape=portrait", ["boat"]),
        ("colour=red", ["boat"]),
        ("colour=nothing", ["dog", "cat", "boat"]),
        ("by=bob", ["dog"]),
        ("by=nobody", []),
        ("tag=PETS", ["cat"]),
        ("origin=any", ["dog"]),
        ("origin=remix", ["dog"]),
        ("origin=edit", []),
        ("origin=none", ["cat", "boat"]),
        ("since=2026-11-21", ["dog", "cat"]),
        ("until=2026-11-21", ["cat", "boat"]),
        ("since=2026-11-21&until=2026-11-21", ["cat"]),
        ("since=yesterday&until=0001-01-01&shape=x&sort=x&origin=x", ["dog", "cat", "boat"]),
        ("sort=liked", ["cat", "boat", "dog"]),
        ("q=red&tool=inpaint&sort=liked&since=2026-11-01", ["dog"]),
        ("tool=%00%27%22&model=%F0%9F%98%80", []),
    ],
)
def test_filters_narrow_and_stand_in_the_address(various: dict[str, Work], query: str, names: list[str]) -> None:
    found = shown(page(None, f"/explore/?{query}"))
    if query == "sort=liked":
        assert found[0] == str(various["cat"].pk)
        found, names = sorted(found), sorted(names, key=lambda name: str(various[name].pk))
    assert found == [str(various[name].pk) for name in names]


def test_each_filter_that_is_on_can_be_taken_away(various: dict[str, Work]) -> None:
    html = page(None, "/explore/?q=red&tool=inpaint&colour=red&since=2026-11-01&sort=liked")
    chips = re.findall(r'<a class="chip[^"]*" href="([^"]*)"', html)
    assert [chip.replace("&amp;", "&") for chip in chips] == [
        "/explore/?tool=inpaint&colour=red&since=2026-11-01&sort=liked",
        "/explore/?q=red&colour=red&since=2026-11-01&sort=liked",
        "/explore/?q=red&tool=inpaint&since=2026-11-01&sort=liked",
        "/explore/?q=red&tool=inpaint&colour=red&sort=liked",
        "/explore/",
    ]
    assert '<option value="inpaint" selected>' in html
    assert "Nothing matches" in html


def test_what_a_person_typed_is_shown_as_words(alice: User) -> None:
    html = page(alice, "/gallery/?q=%3Cscript%3Ealert(1)%3C/script%3E&model=%22%3E%3Cb%3E&tag=%3Ci%3E")
    for bad in ("<script>alert", "<b>", "<i>"):
        assert bad not in html
    assert not re.search(r"\sstyle=|\son\w+=", html)


def test_own_works_have_tabs(alice: User, make_work: MakeWork) -> None:
    plain, saved, favourite = make_work(alice), make_work(alice, saved=True), make_work(alice, favourite=True)
    assert len(shown(page(alice, "/gallery/"))) == 3
    assert shown(page(alice, "/gallery/?kept=saved")) == [str(saved.pk)]
    assert shown(page(alice, "/gallery/?kept=favourite")) == [str(favourite.pk)]
    assert str(plain.pk) in shown(page(alice, "/gallery/?kept=unsaved"))
    assert "No favourites yet" in page(User.objects.create_user("new"), "/gallery/?kept=favourite")


def test_what_others_are_not_shown_is_no_way_to_find_a_work(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(
        alice, params={"prompt": "my own trick"}, visibility="public", published_at=timezone.now(), tool="inpaint"
    )
    publishing.set_reveals(alice, [work.pk], Reveals.PICTURE)
    assert shown(page(bob, "/explore/")) == [str(work.pk)]
    assert "my own trick" not in page(bob, "/explore/")
    assert "Inpaint" not in page(bob, f"/gallery/{work.pk}/info/")
    assert "my own trick" not in page(bob, f"/gallery/{work.pk}/info/")
    for query in ("q=trick", "tool=inpaint", f"model={work.model_name}", "origin=none"):
        assert shown(page(bob, f"/explore/?{query}")) == []
        assert shown(page(alice, f"/gallery/?{query}")) == [str(work.pk)]


def test_what_a_work_began_with_finds_it_where_that_is_shown(alice: User, bob: User, make_work: MakeWork) -> None:
    drawn = make_work(alice, sketch=png(), visibility="public", published_at=timezone.now())
    make_work(alice, visibility="public", published_at=timezone.now())
    assert shown(page(bob, "/explore/?origin=drawing")) == [str(drawn.pk)]
    assert shown(page(bob, "/explore/?origin=picture")) == []
    publishing.set_reveals(alice, [drawn.pk], Reveals.RECIPE)
    assert shown(page(bob, "/explore/?origin=drawing")) == []
    assert shown(page(alice, "/gallery/?origin=drawing")) == [str(drawn.pk)]


def test_marks_work_without_scripts(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice, visibility="public", published_at=timezone.now())
    back = {"on": "1", "next": "/explore/?q=red"}
    assert as_(bob).post(f"/gallery/{work.pk}/like/", back)["Location"] == "/explore/?q=red"
    assert as_(alice).post(f"/gallery/{work.pk}/favourite/", back)["Location"] == "/explore/?q=red"
    work.refresh_from_db()
    assert (work.likes, work.favourite) == (1, True)
    assert 'aria-pressed="true"' in page(bob, "/explore/")
    as_(bob).post(f"/gallery/{work.pk}/like/", {"on": "0", "next": "https://elsewhere.example/"})
    work.refresh_from_db()
    assert work.likes == 0


def test_marks_are_refused_to_strangers(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    for kind in ("like", "favourite"):
        address = f"/gallery/{work.pk}/{kind}/"
        assert as_(bob).post(address, {"on": "1"}).status_code == 404
        assert as_(None).post(address, {"on": "1"})["Location"].startswith("/accounts/login/")
        assert as_(bob).post(address, {"on": "1", "next": "//evil.example"}).status_code == 404
        assert as_(alice).get(address)["Location"] == f"/gallery/{work.pk}/"
    for part in ("card", "info"):
        assert as_(bob).get(f"/gallery/{work.pk}/{part}/").status_code == 404
        assert as_(None).get(f"/gallery/{work.pk}/{part}/").status_code == 404
        assert as_(alice).get(f"/gallery/{work.pk}/{part}/").status_code == 200


def test_a_foreign_address_is_no_way_back(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    for there in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", ""):
        answer = as_(alice).post(f"/gallery/{work.pk}/favourite/", {"on": "1", "next": there})
        assert answer["Location"] == f"/gallery/{work.pk}/"


def test_new_peoples_works_wait_for_a_moderator(alice: User, make_work: MakeWork) -> None:
    Role.objects.filter(group__name="member").update(hold_public=True)
    work, seen = make_work(alice), make_work(alice, published_at=timezone.now())
    publishing.set_visibility(alice, [work.pk, seen.pk], Visibility.PUBLIC)
    assert [Work.objects.get(pk=each.pk).moderation for each in (work, seen)] == ["held", "clear"]
    assert shown(page(None, "/explore/")) == [str(seen.pk)]
    publishing.set_visibility(alice, [work.pk], Visibility.PRIVATE)
    publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC)
    assert Work.objects.get(pk=work.pk).moderation == "held"


@pytest.mark.parametrize("address", ["/explore/", "/people/alice/", "/tags/sea/", "/gallery/"])
def test_a_list_costs_the_same_however_long_it_is(alice: User, bob: User, make_work: MakeWork, address: str) -> None:
    def fill(count: int) -> None:
        for seed in range(count):
            work = make_work(alice, seed=seed, visibility="public", published_at=timezone.now())
            publishing.set_tags(alice, work.pk, ["sea"])
            like(bob, work.pk, True)

    def queries() -> int:
        facets.of_everybody()
        client = as_(alice)
        with CaptureQueriesContext(connection) as caught:
            html = client.get(f"{address}?q=boat&shape=landscape&sort=liked").content.decode()
        assert shown(html)
        return len(caught)

    fill(1)
    one = queries()
    fill(7)
    assert queries() == one
    assert one <= 10
