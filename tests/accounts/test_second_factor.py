"""The second factor: an app, recovery codes, and staff who must have one."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from accounts import secondfactor, standing
from accounts.models import User
from tests.conftest import PASSWORD


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


@pytest.fixture
def with_app(client, alice):
    """alice has set up an app; gives its secret."""
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    asked = client.get("/accounts/2fa/totp/activate/")["Location"]
    assert asked.startswith("/accounts/reauthenticate/"), "changing this takes the password once more"
    page = client.post(asked, {"password": PASSWORD}, follow=True).content.decode()
    assert 'src="data:image/svg+xml' in page
    found = re.search(r'id="authenticator_secret" value="(\w+)"', page)
    assert found
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(found[1])})
    assert answer.status_code == 302, answer.context["form"].errors
    client.post("/accounts/logout/")
    return found[1]


def test_the_password_alone_lets_nobody_in_any_more(client, with_app) -> None:
    answer = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/studio/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.get("/studio/").status_code == 302
    Authenticator.objects.filter(type="totp").update(last_used_at=None)
    client.post("/accounts/2fa/authenticate/", {"code": recovery_code()})
    assert client.get("/studio/").status_code == 200


def recovery_code() -> str:
    return Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]


def test_the_secrets_lie_encrypted_in_the_database(with_app) -> None:
    stored = str(Authenticator.objects.get(type="totp").data) + str(
        Authenticator.objects.get(type="recovery_codes").data
    )
    assert with_app not in stored


def test_a_changed_secret_key_still_opens_what_the_old_one_closed(settings) -> None:
    sealed = secondfactor.seal("words")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another " * 9
    assert secondfactor.unseal(sealed) == "words"


def test_staff_without_a_second_factor_have_no_powers_where_it_is_asked_for(client, mod, settings) -> None:
    client.force_login(mod)
    assert client.get("/admin/").status_code == 200
    settings.STAFF_SECOND_FACTOR = True
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/accounts/2fa/"
    assert client.get("/account/invitations/").status_code == 403
    assert not User.objects.get(pk=mod.pk).has_perm("accounts.suspend_user")
    Authenticator.objects.create(user=mod, type="totp", data={})
    assert client.get("/admin/").status_code == 200
    assert User.objects.get(pk=mod.pk).has_perm("accounts.suspend_user")


def test_recovery_codes_alone_are_no_second_factor(mod, settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    Authenticator.objects.create(user=mod, type="recovery_codes", data={})
    assert not secondfactor.suffices(mod)


def test_the_admin_has_no_log_in_of_its_own(client, alice, mod) -> None:
    answer = client.get("/admin/accounts/user/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")
    client.post("/admin/login/", {"username": "mod", "password": PASSWORD})
    assert client.get("/admin/").status_code == 302
    client.force_login(alice)
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/account/"


def test_a_suspended_person_is_told_why_and_until_when_but_only_they(client, alice) -> None:
    from datetime import UTC, datetime

    standing.suspend(alice, datetime(2126, 5, 4, 12, tzinfo=UTC), "You <b>spammed</b>.")
    right = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    page = right.content.decode()
    assert right.status_code == 403 and "You &lt;b&gt;spammed" in page and "2126" in page
    wrong = client.post("/accounts/login/", {"login": "alice", "password": "wrong"})
    assert "spammed" not in wrong.content.decode()
    assert client.get("/studio/").status_code == 302


def test_guessing_a_password_is_stopped_for_a_while(client, alice, bob, settings) -> None:
    from django.core.cache import cache

    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "60/m/ip,5/300s/key"}
    for _ in range(5):
        client.post("/accounts/login/", {"login": "alice", "password": "wrong"})
    answer = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert "Too many failed" in answer.content.decode()
    assert client.post("/accounts/login/", {"login": "bob", "password": PASSWORD}).status_code == 302


def test_one_address_can_try_only_so_often(client, db, settings) -> None:
    from django.core.cache import cache

    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
    codes = [client.post("/accounts/login/", {"login": "x", "password": "y"}).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
