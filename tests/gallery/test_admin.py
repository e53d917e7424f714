"""The admin: staff look after works without reading what is private."""

import pytest
from django.test import Client

from accounts.models import User
from gallery import files
from gallery.models import Work
from tests.gallery.conftest import MakeWork

pytestmark = pytest.mark.django_db
LIST = "/admin/gallery/work/"


@pytest.fixture
def staff(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


def pages(client: Client, work: Work) -> list[str]:
    addresses = (LIST, f"{LIST}{work.pk}/change/", f"{LIST}{work.pk}/delete/", f"{LIST}{work.pk}/history/")
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


def test_staff_hide_a_work_and_change_nothing_else(alice: User, make_work: MakeWork, staff: Client) -> None:
    work = make_work(alice)
    staff.post(
        f"{LIST}{work.pk}/change/", {"moderation": "hidden", "visibility": "public", "prompt": "x", "owner": "1"}
    )
    work.refresh_from_db()
    assert (work.moderation, work.visibility, work.prompt) == ("hidden", "private", "a red boat, 一只小船")


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
