"""Full-text search in Chinese and English. Runs on SQLite and, in the suite "postgres", on PostgreSQL."""

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from gallery import publishing
from gallery.finding import search, words
from gallery.models import Reveals, SearchText, Work
from tests.gallery.conftest import MakeWork

pytestmark = [pytest.mark.django_db, pytest.mark.database]

PROMPTS = {
    "boat": "a red boat on a calm lake, watercolour",
    "cat": "一只可爱的猫咪在沙发上睡觉",
    "mixed": "赛博朋克 city at night, 霓虹灯, Café",
    "dog": "a dog and a boat that is red",
}

HOSTILE = [
    "'", '"', '""', '"boat', "boat\"; DROP TABLE gallery_work; --", "' OR 1=1 --", "a AND", "NOT", "OR OR OR",
    "NEAR(a b, 2)", "boat*", "*", "text:boat", "{text}: boat", "^boat", "-boat", "boat - -", "boat | & !", "(((",
    ":*", "a:*b", "<->", "\\", "%", "_", "\x00", "boat\x00red", "!!!", "…。，", "🐱", "🐱🐱 boat", "\u200b", "\u202e",
    "\ud800", "é" * 50,
    "x" * 10_000, "猫" * 10_000, "a " * 5_000, '"' * 10_000, "\u0301", "ﷺ", "１２", "\r\n\t",
]  # fmt: skip


@pytest.fixture
def works(alice: User, make_work: MakeWork) -> dict[Work, str]:
    return {make_work(alice, params={"prompt": prompt}): name for name, prompt in PROMPTS.items()}


def found(works: dict[Work, str], query: str) -> set[str]:
    return {works[work] for work in search.matching(Work.objects.all(), query)}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("boat", {"boat", "dog"}),
        ("BOAT", {"boat", "dog"}),
        ("bo", {"boat", "dog"}),
        ("red boat", {"boat", "dog"}),
        ("boat watercolour", {"boat"}),
        ("boat oil", set()),
        ('"red boat"', {"boat"}),
        ("“red boat”", {"boat"}),
        ('"red bo"', set()),
        ("oat", set()),
        ("猫咪", {"cat"}),
        ("睡觉", {"cat"}),
        ("可爱的猫", {"cat"}),
        ("猫", {"cat"}),
        ("觉", {"cat"}),
        ("猫觉", set()),
        ("猫咪 沙发", {"cat"}),
        ("猫咪沙发", set()),
        ("霓虹灯 city", {"mixed"}),
        ("霓虹city", {"mixed"}),
        ("cafe", {"mixed"}),
        ("ＣＡＦÉ", {"mixed"}),
        ('"朋克 city"', {"mixed"}),
        ("", {"boat", "cat", "mixed", "dog"}),
        ("  ", {"boat", "cat", "mixed", "dog"}),
        ("!!!", set()),
        ("🐱", set()),
    ],
)
def test_words_find_the_works_that_have_them(works: dict[Work, str], query: str, names: set[str]) -> None:
    assert found(works, query) == names


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: ascii(query)[:24])
def test_nothing_that_a_person_types_is_an_error(works: dict[Work, str], query: str) -> None:
    assert found(works, query) <= set(PROMPTS)


def test_title_description_and_tags_are_found_and_forgotten(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    publishing.describe(alice, work.pk, title="Harbour at dawn", description="给妈妈的生日礼物")
    publishing.set_tags(alice, work.pk, ["oil painting", "印象派"])
    for query in ("harbour", "生日", "oil", "印象", "harbour 礼物 painting"):
        assert list(search.matching(Work.objects.all(), query)) == [work]
    publishing.describe(alice, work.pk, title="")
    publishing.set_tags(alice, work.pk, [])
    for query in ("harbour", "oil"):
        assert not search.matching(Work.objects.all(), query)


def test_search_only_narrows_what_may_be_shown(alice: User, bob: User, make_work: MakeWork) -> None:
    private = make_work(alice, params={"prompt": "my secret diary"})
    public = make_work(alice, params={"prompt": "a secret garden"}, visibility="public")
    make_work(alice, params={"prompt": "a secret in the bin"}, visibility="public", deleted_at=public.created_at)
    make_work(alice, params={"prompt": "a secret held"}, visibility="public", moderation="held")
    assert list(search.matching(Work.objects.visible_to(bob), "secret")) == [public]
    assert list(search.matching(Work.objects.explored(), "secret")) == [public]
    assert set(search.matching(Work.objects.of(alice).filter(visibility="private"), "secret")) == {private}


def test_a_prompt_that_others_are_not_shown_is_found_by_its_owner_alone(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice, params={"prompt": "a secret recipe, 秘密配方"}, visibility="public")
    publishing.describe(alice, work.pk, title="Soup")
    publishing.set_reveals(alice, [work.pk], Reveals.PICTURE)
    for query in ("secret", "秘密", "soup secret"):
        assert not search.matching(Work.objects.explored(), query)
        assert list(search.matching(Work.objects.of(alice), query, own=True)) == [work]
    assert list(search.matching(Work.objects.explored(), "soup")) == [work]
    publishing.set_reveals(alice, [work.pk], Reveals.RECIPE)
    assert list(search.matching(Work.objects.explored(), "soup 配方")) == [work]


def test_a_deleted_work_leaves_nothing_to_find(works: dict[Work, str]) -> None:
    Work.objects.filter(prompt__contains="lake").delete()
    assert found(works, "boat") == {"dog"}
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO gallery_search (gallery_search, rank) VALUES ('integrity-check', 1)")


def test_the_index_can_be_made_anew(works: dict[Work, str], capsys: pytest.CaptureFixture[str]) -> None:
    SearchText.objects.all().delete()
    assert found(works, "boat") == set()
    call_command("search_index")
    assert "4 works" in capsys.readouterr().out
    assert found(works, "boat") == {"boat", "dog"}


def test_a_query_has_an_end(works: dict[Work, str]) -> None:
    many = " ".join(f"w{number}" for number in range(1000))
    assert len(words.terms(many)) <= words.TERMS_MAX
