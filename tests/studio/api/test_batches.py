"""One act on many works: one's own only, all acts, and what is refused."""

import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from gallery.models import Collection, Work
from studio.models import Archive
from tests.studio.commands.test_own_data import own_folders, work_of

pytestmark = pytest.mark.django_db
assert own_folders  # storages of these tests alone, too


@pytest.fixture
def works(alice: User) -> list[Work]:
    return [work_of(alice, f"prompt {n}") for n in range(3)]


def act(user: User | None, name: str, works: list[Any], value: Any = None) -> tuple[int, dict[str, Any]]:
    client = Client()
    if user:
        client.force_login(user)
    body = {"works": [str(getattr(work, "pk", work)) for work in works], "act": name, "value": value}
    answer = client.post("/api/v1/works/batch", body, content_type="application/json")
    return answer.status_code, answer.json()


def test_many_are_changed_at_once_and_strangers_not(alice: User, bob: User, works: list[Work]) -> None:
    theirs = work_of(bob)
    chosen = [*works[:2], theirs, uuid.uuid4()]
    assert act(alice, "save", chosen, True)[1]["count"] == 2
    assert act(alice, "favourite", chosen, True)[1]["count"] == 2
    assert act(alice, "visibility", chosen, "public")[1]["count"] == 2
    assert act(alice, "tag", chosen, "sea, 大海")[1]["count"] == 2
    assert act(alice, "untag", chosen, "sea")[1]["count"] == 2
    works[0].refresh_from_db()
    assert (works[0].saved, works[0].favourite, works[0].visibility) == (True, True, "public")
    assert [link.tag.name for link in works[0].tag_links.all()] == ["大海"]
    theirs.refresh_from_db()
    assert (theirs.saved, theirs.favourite, theirs.visibility, theirs.tag_links.count()) == (False, False, "private", 0)


def test_deleting_many_can_be_undone(alice: User, works: list[Work]) -> None:
    _status, done = act(alice, "delete", works)
    assert done["count"] == 3 and Work.objects.of(alice).count() == 0
    client = Client()
    client.force_login(alice)
    client.post("/gallery/undo/", {"moment": done["undo"]})
    assert Work.objects.of(alice).count() == 3


def test_many_go_into_a_collection_known_or_new(alice: User, bob: User, works: list[Work]) -> None:
    assert act(alice, "collect", works[:1], {"new": "Sea"})[1]["count"] == 1
    made = Collection.objects.get()
    assert act(alice, "collect", works, str(made.pk))[1]["count"] == 2
    assert made.items.count() == 3
    assert act(bob, "collect", works, str(made.pk))[0] == 404
    client = Client()
    client.force_login(alice)
    assert [each["title"] for each in client.get("/api/v1/collections").json()["items"]] == ["Sea"]


def test_an_archive_of_the_chosen_is_packed(alice: User, bob: User, works: list[Work]) -> None:
    _status, done = act(alice, "archive", works[:2])
    assert done["count"] == 2 and Archive.objects.get().works
    client = Client()
    client.force_login(alice)
    asked = client.get(f"/api/v1/works/archives/{done['archive']}").json()
    assert asked == {"state": "waiting", "done": 0, "total": 0, "address": None}
    client.force_login(bob)
    assert client.get(f"/api/v1/works/archives/{done['archive']}").status_code == 404


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("fly", None, "invalid"), ("visibility", "all", "invalid"), ("save", "yes", "invalid"), ("tag", "", "invalid"),
        ("tag", 7, "invalid"), ("tag", "x" * 41, "tags_unfit"), ("collect", "x", "invalid"),
        ("collect", {"new": " "}, "invalid"), ("collect", str(uuid.UUID(int=5)), "not_found"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_and_changes_nothing(
    alice: User, works: list[Work], name: str, value: Any, code: str
) -> None:
    status, answer = act(alice, name, works, value)
    assert (answer["code"], status < 500) == (code, True)
    assert Work.objects.of(alice).filter(saved=False, visibility="private", tag_links=None).count() == 3


def test_too_many_at_once_and_nobody_are_refused(alice: User, works: list[Work], settings: Any) -> None:
    settings.BATCH_WORKS = 2
    assert act(alice, "save", works, True)[1]["code"] == "too_many_works"
    assert act(None, "delete", works)[1]["code"] == "auth_required"
    assert Work.objects.of(alice).count() == 3
