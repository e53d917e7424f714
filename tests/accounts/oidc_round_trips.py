"""People come in by way of an OpenID provider: run by test_social.py in a process of its own, for allauth's apps of
other sites are loaded only where settings name one. Prints "ok" when everything was as it must be.
"""

import json
import os
import tempfile
import urllib.error
import urllib.request
from typing import Any
from unittest import mock

import django

from tests.stack import oidc

LOGIN = "/accounts/oidc/school/login/"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **options: Any) -> None:
        return None


def location(url: str) -> str:
    """Where the provider sends the browser."""
    try:
        urllib.request.build_opener(NoRedirect).open(url, timeout=60)
    except urllib.error.HTTPError as answer:
        return str(answer.headers["Location"])
    raise AssertionError("no redirect")


def come_in(provider: oidc.Provider, client: Any = None, **person: str) -> Any:
    """The whole way: our button, the provider's page, our callback. The last answer, with its `client`."""
    from django.test import Client

    client = client or Client()
    provider.person = {"sub": person["preferred_username"]} | person
    there = client.post(LOGIN)
    assert there.status_code == 302 and there["Location"].startswith(f"{provider.url}/authorize?"), there
    back = location(there["Location"])
    assert back.startswith(f"http://testserver{LOGIN}callback/?"), back
    answer = client.get(back.removeprefix("http://testserver"), follow=True)
    answer.client = client
    return answer


def who(answer: Any) -> str:
    from accounts.models import User

    key = answer.client.session.get("_auth_user_id")
    return User.objects.get(pk=key).username if key else ""


def everybody_where_signing_up_is_open(provider: oidc.Provider) -> None:
    from django.test import override_settings

    from accounts.models import User

    zoe = {"preferred_username": "zoe", "email": "zoe@school.example"}
    with override_settings(SIGNUP="open"):
        assert who(come_in(provider, **zoe)) == "zoe"
    for policy in ("open", "invite", "closed"):  # whoever has an account comes in by it again
        with override_settings(SIGNUP=policy):
            assert who(come_in(provider, **zoe)) == "zoe"
    assert User.objects.get().email == "zoe@school.example" and not User.objects.get().has_usable_password()


def only_the_invited_where_it_is_not(provider: oidc.Provider) -> None:
    from django.contrib.auth.models import Group
    from django.test import Client, override_settings

    from accounts.models import Invitation, User

    before = User.objects.count()
    yan, bo = ({"preferred_username": name, "email": f"{name}@school.example"} for name in ("yan", "bo"))
    for policy in ("invite", "closed"):
        with override_settings(SIGNUP=policy):
            answer = come_in(provider, **yan)
            assert not who(answer) and User.objects.count() == before, policy
    invitation = Invitation.objects.create(group=Group.objects.get(name="trusted"), uses=1)
    link = f"/accounts/signup/?code={invitation.code}"
    with override_settings(SIGNUP="invite"):
        invited, late = Client(), Client()
        for client in (invited, late):
            assert client.get(link).status_code == 200
        with mock.patch("accounts.invitations.redeem", return_value=False):  # as if others had been faster just now
            answer = come_in(provider, invited, **yan)
            assert not who(answer) and "has been used up" in answer.content.decode()
            assert not User.objects.filter(username="yan").exists()
        assert invited.get(link).status_code == 200
        assert who(come_in(provider, invited, **yan)) == "yan"
        assert not who(come_in(provider, late, **bo)), "it was for one"
    assert User.objects.count() == before + 1
    assert list(User.objects.get(username="yan").groups.values_list("name", flat=True)) == ["trusted"]
    with override_settings(SIGNUP="closed"):
        client = Client()
        client.get(link)
        assert not who(come_in(provider, client, **bo))


def nobody_takes_over_an_account_or_comes_in_with_a_strange_token(provider: oidc.Provider) -> None:
    from django.test import Client, override_settings

    from accounts import standing
    from accounts.models import User

    User.objects.create_user("alice", "alice@example.org", "correct horse battery")
    with override_settings(SIGNUP="open"):
        assert not who(come_in(provider, preferred_username="eve", email="alice@example.org"))
        provider.audience = "another client"
        assert not who(come_in(provider, preferred_username="eve", email="eve@school.example"))
        provider.audience = oidc.CLIENT
        assert Client().get(f"{LOGIN}callback/?code=x&state=y").status_code in (200, 401, 403)
        assert not User.objects.filter(username="eve").exists()
        standing.suspend(User.objects.get(username="zoe"), None, "spam")
        answer = come_in(provider, preferred_username="zoe", email="zoe@school.example")
        assert answer.status_code == 403 and not who(answer), "suspended"


def a_name_that_must_not_be_is_not_given(provider: oidc.Provider) -> None:
    from django.test import override_settings

    from gallery.models import PromptRule

    PromptRule.objects.create(pattern="heffalump*", action="block", category="hate")
    with override_settings(SIGNUP="open"):
        name = who(come_in(provider, preferred_username="heffalump", email="pooh@school.example"))
    assert name and "heffalump" not in name, name


def main() -> None:
    with oidc.provider() as provider, tempfile.TemporaryDirectory() as folder:
        app = {"provider_id": "school", "name": "Our school", "client_id": oidc.CLIENT, "secret": oidc.SECRET}
        providers = {"openid_connect": {"APPS": [app | {"settings": {"server_url": provider.url}}]}}
        os.environ |= {
            "BRUSHWIRE_LOGIN_PROVIDERS": json.dumps(providers),
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        }
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        everybody_where_signing_up_is_open(provider)
        only_the_invited_where_it_is_not(provider)
        nobody_takes_over_an_account_or_comes_in_with_a_strange_token(provider)
        a_name_that_must_not_be_is_not_given(provider)
    print("ok")


if __name__ == "__main__":
    main()
