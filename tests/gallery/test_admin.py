"""The admin: staff look after works without reading what is private."""

import uuid

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import StaffAction, User
from gallery import files
from gallery.models import Work
from gallery.moderation import reports
from tests.gallery.conftest import MakeWork

pytestmark = pytest.mark.django_db
LIST = "/admin/gallery/work/"


@pytest.fixture
def staff(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


def pages(client: Client, work: Work) -> list[str]:
    addresses = (LIST, f"{LIST}{work.pk}/change/", f"{LIST}{work.pk}/history/")
    responses = [client.get(address) for address in addresses]
    assert [response.status_code for response in responses] == [200] * len(addresses)
    return [response.content.decode() for response in responses]


@pytest.mark.parametrize("visibility", ["private", "unlisted"])
def test_staff_read_nothing_of_works_that_are_not_public(
    alice: User, make_work: MakeWork, staff: Client, visibility: str
) -> None:
    work = make_work(alice, visibility=visibility, seed=987654321)
    for html in pages(staff, work):
        for secret in ("red boat", "小船", "fog", "987654321", "data:image", "/media/works/"):
            assert secret not in html
        assert str(work.pk) in html


def test_staff_see_public_works_hidden_or_not(alice: User, make_work: MakeWork, staff: Client) -> None:
    work = make_work(alice, visibility="public")
    for moderation in ("clear", "hidden"):
        Work.objects.update(moderation=moderation)
        for html in pages(staff, work)[:2]:
            assert "a red boat, 一只小船" in html
            assert "data:image/webp;base64," in html


def test_staff_change_nothing_by_the_form(alice: User, make_work: MakeWork, staff: Client) -> None:
    work = make_work(alice)
    form = {"moderation": "hidden", "visibility": "public", "prompt": "x", "owner": "1"}
    assert staff.post(f"{LIST}{work.pk}/change/", form).status_code == 403
    assert staff.post(f"{LIST}{work.pk}/delete/", {"post": "yes"}).status_code == 403
    work.refresh_from_db()
    assert (work.moderation, work.visibility, work.prompt) == ("clear", "private", "a red boat, 一只小船")


def test_staff_see_what_was_reported(alice: User, bob: User, make_work: MakeWork, staff: Client) -> None:
    work = make_work(alice)
    assert "a red boat" not in pages(staff, work)[0]
    with transaction.atomic():
        reports.report(bob, "192.0.2.1", alice, work, reason="hate", text="")
    assert all("a red boat" in html for html in pages(staff, work)[:2])


def test_works_are_taken_down_and_restored_with_a_reason(alice: User, make_work: MakeWork, staff: Client) -> None:
    works = [make_work(alice, visibility="public") for _ in range(2)]
    chosen = {"_selected_action": [str(work.pk) for work in works], "action": "take_down"}
    page = staff.post(LIST, chosen).content.decode()
    assert "It is recorded" in page and Work.objects.filter(moderation="clear").count() == 2
    assert "This field is required" in staff.post(LIST, chosen | {"why": "1", "reason": ""}).content.decode()
    assert staff.post(LIST, chosen | {"why": "1", "reason": "hate", "words": "No."}).status_code == 302
    assert Work.objects.filter(moderation="removed").count() == 2
    assert StaffAction.objects.filter(action="remove", why="No.").count() == 2
    staff.post(LIST, chosen | {"action": "restore", "why": "1"})
    assert Work.objects.filter(moderation="clear").count() == 2


def test_the_list_asks_the_same_few_queries_for_one_work_and_for_fifty(
    alice: User, make_work: MakeWork, staff: Client
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(LIST).status_code == 200
        return len(queries)

    make_work(alice, visibility="public")
    asked()
    few = asked()
    template = Work.objects.get()
    for n in range(60):
        template.pk, template.generation, template.index = uuid.uuid4(), uuid.uuid4(), n
        template.save(force_insert=True)
    assert asked() == few <= 10


@pytest.mark.parametrize(
    "probe", ["prompt__contains=boat", "seed=7", "recipe__icontains=boat", "owner__password__startswith=a"]
)
def test_the_address_cannot_be_used_to_guess_private_words(
    alice: User, make_work: MakeWork, staff: Client, probe: str
) -> None:
    make_work(alice)
    response = staff.get(f"{LIST}?{probe}")
    assert response.status_code in (302, 400)


def test_the_search_does_not_look_into_prompts(alice: User, make_work: MakeWork, staff: Client) -> None:
    work = make_work(alice)
    assert str(work.pk) not in staff.get(f"{LIST}?q=boat").content.decode()
    assert str(work.pk) in staff.get(f"{LIST}?q=alice").content.decode()
    assert str(work.pk) not in staff.get(f"{LIST}?q=ali").content.decode()
    assert str(work.pk) in staff.get(f"{LIST}?q={work.pk}").content.decode()


def test_filters_work(alice: User, make_work: MakeWork, staff: Client) -> None:
    work = make_work(alice)
    assert str(work.pk) in staff.get(f"{LIST}?visibility__exact=private&moderation__exact=clear").content.decode()
    assert str(work.pk) not in staff.get(f"{LIST}?visibility__exact=public").content.decode()


def test_a_missing_file_does_not_break_the_list(alice: User, make_work: MakeWork, staff: Client) -> None:
    work = make_work(alice, visibility="public")
    files.WORKS.path_of(work.files.get(role="thumb-320").sha256).unlink()
    assert "missing" in pages(staff, work)[0]


def test_the_admin_is_closed_to_alice_and_nobody(alice: User, make_work: MakeWork) -> None:
    make_work(alice)
    client = Client()
    assert client.get(LIST).status_code == 302
    client.force_login(alice)
    assert client.get(LIST).status_code == 302


def test_staff_manage_people(alice: User, staff: Client) -> None:
    assert "alice" in staff.get("/admin/accounts/user/").content.decode()
    assert staff.get(f"/admin/accounts/user/{alice.pk}/change/").status_code == 200
