"""What owners say of their works, and whom they show them to: only their own, and moderators' decisions stay."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from gallery import publishing
from gallery.finding import tags
from gallery.models import Tag, Visibility, Work
from tests.gallery.conftest import MakeWork

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_works_are_saved_and_become_history_again(alice: User, make_work: MakeWork) -> None:
    works = [make_work(alice, seed=seed) for seed in (1, 2)]
    ids = [work.pk for work in works]
    assert publishing.save(alice, ids) == 2
    assert Work.objects.filter(saved=True).count() == 2
    assert publishing.save(alice, ids[:1], saved=False) == 1
    assert not Work.objects.get(pk=ids[0]).saved


def test_a_public_work_is_saved_and_knows_since_when(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    assert publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC) == 1
    work.refresh_from_db()
    assert (work.visibility, work.saved) == ("public", True)
    assert work.published_at is not None
    assert list(Work.objects.explored()) == [work]


def test_private_and_public_again_puts_nothing_on_top(alice: User, make_work: MakeWork) -> None:
    since = timezone.now() - timedelta(days=3)
    work = make_work(alice, visibility="public", published_at=since)
    publishing.set_visibility(alice, [work.pk], Visibility.PRIVATE)
    publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC)
    work.refresh_from_db()
    assert work.published_at == since


def test_an_unlisted_work_is_saved_but_not_explored(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    publishing.set_visibility(alice, [work.pk], Visibility.UNLISTED)
    work.refresh_from_db()
    assert (work.visibility, work.saved, work.published_at) == ("unlisted", True, None)


@pytest.mark.parametrize("moderation", ["held", "hidden", "removed"])
def test_what_moderators_decided_stays(alice: User, make_work: MakeWork, moderation: str) -> None:
    work = make_work(alice, moderation=moderation, visibility="public", published_at=timezone.now())
    for visibility in (Visibility.PRIVATE, Visibility.UNLISTED, Visibility.PUBLIC):
        publishing.set_visibility(alice, [work.pk], visibility)
        work.refresh_from_db()
        assert work.moderation == moderation


def test_bob_changes_nothing_of_alices(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    assert publishing.save(bob, [work.pk]) == 0
    assert publishing.set_visibility(bob, [work.pk], Visibility.PUBLIC) == 0
    assert publishing.tag(bob, [work.pk], add=["x"]) == 0
    for attempt in (
        lambda: publishing.describe(bob, work.pk, title="mine"),
        lambda: publishing.set_tags(bob, work.pk, ["mine"]),
        lambda: publishing.describe(alice, uuid.uuid4(), title="nothing"),
    ):
        with pytest.raises(Work.DoesNotExist):
            attempt()
    work.refresh_from_db()
    assert (work.saved, work.visibility, work.title, work.tags.count()) == (False, "private", "", 0)


def test_what_lies_in_the_bin_is_not_changed(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice, deleted_at=timezone.now())
    assert publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC) == 0
    with pytest.raises(Work.DoesNotExist):
        publishing.set_tags(alice, work.pk, ["x"])


def test_a_title_is_one_line_and_a_description_keeps_its_own(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    publishing.describe(alice, work.pk, title="  A\n boat\x00 ", description=" one\r\ntwo \n")
    work.refresh_from_db()
    assert (work.title, work.description) == ("A boat", "one\ntwo")


@pytest.mark.parametrize(("field", "limit"), [("title", 120), ("description", 2000)])
def test_too_many_words_are_refused(alice: User, make_work: MakeWork, field: str, limit: int) -> None:
    work = make_work(alice)
    publishing.describe(alice, work.pk, **{field: "字" * limit})
    with pytest.raises(publishing.UnfitWords) as refused:
        publishing.describe(alice, work.pk, **{field: "字" * (limit + 1)})
    assert (refused.value.field, refused.value.limit) == (field, limit)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Cat, cat,  CAT ", ["cat"]),
        ("猫咪，风景、夜晚；star", ["猫咪", "风景", "夜晚", "star"]),
        ("Straße", ["strasse"]),
        ("ｆｕｌｌ　ｗｉｄｔｈ", ["full width"]),
        ("#oil/paint?", ["oil paint"]),
        ("zero\u200bwidth\x00", ["zerowidth"]),
        ("..", []),
        ("🐱", ["🐱"]),
        (" , ,", []),
        ("<b>", ["<b>"]),
    ],
)
def test_tags_are_folded(typed: str, kept: list[str]) -> None:
    assert tags.parse(typed) == kept


def test_tags_are_set_added_and_taken_away(alice: User, make_work: MakeWork) -> None:
    one, two = make_work(alice, seed=1), make_work(alice, seed=2)
    assert publishing.set_tags(alice, one.pk, ["Sea", "猫咪"]) == ["sea", "猫咪"]
    assert publishing.tag(alice, [one.pk, two.pk], add=["night"], remove=["SEA"]) == 2
    assert {tag.name for tag in one.tags.all()} == {"猫咪", "night"}
    assert {tag.name for tag in two.tags.all()} == {"night"}
    assert publishing.set_tags(alice, one.pk, []) == []
    assert not one.tags.exists()


def test_a_work_has_twenty_tags_at_most(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    publishing.set_tags(alice, work.pk, [f"t{number}" for number in range(20)])
    with pytest.raises(tags.UnfitTags):
        publishing.tag(alice, [work.pk], add=["one more"])
    with pytest.raises(tags.UnfitTags):
        publishing.set_tags(alice, work.pk, [f"t{number}" for number in range(21)])
    with pytest.raises(tags.UnfitTags):
        publishing.set_tags(alice, work.pk, ["x" * 41])
    assert work.tags.count() == 20
    assert not Tag.objects.filter(name="one more").exists()


def test_too_many_works_at_once_are_refused(alice: User) -> None:
    with pytest.raises(ValueError, match="at once"):
        publishing.save(alice, [uuid.uuid4() for _ in range(publishing.MANY + 1)])
