"""Who may sign up: everybody, the invited, nobody."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone, translation

from accounts import invitations
from accounts.models import Invitation, User

NEW = {
    "username": "carol",
    "email": "carol@example.org",
    "password1": "a long new secret",
    "password2": "a long new secret",
}


def signed_up(client: Any, **more: str) -> bool:
    client.post("/accounts/signup/", NEW | more)
    return User.objects.filter(username="carol").exists()


def test_closed_means_nobody(client, db, settings) -> None:
    settings.SIGNUP = "closed"
    assert "Sign-up is closed" in client.get("/accounts/signup/").content.decode()
    assert not signed_up(client, code=Invitation.objects.create().code)
    assert "/accounts/signup/" not in client.get("/").content.decode()


def test_invite_means_with_an_invitation_only(client, db, settings) -> None:
    settings.SIGNUP = "invite"
    assert "You need an invitation" in client.get("/accounts/signup/").content.decode()
    assert not signed_up(client) and not signed_up(client, code="nonsense")
    invitation = Invitation.objects.create(group=Group.objects.get(name="trusted"))
    page = client.get(f"/accounts/signup/?code={invitation.code}").content.decode()
    assert f'value="{invitation.code}"' in page
    assert signed_up(client, code=invitation.code.upper())
    assert [group.name for group in User.objects.get(username="carol").groups.all()] == ["trusted"]
    invitation.refresh_from_db()
    assert (invitation.used, invitation.is_usable) == (1, False)


@pytest.mark.parametrize("over", [{"uses": 1, "used": 1}, {"expires_at": timezone.now() - timedelta(seconds=1)}])
def test_an_invitation_that_is_used_up_or_over_lets_nobody_in(client, db, settings, over) -> None:
    settings.SIGNUP = "invite"
    invitation = Invitation.objects.create(**over)
    answer = client.post("/accounts/signup/", NEW | {"code": invitation.code})
    assert answer.context["form"].errors["code"] and not User.objects.exists()


def test_two_who_are_as_fast_as_each_other_make_one_account(client, db, settings, monkeypatch) -> None:
    settings.SIGNUP = "invite"
    invitation = Invitation.objects.create(used=1)
    monkeypatch.setattr(invitations, "find", lambda code: invitation)
    answer = client.post("/accounts/signup/", NEW | {"code": invitation.code}, follow=True)
    assert "has been used up" in answer.content.decode() and not User.objects.exists()


def test_where_sign_up_is_open_the_code_is_not_asked_for_but_counts(client, db) -> None:
    assert 'type="hidden" name="code"' in client.get("/accounts/signup/").content.decode()
    invitation = Invitation.objects.create(group=Group.objects.get(name="trusted"))
    assert signed_up(client, code=invitation.code)
    assert User.objects.get().groups.get().name == "trusted"


def test_the_language_of_the_sign_up_is_the_persons(client, db) -> None:
    client.cookies["django_language"] = "zh-hans"
    assert signed_up(client)
    assert User.objects.get().language == "zh-hans"
    translation.activate("en")


def test_production_invites_and_asks_staff_for_a_second_factor(tmp_path) -> None:
    import os
    import subprocess
    import sys

    names = ("SIGNUP", "STAFF_SECOND_FACTOR", "ACCOUNT_EMAIL_VERIFICATION")
    code = f"from config.settings import prod; print(*(getattr(prod, name) for name in {names}))"
    env = {k: v for k, v in os.environ.items() if not k.startswith(("BRUSHWIRE_SIGNUP", "ACCOUNT_"))}
    env |= {"SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "a.example", "BRUSHWIRE_VAR": str(tmp_path)}
    said = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True, timeout=180
    )
    assert said.stdout.split() == ["invite", "True", "mandatory"]


# Making invitations ---------------------------------------------------------------------------------------------


def test_a_moderator_makes_an_invitation_and_withdraws_it(client, mod) -> None:
    client.force_login(mod)
    form = {"uses": 3, "days": 7, "group": Group.objects.get(name="trusted").pk, "note": "for the choir"}
    answer = client.post("/account/invitations/", form, follow=True)
    made = Invitation.objects.get()
    assert (made.uses, made.note, made.made_by, made.group.name) == (3, "for the choir", mod, "trusted")
    assert f"http://testserver/accounts/signup/?code={made.code}" in answer.content.decode()
    client.post(f"/account/invitations/{made.pk}/withdraw/")
    assert not Invitation.objects.exists()


def test_nobody_invites_to_a_role_above_their_own(client, mod) -> None:
    client.force_login(mod)
    for name in ("moderator", "admin"):
        form = {"uses": 1, "days": 7, "group": Group.objects.get(name=name).pk}
        assert client.post("/account/invitations/", form).context["form"].errors["group"]
    page = client.get("/admin/accounts/invitation/add/").content.decode()
    assert ">trusted<" in page and ">admin<" not in page
    assert not Invitation.objects.exists()


def test_the_invitations_of_others_are_theirs(client, mod, alice) -> None:
    theirs = Invitation.objects.create(made_by=alice, note="a secret note")
    client.force_login(mod)
    assert "a secret note" not in client.get("/account/invitations/").content.decode()
    assert client.post(f"/account/invitations/{theirs.pk}/withdraw/").status_code == 404


def test_alice_and_nobody_cannot_invite(client, alice) -> None:
    assert client.get("/account/invitations/")["Location"].startswith("/accounts/login/")
    client.force_login(alice)
    assert client.get("/account/invitations/").status_code == 403
    assert client.post("/account/invitations/", {"uses": 1, "days": 1}).status_code == 403
    assert not Invitation.objects.exists()
