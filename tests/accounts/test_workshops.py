"""Workshops: made by teachers, joined with a code, frozen, ended; and what others cannot do with them."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from accounts import workshops
from accounts.limits import limits_of
from accounts.models import LoginSession, User, Workshop
from studio.commands import generations, live
from studio.models import Archive, Generation, State
from studio.protocol import Submit
from studio.queue import lifecycle
from studio.words.errors import Refused

NAMES = {"username": "zoe", "password1": "paper and ink", "password2": "paper and ink"}


def end(workshop: Workshop, **ago: int) -> None:
    workshop.ends_at = timezone.now() - timedelta(**ago)
    workshop.save()
    workshops.changed(workshop)


def submit(user: User) -> Generation:
    params = {"prompt": "x", "steps": 2, "width": 64, "height": 64}
    return generations.submit(
        user, Submit(type="submit", id=uuid4().hex, tool="text_to_image", model="fake", params=params)
    )


# Making one -----------------------------------------------------------------------------------------------------


def test_a_teacher_makes_a_workshop(client, teacher) -> None:
    client.force_login(teacher)
    form = {"name": "Class 4b", "seats": 20, "days": 3, "images": 5000}
    assert client.post("/workshops/", form).context["form"].errors["images"]
    page = client.post("/workshops/", form | {"images": 40}, follow=True).content.decode()
    made = Workshop.objects.get()
    assert (made.teacher, made.group.role.images_per_day, made.group.role.alone) == (teacher, 40, True)
    assert f"/join/{made.code}/" in page and 'src="data:image/svg+xml;base64,' in page


def test_alice_and_nobody_run_no_workshop(client, alice, workshop) -> None:
    paths = ["/workshops/", f"/workshops/{workshop.pk}/", f"/workshops/{workshop.pk}/freeze/"]
    for path in paths:
        assert client.post(path).status_code in (302, 405)
    client.force_login(alice)
    assert [client.post(path).status_code for path in paths] == [403, 405, 403]
    assert client.get(f"/workshops/{workshop.pk}/").status_code == 403
    assert Workshop.objects.count() == 1 and not Workshop.objects.get().frozen


def test_another_teachers_workshop_does_not_exist(client, bob, workshop, zoe) -> None:
    bob.groups.add(Group.objects.get(name="trusted"))
    client.force_login(bob)
    here = f"/workshops/{workshop.pk}"
    posts = ["change", "freeze", "print", "export", f"people/{zoe.pk}/password", f"people/{zoe.pk}/remove"]
    assert client.get(f"{here}/").status_code == client.get(f"{here}/wall/").status_code == 404
    assert {client.post(f"{here}/{path}/").status_code for path in posts} == {404}
    assert User.objects.get(pk=zoe.pk).is_active and not Archive.objects.exists()


def test_an_admin_looks_after_every_workshop(client, alice, workshop) -> None:
    alice.groups.add(Group.objects.get(name="admin"))
    client.force_login(alice)
    assert client.get(f"/workshops/{workshop.pk}/").status_code == 200


# Coming in ------------------------------------------------------------------------------------------------------


def test_somebody_comes_in_with_the_code_and_without_an_address(client, workshop, settings) -> None:
    settings.SIGNUP = "closed"
    assert client.post("/join/", {"code": workshop.code.upper()})["Location"] == f"/join/{workshop.code}/"
    page = client.get(f"/join/{workshop.code}/").content.decode()
    assert "Your teacher sees everything" in page
    assert client.post(f"/join/{workshop.code}/", NAMES)["Location"] == "/studio/"
    zoe = User.objects.get(username="zoe")
    assert (zoe.email, zoe.workshop, limits_of(zoe).images_per_day) == ("", workshop, 30)
    assert client.get("/studio/").status_code == 200
    assert "Its teacher sees everything" in client.get("/account/").content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "TEACHER"}, "username"),
        ({"username": "a b<c>"}, "username"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"password2": "another one here"}, "password2"),
    ],
)
def test_a_bad_name_or_password_is_told(client, workshop, change, field) -> None:
    assert client.post(f"/join/{workshop.code}/", NAMES | change).context["form"].errors[field]
    assert not User.objects.filter(workshop=workshop).exists()


def test_a_wrong_code_leads_nowhere(client, db) -> None:
    assert client.get("/join/nonsense/").status_code == 404
    assert client.post("/join/", {"code": "nonsense"}).context["form"].errors["code"]


def test_a_full_or_ended_workshop_takes_nobody(client, workshop, zoe) -> None:
    workshops.join(workshop, "yan", "paper and ink")
    answer = client.post(f"/join/{workshop.code}/", NAMES | {"username": "xia"})
    assert "no free place" in answer.content.decode()
    Workshop.objects.update(seats=9)
    end(workshop, hours=1)
    assert "is over" in client.get(f"/join/{workshop.code}/").content.decode()
    client.post(f"/join/{workshop.code}/", NAMES | {"username": "xia"})
    assert not User.objects.filter(username="xia").exists()


def test_whoever_has_an_account_is_not_given_a_second_one_by_accident(client, alice, workshop) -> None:
    client.force_login(alice)
    assert "Log out first" in client.get(f"/join/{workshop.code}/").content.decode()
    client.post(f"/join/{workshop.code}/", NAMES)
    assert not User.objects.filter(username="zoe").exists()


def test_accounts_are_printed_once_and_open_the_door(client, workshop, teacher) -> None:
    client.force_login(teacher)
    page = client.post(f"/workshops/{workshop.pk}/print/", {"number": 2}).content.decode()
    slips = re.findall(r'<dd class="code">([^<]+)</dd>', page)
    assert len(slips) == 4 and slips[0] == f"{workshop.code}-01"
    assert Client().login(username=slips[2], password=slips[3])
    assert slips[1] not in client.get(f"/workshops/{workshop.pk}/").content.decode()
    assert (
        "not so many free places"
        in client.post(f"/workshops/{workshop.pk}/print/", {"number": 1}, follow=True).content.decode()
    )
    assert (
        "Between 1 and 40"
        in client.post(f"/workshops/{workshop.pk}/print/", {"number": 41}, follow=True).content.decode()
    )
    assert workshops.people(workshop).count() == 2


# Looking after it -----------------------------------------------------------------------------------------------


def test_freezing_refuses_new_pictures_and_leaves_waiting_ones_waiting(client, teacher, workshop, zoe, models) -> None:
    waiting = submit(zoe)
    client.force_login(teacher)
    client.post(f"/workshops/{workshop.pk}/freeze/", {"frozen": "1"})
    with pytest.raises(Refused) as refused:
        submit(zoe)
    assert refused.value.code == "workshop_frozen"
    assert lifecycle.claim("gpu") is None
    client.post(f"/workshops/{workshop.pk}/freeze/", {"frozen": "0"})
    assert lifecycle.claim("gpu").pk == waiting.pk
    submit(zoe)


def test_freezing_reaches_live_drawing_that_was_admitted_before(workshop, zoe, models) -> None:
    ask = ("text_to_image", "fake", "draft", '{"prompt": "x"}', 0)
    live._admit(zoe.pk, *ask)
    workshops.freeze(workshop, True)
    live.forget_admitted()  # what the news limits_changed does in each web process
    with pytest.raises(Refused) as refused:
        live._admit(zoe.pk, *ask)
    assert refused.value.code == "workshop_frozen"


@pytest.mark.django_db(transaction=True)
def test_everybody_in_it_is_told_that_their_limits_changed(workshop, zoe) -> None:
    from accounts.signals import limits_changed

    told = []

    def note(user_ids: list[int], **rest: object) -> None:
        told.append(user_ids)

    limits_changed.connect(note)
    workshops.freeze(workshop, True)
    limits_changed.disconnect(note)
    assert told == [[zoe.pk]]


def test_others_go_on_while_a_workshop_is_frozen(workshop, zoe, alice, models) -> None:
    submit(zoe)
    workshops.freeze(workshop, True)
    assert submit(alice).pk == lifecycle.claim("gpu").pk
    assert Generation.objects.get(owner=zoe).state == State.QUEUED


def test_after_the_end_no_pictures_and_after_the_grace_no_log_in(client, workshop, zoe, models, settings) -> None:
    client.force_login(zoe)
    end(workshop, hours=1)
    with pytest.raises(Refused) as refused:
        submit(zoe)
    assert refused.value.code == "workshop_over"
    assert client.get("/gallery/").status_code == 200
    settings.WORKSHOP_GRACE = 60
    workshops.changed(workshop)
    assert client.get("/gallery/").status_code == 302
    answer = client.post("/accounts/login/", {"login": "zoe", "password": "paper and ink"})
    assert answer.status_code == 403 and "Class 4b" in answer.content.decode()
    assert workshops.close_over() == 1 and not LoginSession.objects.filter(user=zoe).exists()


def test_a_workshop_goes_on_longer(client, teacher, workshop) -> None:
    client.force_login(teacher)
    client.post(f"/workshops/{workshop.pk}/change/", {"name": "Class 5b", "seats": 12, "days": 9})
    workshop.refresh_from_db()
    assert (workshop.name, workshop.seats) == ("Class 5b", 12)
    assert workshop.ends_at > timezone.now() + timedelta(days=8)
    answer = client.post(f"/workshops/{workshop.pk}/change/", {"name": "", "seats": 0, "days": 0})
    assert set(answer.context["form"].errors) == {"name", "seats", "days"}


def test_the_teacher_sets_a_new_password_and_closes_accounts(client, teacher, workshop, zoe) -> None:
    hers = Client()
    hers.force_login(zoe)
    client.force_login(teacher)
    page = client.post(f"/workshops/{workshop.pk}/people/{zoe.pk}/password/").content.decode()
    password = re.findall(r'<dd class="code">([^<]+)</dd>', page)[1]
    assert hers.get("/studio/").status_code == 302 and hers.login(username="zoe", password=password)
    client.post(f"/workshops/{workshop.pk}/people/{zoe.pk}/remove/")
    assert hers.get("/studio/").status_code == 302 and not hers.login(username="zoe", password=password)
    assert client.post(f"/workshops/{workshop.pk}/people/{zoe.pk}/password/").status_code == 404


def test_the_teacher_has_no_power_over_others(client, teacher, workshop, alice) -> None:
    client.force_login(teacher)
    for act in ("password", "remove"):
        assert client.post(f"/workshops/{workshop.pk}/people/{alice.pk}/{act}/").status_code == 404


def test_what_an_administrator_changes_of_a_workshop_is_recorded_and_reaches_its_people(client, workshop, zoe) -> None:
    from accounts.models import StaffAction

    client.force_login(User.objects.create_superuser("root"))
    path = f"/admin/accounts/workshop/{workshop.pk}/change/"
    assert client.get(path).status_code == 200 and client.get("/admin/accounts/workshop/").status_code == 200
    later = timezone.now() + timedelta(days=40)
    form = {"name": "Class 9", "teacher": workshop.teacher_id, "seats": 5, "frozen": "on"}
    form |= {"ends_at_0": later.date().isoformat(), "ends_at_1": "12:00:00", "_why": "longer"}
    assert client.post(path, form).status_code == 302
    zoe.refresh_from_db()
    assert zoe.closes_at > timezone.now() + timedelta(days=50) and limits_of(zoe).stopped == "workshop_frozen"
    assert StaffAction.objects.filter(target_kind="accounts.workshop").exists()
