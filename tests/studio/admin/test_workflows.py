"""Workflow templates in the admin: read strictly, filled in where the graph tells, held against servers by a worker."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import StaffAction, User
from studio import tasks
from studio.engines import health
from studio.engines.comfyui import library
from studio.models import Server, Workflow
from tests.servers.comfyui import ComfyServer, comfy_server

PAGE = "/admin/studio/workflow/"


def document(name: str = "text-to-image") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((library.FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def form(**changes: Any) -> dict[str, Any]:
    ours = document()
    filled = {
        "title": "Mine", "name": "mine", "tools": ["text_to_image"], "preset": "", "family": "", "enabled": "on",
        "graph": json.dumps(ours["graph"]), "slots": "", "result": "",
    }  # fmt: skip
    return filled | changes


@pytest.fixture(autouse=True)
def checked(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Which workflows a worker was asked to look at."""
    asked: list[list[int]] = []
    monkeypatch.setattr(tasks, "check_workflows_soon", asked.append)
    return asked


@pytest.fixture
def root(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", "root@example.org", "correct horse battery"))
    return client


@pytest.fixture
def server(settings: Any) -> Iterator[ComfyServer]:
    settings.ENGINE_ALLOWED_HOSTS = ["127.0.0.1"]
    with comfy_server() as server:
        Server.objects.create(name="one", kind="comfyui", base_url=server.url)
        yield server


@pytest.mark.parametrize("name", sorted(library.shipped()))
def test_slots_and_result_are_told_by_the_graph(root: Client, checked: list[list[int]], name: str) -> None:
    ours = document(name)
    said = form(tools=ours["tools"], graph=json.dumps(ours["graph"]), preset=ours.get("preset", ""))
    answer = root.post(f"{PAGE}add/", said)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = Workflow.objects.get()
    assert (row.slots, row.result) == (ours["slots"], ours["result"]) and checked == [[row.pk]]
    assert StaffAction.objects.filter(action="admin_add").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"graph": "{"}, "no JSON"),
        ({"graph": '{"1": 1, "1": 2}'}, "no JSON"),
        ({"graph": '{"a": NaN}'}, "no JSON"),
        ({"graph": '"' + "x" * 300_000 + '"'}, "larger than 256 kB"),
        ({"graph": '{"nodes": [], "links": []}'}, "API format"),
        ({"graph": '{"1": {"class_type": "a\\u0000", "inputs": {}}}'}, "cannot be kept"),
        ({"graph": '{"1": {"class_type": "A", "inputs": {"x": ["2", 0]}}}'}, "node 2, which does not exist"),
        ({"slots": '{"prompt": "99.text"}'}, "node 99, which does not exist"),
        ({"slots": '{"mood": "6.text"}'}, "no slot mood"),
        ({"tools": ["inpaint"]}, "needs these slots as well"),
        ({"tools": ["sculpt"]}, "not one of the available choices"),
        ({"result": "99"}, "result must name one of its nodes"),
        ({"name": "text-to-image"}, "comes with the studio"),
        ({"family": "a b"}, "Enter a valid value"),
    ],
)
def test_template_that_is_none_is_refused_in_words(root: Client, changes: dict[str, Any], words: str) -> None:
    answer = root.post(f"{PAGE}add/", form(**changes))
    assert answer.status_code == 200 and words in answer.content.decode()
    assert not Workflow.objects.exists()


def test_new_one_may_begin_as_one_of_ours(root: Client) -> None:
    page = root.get(f"{PAGE}add/").content.decode()
    assert f"{PAGE}add/?start=inpaint" in page
    page = root.get(f"{PAGE}add/?start=inpaint").content.decode()
    assert "SetLatentNoiseMask" in page and "SetLatentNoiseMask" not in root.get(f"{PAGE}add/?start=x").content.decode()


def test_what_a_server_lacks_stands_on_the_page_in_words(root: Client, server: ComfyServer) -> None:
    server.missing.add("KSampler")
    root.post(f"{PAGE}add/", form())
    row = Workflow.objects.get()
    assert "not looked at yet" in root.get(PAGE).content.decode()
    Server.objects.create(name="gone", kind="comfyui", base_url="http://127.0.0.1:9")
    health.check_workflows([row.pk])
    page = root.get(f"{PAGE}{row.pk}/change/").content.decode()
    assert "Node 3: it does not have the class KSampler." in page and "cannot be reached" in page
    assert "something is missing at gone, one" in root.get(PAGE).content.decode()
    server.missing.clear()
    Server.objects.filter(name="gone").delete()
    health.check_workflows([row.pk])
    assert "all is there" in root.get(PAGE).content.decode()
    root.post(f"{PAGE}{row.pk}/change/", form(title="Other"))
    assert "not looked at yet" in root.get(PAGE).content.decode(), "what was found was of another graph"


def test_action_has_them_looked_at_and_is_recorded(root: Client, checked: list[list[int]]) -> None:
    root.post(f"{PAGE}add/", form())
    row = Workflow.objects.get()
    root.post(PAGE, {"action": "look", "_selected_action": [row.pk]})
    assert checked[-1] == [row.pk] and StaffAction.objects.filter(action="workflow_check").count() == 1


def test_nobody_else_gets_there(db: None, client: Client, alice: User, mod: User) -> None:
    Workflow.objects.create(name="mine", title="Mine", graph={}, result="9")
    assert client.get(PAGE).status_code == 302
    for person in (alice, mod):
        client.force_login(person)
        assert client.get(PAGE).status_code in (302, 403)
        assert client.post(f"{PAGE}add/", form()).status_code in (302, 403)
    assert Workflow.objects.count() == 1
