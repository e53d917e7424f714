"""Other servers in the admin: their secrets are written and never seen, and only allowed hosts can be named."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import StaffAction, User
from studio import tasks
from studio.models import Model, Server

PAGE = "/admin/studio/server/"
FORM = {
    "name": "gpu", "kind": "openai_images", "dialect": "xinference", "base_url": "http://gpu.example:9997/v1",
    "timeout": "600", "at_once": "2", "weight": "1", "enabled": "on", "secret": "k3y-nobody-sees",
}  # fmt: skip


@pytest.fixture(autouse=True)
def looked(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Which servers a worker was asked to look at."""
    settings.ENGINE_ALLOWED_HOSTS = ["gpu.example", "other.example"]
    asked: list[list[int]] = []
    monkeypatch.setattr(tasks, "look_soon", asked.append)
    return asked


@pytest.fixture
def root(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", "root@example.org", "correct horse battery"))
    return client


def test_server_is_added_looked_at_and_its_secret_never_shown(root: Client, looked: list[list[int]]) -> None:
    assert root.post(f"{PAGE}add/", FORM).status_code == 302
    server = Server.objects.get()
    assert server.secret == "k3y-nobody-sees" and looked == [[server.pk]]
    assert "k3y" not in server.secret_sealed
    for path in (PAGE, f"{PAGE}{server.pk}/change/", f"{PAGE}{server.pk}/history/"):
        page = root.get(path).content.decode()
        assert "k3y-nobody-sees" not in page and server.secret_sealed not in page
    told = StaffAction.objects.get(action="admin_add")
    assert "k3y" not in str(told.after) and server.secret_sealed not in str(told.after)


def test_each_kind_of_server_speaks_its_own_dialects(root: Client) -> None:
    shapes = {"kind": "mesh_http", "base_url": "http://gpu.example:8000"}
    for fields, fits in [
        (shapes | {"dialect": "tasks"}, True), (shapes | {"dialect": "piapi", "name": "p"}, True),
        (shapes | {"dialect": "xinference", "name": "x"}, False), ({"dialect": "piapi", "name": "o"}, False),
    ]:  # fmt: skip
        answer = root.post(f"{PAGE}add/", FORM | fields)
        assert (answer.status_code == 302) is fits
        assert fits or b"speaks one of these" in answer.content
    assert set(Server.objects.values_list("name", "dialect")) == {("gpu", "tasks"), ("p", "piapi")}


def test_empty_secret_keeps_it_and_another_address_drops_it(root: Client) -> None:
    root.post(f"{PAGE}add/", FORM)
    change = f"{PAGE}{Server.objects.get().pk}/change/"
    assert root.post(change, FORM | {"secret": "", "weight": "3"}).status_code == 302
    assert (Server.objects.get().secret, Server.objects.get().weight) == ("k3y-nobody-sees", 3.0)
    Server.objects.update(failures=7, offers=["x"], last_error="engine_error")
    root.post(change, FORM | {"secret": "", "base_url": "http://other.example"})
    server = Server.objects.get()
    assert (server.secret, server.failures, server.offers, server.last_error) == ("", 0, [], "")
    root.post(change, FORM | {"base_url": "http://other.example"})
    root.post(change, FORM | {"secret": "", "no_secret": "on", "base_url": "http://other.example"})
    assert Server.objects.get().secret == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/v1", "http://169.254.169.254/", "http://127.0.0.1:9997", "http://localhost", "gpu.example",
        "ftp://gpu.example", "http://me:pw@gpu.example", "http://gpu.example:99999", "http://gpu.example/?key=1", "http://[::1",
    ],
)  # fmt: skip
def test_address_that_may_not_be_reached_is_refused_with_what_to_do(root: Client, url: str) -> None:
    answer = root.post(f"{PAGE}add/", FORM | {"base_url": url})
    assert answer.status_code == 200 and not Server.objects.exists()
    if url.startswith("http://evil"):
        assert "BRUSHWIRE_ENGINE_HOSTS" in answer.content.decode()


def test_look_is_asked_of_a_worker_and_recorded(root: Client, looked: list[list[int]]) -> None:
    root.post(f"{PAGE}add/", FORM)
    server = Server.objects.get()
    answer = root.post(PAGE, {"action": "look", "_selected_action": [server.pk]}, follow=True)
    assert "A worker is looking at it." in answer.content.decode()
    assert looked == [[server.pk]] * 2 and StaffAction.objects.filter(action="server_look").count() == 1


def test_health_is_told_in_words(root: Client) -> None:
    from datetime import timedelta

    from django.utils import timezone

    root.post(f"{PAGE}add/", FORM)
    now = timezone.now()
    for state, words in (
        ({}, "not looked at yet"),
        ({"last_ok_at": now}, ">well<"),
        ({"last_error": "engine_busy", "last_error_at": now + timedelta(seconds=1)}, ">busy<"),
        ({"last_error": "engine_unreachable", "failures": 2}, ">cannot be reached<"),
        ({"failures": 5, "open_until": now + timedelta(minutes=1)}, "left alone for now: cannot be reached"),
    ):
        Server.objects.update(**state)
        assert words in root.get(PAGE).content.decode()


def test_server_that_a_model_needs_stays(root: Client) -> None:
    root.post(f"{PAGE}add/", FORM)
    server = Server.objects.get()
    Model.objects.create(name="z", title="Z", engine="openai_images", family="z_image", source="z", server=server)
    assert root.post(f"{PAGE}{server.pk}/delete/", {"post": "yes"}).status_code in (200, 403)
    assert Server.objects.exists()


def test_nobody_else_gets_there(client: Client, alice: User, mod: User) -> None:
    Server.objects.create(name="gpu", kind="openai_images", base_url="http://gpu.example")
    assert client.get(PAGE).status_code == 302
    client.force_login(alice)
    assert client.get(PAGE).status_code == 302
    client.force_login(mod)
    assert client.get(PAGE).status_code in (302, 403)
