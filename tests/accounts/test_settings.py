"""The pages about one's account: settings, where one is logged in."""

from django.test import Client

from accounts.devices import device_in_words
from accounts.models import LoginSession, User
from tests.conftest import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_alice_says_who_she_is_and_in_which_language(client, alice) -> None:
    client.force_login(alice)
    answer = client.post("/account/", {"language": "zh-hans", "about": "I draw boats."})
    assert (answer.status_code, answer.cookies["django_language"].value) == (302, "zh-hans")
    her = User.objects.get(pk=alice.pk)
    assert (her.about, her.language, her.embed_prompt) == ("I draw boats.", "zh-hans", False)
    client.post("/account/", {"language": "", "about": "", "embed_prompt": "on"})
    her.refresh_from_db()
    assert (her.about, her.language, her.embed_prompt) == ("", "", True)


def test_bad_settings_change_nothing(client, alice) -> None:
    client.force_login(alice)
    answer = client.post("/account/", {"language": "xx", "about": "x" * 501})
    assert set(answer.context["form"].errors) == {"language", "about"}
    assert not User.objects.get(pk=alice.pk).about


def test_a_new_device_speaks_the_persons_language(client, alice) -> None:
    User.objects.filter(pk=alice.pk).update(language="zh-hans")
    answer = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert answer.cookies["django_language"].value == "zh-hans"


def test_nobody_sees_an_account(client, db) -> None:
    for path in ("/account/", "/account/sessions/"):
        assert client.get(path)["Location"].startswith("/accounts/login/")
    assert client.post("/account/sessions/end/")["Location"].startswith("/accounts/login/")


def test_devices_have_names_that_people_know() -> None:
    assert device_in_words(FIREFOX) == "Firefox on Linux"
    assert (
        device_in_words("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/605")
        == "Safari on iPhone"
    )
    assert device_in_words("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0") == "Edge on Windows"
    assert device_in_words("curl/8") == "Unknown device"


def logged_in(name: str, agent: str) -> Client:
    client = Client(headers={"user-agent": agent})
    client.post("/accounts/login/", {"login": name, "password": PASSWORD})
    return client


def test_alice_sees_where_she_is_logged_in_and_ends_it(alice, bob) -> None:
    here, there = logged_in("alice", FIREFOX), logged_in("alice", "Mozilla/5.0 (iPad) Safari/605")
    logged_in("bob", "Mozilla/5.0 (Windows NT 10.0) OPR/99")
    page = here.get("/account/sessions/")
    html = page.content.decode()
    assert "Firefox on Linux" in html and "Safari on iPad" in html and "Opera" not in html
    keys = LoginSession.objects.values_list("session_key", flat=True)
    assert not [key for key in keys if key in html], "the key itself opens the account"
    mine, other = page.context["devices"]
    assert mine.here and not other.here
    here.post("/account/sessions/end/", {"session": other.name})
    assert there.get("/studio/").status_code == 302 and here.get("/studio/").status_code == 200


def test_all_others_end_with_one_press(alice, bob) -> None:
    here, there, his = logged_in("alice", FIREFOX), logged_in("alice", FIREFOX), logged_in("bob", FIREFOX)
    here.post("/account/sessions/end/")
    assert [c.get("/studio/").status_code for c in (here, there, his)] == [200, 302, 200]


def test_bob_cannot_end_what_is_not_his(alice, bob) -> None:
    hers, his = logged_in("alice", FIREFOX), logged_in("bob", FIREFOX)
    name = hers.get("/account/sessions/").context["devices"][0].name
    assert his.post("/account/sessions/end/", {"session": name}).status_code == 404
    assert hers.get("/studio/").status_code == 200
