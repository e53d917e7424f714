"""API keys: one secret opens what it was made for, until it is revoked, has expired, or its owner may not come in."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts import keys, standing
from accounts.models import ApiKey, StaffAction, User
from accounts.signals import access_revoked
from studio.words.errors import ERRORS

pytestmark = pytest.mark.django_db
HOME = "192.0.2.7"


def made(owner: User, *scopes: str, **wish: Any) -> tuple[ApiKey, str]:
    return keys.make(owner, keys.Wish("notebook", scopes or ("read",), **wish))


def refusal(secret: str, scope: str = "read", address: str = HOME) -> str:
    with pytest.raises(keys.KeyRefused) as refused:
        keys.find(secret, scope=scope, address=address)
    assert refused.value.code in ERRORS
    return refused.value.code


def test_the_secret_is_told_once_and_only_its_hash_is_kept(alice: User) -> None:
    key, secret = made(alice)
    assert secret.startswith(f"bw_{key.prefix}_") and len(secret) > 50
    row = ApiKey.objects.values().get()
    assert secret.rpartition("_")[2] not in str(row) and row["key_hash"] == keys.digest(secret)
    assert keys.find(secret, scope="read", address=HOME).owner == alice
    told = StaffAction.objects.get(action="key_create")
    assert told.actor_id == alice.pk and secret.rpartition("_")[2] not in str(told.after)


def test_what_is_no_secret_of_ours_opens_nothing(alice: User) -> None:
    _key, secret = made(alice)
    wrong = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    for each in (wrong, secret + "a", secret[3:], "", "bw__", "x" * 5000, secret.upper()):
        assert refusal(each) == "key_invalid"


def test_a_key_opens_only_its_scopes(alice: User) -> None:
    _key, secret = made(alice, "read")
    assert refusal(secret, "generate") == "key_scope"


def test_a_revoked_key_opens_nothing_and_its_sockets_are_closed(
    alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    key, secret = made(alice)
    closed: list[str] = []

    def hear(session_key: str, **rest: Any) -> None:
        closed.append(session_key)

    access_revoked.connect(hear)
    assert standing.living([key.socket_name]) == {key.socket_name}
    assert keys.revoke(key, alice) and not keys.revoke(key, alice)
    access_revoked.disconnect(hear)
    assert closed == [key.socket_name]
    assert refusal(secret) == "key_revoked"
    assert standing.living([key.socket_name]) == set()
    assert StaffAction.objects.filter(action="key_revoke").count() == 1


def test_nobody_learns_a_keys_state_from_its_prefix(alice: User) -> None:
    key, _secret = made(alice)
    keys.revoke(key, alice)
    assert refusal(f"bw_{key.prefix}_{'x' * 43}") == "key_invalid"


def test_an_expired_key_opens_nothing(alice: User) -> None:
    key, secret = made(alice, expires_at=timezone.now() + timedelta(days=1))
    ApiKey.objects.update(expires_at=timezone.now())
    assert refusal(secret) == "key_expired"
    assert standing.living([key.socket_name]) == set()


def test_a_key_is_bound_to_its_networks(alice: User) -> None:
    _key, secret = made(alice, addresses=["192.0.2.0/24", "2001:db8::1"])
    for home in (HOME, "2001:db8::1"):
        assert keys.find(secret, scope="read", address=home)
    for away in ("198.51.100.1", "2001:db8::2", ""):
        assert refusal(secret, address=away) == "key_address"


def test_a_key_of_somebody_who_may_not_come_in_opens_nothing(alice: User) -> None:
    key, secret = made(alice)
    standing.suspend(alice, None, "spam")
    assert refusal(secret) == "account_suspended" and not standing.living([key.socket_name])
    standing.lift(alice)
    alice.is_active = False
    alice.save()
    assert refusal(secret) == "account_closed"


def test_the_last_use_is_written_once_a_minute(alice: User, django_assert_num_queries: Any) -> None:
    key, secret = made(alice)
    with django_assert_num_queries(2):
        keys.find(secret, scope="read", address=HOME)
    with django_assert_num_queries(1):
        keys.find(secret, scope="read", address="198.51.100.1")
    key.refresh_from_db()
    assert key.used_from == HOME and key.used_at is not None


@pytest.mark.parametrize(
    ("field", "code", "wish"),
    [
        ("name", "required", {"name": "  "}),
        ("name", "too_long", {"name": "x" * 61}),
        ("scopes", "required", {"scopes": []}),
        ("scopes", "unknown", {"scopes": ["read", "admin"]}),
        ("expires_at", "past", {"expires_at": timezone.now()}),
        ("addresses", "bad_address", {"addresses": ["home"]}),
        ("addresses", "too_many", {"addresses": [HOME] * 21}),
    ],
)
def test_an_unfit_key_is_not_made(alice: User, field: str, code: str, wish: dict[str, Any]) -> None:
    with pytest.raises(keys.Unfit) as unfit:
        keys.make(alice, keys.Wish(**({"name": "x", "scopes": ["read"]} | wish)))
    assert (unfit.value.field, unfit.value.code) == (field, code)
    assert not ApiKey.objects.exists()


def test_a_key_never_makes_a_key_that_can_do_more(alice: User) -> None:
    soon = timezone.now() + timedelta(days=1)
    mother, _ = made(
        alice, "account", "read", model_names=["fake"], addresses=["192.0.2.0/24"], images_per_day=5, expires_at=soon
    )
    child, _ = keys.make(alice, keys.Wish("child", ["read"]), by=mother)
    assert (child.model_names, child.addresses) == (["fake"], ["192.0.2.0/24"])
    assert (child.images_per_day, child.expires_at) == (5, soon)
    more: list[tuple[str, dict[str, Any]]] = [
        ("scopes", {"scopes": ["read", "generate"]}),
        ("model_names", {"model_names": ["other"]}),
        ("addresses", {"addresses": ["192.0.0.0/16"]}),
        ("addresses", {"addresses": ["::1"]}),
        ("images_per_day", {"images_per_day": 6}),
        ("expires_at", {"expires_at": soon + timedelta(days=1)}),
    ]
    for field, wish in more:
        with pytest.raises(keys.Unfit) as unfit:
            keys.make(alice, keys.Wish(**({"name": "x", "scopes": ["read"]} | wish)), by=mother)
        assert (unfit.value.field, unfit.value.code) == (field, "more_than_own")


def test_one_has_so_many_keys_and_revoked_ones_do_not_count(alice: User, bob: User, settings: Any) -> None:
    settings.API_KEYS_PER_PERSON = 1
    key, _ = made(alice)
    with pytest.raises(keys.TooMany):
        made(alice)
    made(bob)
    keys.revoke(key, alice)
    made(alice)


def test_a_key_is_made_on_the_server_and_nothing_but_it_is_printed(alice: User) -> None:
    out = StringIO()
    call_command("create_key", "alice", "--scopes", "read,gallery", "--days", "3", "--images-per-day", "9", stdout=out)
    key = keys.find(out.getvalue().strip(), scope="gallery", address=HOME)
    assert (key.owner, key.scopes, key.images_per_day) == (alice, ["read", "gallery"], 9)
    out = StringIO()
    call_command("create_key", "alice", "--scopes", "all", stdout=out)
    assert keys.find(out.getvalue().strip(), scope="account", address=HOME)
    wrong = {
        "nobody": "There is nobody called nobody.",
        "alice --scopes admin": "scopes: There is no such thing to choose.",
        "alice --addresses home": "addresses: Write addresses",
        "alice --models no-such-model": "models: There is no such thing to choose.",
    }
    for given, told in wrong.items():
        with pytest.raises(CommandError, match=told):
            call_command("create_key", *given.split(), stdout=StringIO())


def test_the_admin_sees_keys_without_secrets_and_revokes_them(alice: User, mod: User) -> None:
    key, secret = made(alice)
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss", "boss@example.org", "x"))
    for page in ("/admin/accounts/apikey/", f"/admin/accounts/apikey/{key.pk}/change/"):
        shown = boss.get(page).content.decode()
        assert key.prefix in shown and key.key_hash not in shown and secret[-43:] not in shown
    form = {"action": "revoke", "_selected_action": [key.pk]}
    other = Client()
    other.force_login(mod)
    assert other.post("/admin/accounts/apikey/", form).status_code == 403
    boss.post("/admin/accounts/apikey/", form)
    assert refusal(secret) == "key_revoked"
    assert StaffAction.objects.get(action="key_revoke").actor == "boss"
