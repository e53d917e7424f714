"""Coming in and going out: sign-up, log-in, log-out, a forgotten password, in both languages."""

import re

import pytest

from accounts.models import User
from tests.conftest import PASSWORD

NEW = {
    "username": "carol",
    "email": "carol@example.org",
    "password1": "a long new secret",
    "password2": "a long new secret",
}


def test_a_new_person_signs_up_and_is_in_the_studio(client, db) -> None:
    answer = client.post("/accounts/signup/", NEW)
    assert (answer.status_code, answer["Location"]) == (302, "/studio/")
    assert User.objects.get().username == "carol"
    assert client.get("/studio/").status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "alice"}, "username"),
        ({"username": ""}, "username"),
        ({"email": "nonsense"}, "email"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"password1": "1234567890", "password2": "1234567890"}, "password1"),
        ({"password2": "something else"}, "password2"),
    ],
)
def test_a_bad_sign_up_says_what_is_wrong_and_makes_nobody(client, alice, change, field) -> None:
    answer = client.post("/accounts/signup/", NEW | change)
    assert answer.status_code == 200 and answer.context["form"].errors[field]
    assert User.objects.count() == 1


@pytest.mark.parametrize("login", ["alice", "alice@example.org"])
def test_alice_logs_in_by_name_or_mail(client, alice, login) -> None:
    answer = client.post("/accounts/login/", {"login": login, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/studio/")


def test_a_wrong_password_tells_nothing_about_who_exists(client, alice) -> None:
    wrong = client.post("/accounts/login/", {"login": "alice", "password": "x"}).context["form"].errors
    unknown = client.post("/accounts/login/", {"login": "nobody", "password": "x"}).context["form"].errors
    assert wrong == unknown


def test_log_in_never_sends_people_to_another_site(client, alice) -> None:
    form = {"login": "alice", "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post("/accounts/login/", form)["Location"] == "/studio/"


def test_logging_out_takes_a_post_and_ends_it(client, alice) -> None:
    client.force_login(alice)
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/studio/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/studio/")["Location"].startswith("/accounts/login/")


def test_a_forgotten_password_is_set_anew_by_mail(client, alice, mailoutbox) -> None:
    client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    (mail,) = mailoutbox
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mail.body)
    assert link
    page = client.get(link[1], follow=True)
    form = {"password1": "a long new secret", "password2": "a long new secret"}
    client.post(page.redirect_chain[-1][0], form)
    assert client.login(username="alice", password="a long new secret")
    assert not client.login(username="alice", password=PASSWORD)


def test_a_reset_for_an_unknown_mail_looks_the_same(client, alice) -> None:
    known = client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_the_language_is_kept_in_a_cookie(client, db) -> None:
    answer = client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"}, follow=True)
    assert 'lang="zh-hans"' in answer.content.decode()


@pytest.mark.parametrize("path", ["/studio/", "/gallery/"])
def test_nobody_is_sent_to_log_in(client, db, path) -> None:
    assert client.get(path)["Location"] == f"/accounts/login/?next={path}"


def test_only_staff_sees_the_admin(client, alice, mod) -> None:
    client.force_login(alice)
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    client.force_login(mod)
    assert client.get("/admin/").status_code == 200


def test_logging_in_works_while_redis_is_away(client, alice, settings, redis_server) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "5/300s/key"}
    redis_server.stop(kill=True)
    try:
        answer = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    finally:
        redis_server.start()
    assert answer.status_code == 302
