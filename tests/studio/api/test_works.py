"""The API of works: owners change what is theirs, everybody else likes what is public."""

import uuid

import pytest
from django.test import Client

from accounts.models import User
from gallery.models import Work
from tests.gallery.conftest import MakeWork, make_work, own_storage  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db


def as_(person: User | None) -> Client:
    client = Client()
    if person:
        client.force_login(person)
    return client


def change(person: User | None, work: uuid.UUID, **body: object):
    return as_(person).patch(f"/api/v1/works/{work}", body, content_type="application/json")


def test_the_owner_changes_everything_at_once(alice: User, make_work: MakeWork) -> None:  # noqa: F811
    work = make_work(alice)
    told = change(
        alice, work.pk, favourite=True, visibility="public", title=" Harbour ", description="d", tags=["Sea", "猫咪"]
    ).json()
    assert (
        told
        | {
            "id": str(work.pk),
            "favourite": True,
            "saved": True,
            "visibility": "public",
            "moderation": "clear",
            "title": "Harbour",
            "description": "d",
            "tags": ["sea", "猫咪"],
            "likes": 0,
        }
        == told
    )
    assert change(alice, work.pk, saved=False, visibility="private").json()["visibility"] == "private"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "x" * 121}, "title"),
        ({"description": "x" * 2001}, "description"),
        ({"tags": [f"t{n}" for n in range(21)]}, "tags"),
        ({"tags": ["x" * 41]}, "tags"),
        ({"visibility": "everybody"}, "visibility"),
        ({"tags": "sea"}, "tags"),
    ],
)
def test_what_does_not_fit_changes_nothing(
    alice: User,
    make_work: MakeWork,  # noqa: F811
    body: dict[str, object],
    field: str,
) -> None:
    work = make_work(alice)
    answer = change(alice, work.pk, favourite=True, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert field in answer.json()["fields"]
    work.refresh_from_db()
    assert (work.favourite, work.title, work.tags.count()) == (False, "", 0)


def test_bob_and_nobody_change_nothing_of_alices(alice: User, bob: User, make_work: MakeWork) -> None:  # noqa: F811
    work = make_work(alice, visibility="public")
    assert change(None, work.pk, title="mine").status_code == 401
    for body in ({"title": "mine"}, {"tags": ["x"]}, {"visibility": "private"}, {"saved": True}, {}):
        assert change(bob, work.pk, **body).json()["code"] == "not_found"
    assert change(alice, uuid.uuid4(), title="nothing").status_code == 404
    work.refresh_from_db()
    assert (work.title, work.visibility) == ("", "public")


def test_public_works_of_others_are_liked(alice: User, bob: User, make_work: MakeWork) -> None:  # noqa: F811
    work = make_work(alice, visibility="public")
    address = f"/api/v1/works/{work.pk}/like"
    assert as_(bob).put(address).json() == {"liked": True, "likes": 1}
    assert as_(bob).put(address).json() == {"liked": True, "likes": 1}
    assert as_(bob).delete(address).json() == {"liked": False, "likes": 0}
    assert as_(alice).put(address).json()["code"] == "not_found"
    assert as_(None).put(address).status_code == 401
    Work.objects.update(visibility="private")
    assert as_(bob).put(address).status_code == 404


def test_another_site_likes_nothing(alice: User, bob: User, make_work: MakeWork) -> None:  # noqa: F811
    work = make_work(alice, visibility="public")
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    assert client.put(f"/api/v1/works/{work.pk}/like").status_code == 403
