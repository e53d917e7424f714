"""Workflow templates: what is wrong with one is said in words, and which one serves whom is certain."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from studio.engines.base import EngineError
from studio.engines.comfyui import filling, library, painting, template, wire
from studio.engines.comfyui.engine import ComfyUIEngine
from studio.engines.comfyui.following import Follower
from studio.engines.comfyui.template import BadTemplate
from studio.engines.remote.errors import RemoteError
from studio.engines.remote.servers import Target
from studio.engines.samplers import NAMES
from studio.job import ModelRef
from studio.models import Workflow
from tests.servers.comfyui import ComfyServer, comfy_server
from tests.studio.engines.comfy_jobs import ask_comfy, engine_for
from tests.studio.engines.contract import Recorder, pixels
from tests.studio.engines.remote_jobs import LOCAL


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.ENGINE_ALLOWED_HOSTS = LOCAL


@pytest.fixture
def server() -> Iterator[ComfyServer]:
    with comfy_server() as server:
        yield server


def document(name: str = "text-to-image") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((library.FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def changed(**changes: Any) -> dict[str, Any]:
    return document() | changes


def broken_graph(change: Any) -> dict[str, Any]:
    whole = copy.deepcopy(document())
    change(whole["graph"])
    return whole


def test_each_tool_has_a_template_that_comes_with_us() -> None:
    served = {tool for each in library.shipped().values() for tool in each.tools}
    assert served == set(template.NEEDED) == {*painting.TOOLS, "colorize"}
    assert {each.preset for each in library.shipped().values() if "colorize" in each.tools} == set(template.PRESETS)


def test_every_sampler_that_a_person_may_choose_is_known() -> None:
    assert set(filling.SAMPLERS) == set(NAMES)


WRONG: list[tuple[Any, str]] = [
    ([], "must be a JSON object"),
    (changed(title=""), "title"),
    (changed(tools=["sculpt"]), "tools"),
    (changed(preset="cat"), "preset"),
    (changed(graph={"nodes": [], "links": []}), "API format"),
    (changed(graph={}), "1 to 300 nodes"),
    (changed(graph={str(n): {"class_type": "X", "inputs": {}} for n in range(301)}), "1 to 300 nodes"),
    (broken_graph(lambda graph: graph["3"].pop("class_type")), "Node 3 needs a class_type"),
    (broken_graph(lambda graph: graph["3"].update(inputs=[])), "Node 3 needs a class_type"),
    (broken_graph(lambda graph: graph["3"]["inputs"].update(model=["99", 0])), "3.model comes from node 99"),
    (broken_graph(lambda graph: graph["6"]["inputs"].update(text="x" * 20_001)), "6.text is too long"),
    (broken_graph(lambda graph: graph["6"]["inputs"].update(text="x" * 300_000)), "larger than 256 kB"),
    (changed(slots=[]), "slots must be a JSON object"),
    (changed(slots={"mood": "6.text"}), "no slot mood"),
    (changed(slots={"prompt": "6"}), "node.input"),
    (changed(slots={"prompt": ["6.text", 7]}), "node.input"),
    (changed(slots={"prompt": "66.text"}), "node 66, which does not exist"),
    (changed(slots={"prompt": "6.words"}), "input words, which node 6 does not have"),
    (changed(slots={"prompt": "6.clip"}), "comes from another node"),
    (changed(slots={"prompt": "6.text"}), "needs these slots as well: height, seed, width"),
    (changed(result="99"), "result must name one of its nodes"),
    (changed(tools=["inpaint"]), "needs these slots as well: image, mask, strength"),
]


@pytest.mark.parametrize(("said", "words"), WRONG, ids=[words for _said, words in WRONG])
def test_what_is_wrong_with_a_template_is_said(said: Any, words: str) -> None:
    with pytest.raises(BadTemplate) as caught:
        template.read("x", said)
    assert any(words in problem for problem in caught.value.problems), caught.value.problems


def test_text_that_is_no_json_is_no_template() -> None:
    for text in ("{", '{"a": NaN}', '{"title": 1, "title": 2}', "[" * 50 + "]" * 50):
        with pytest.raises(BadTemplate, match="It is no JSON"):
            template.loads("x", text)


def test_slot_may_have_several_places(server: ComfyServer) -> None:
    whole = document()
    whole["slots"]["prompt"] = ["6.text", "7.text"]
    graph = filling.fill(template.read("x", whole), {"prompt": "twice"})
    assert [graph[node]["inputs"]["text"] for node in ("6", "7")] == ["twice", "twice"]
    assert document()["graph"]["6"]["inputs"]["text"] == "", "the template stays as it is"


@pytest.mark.django_db
def test_model_gets_what_it_names_then_what_serves_its_family_then_ours() -> None:
    ours = {"title": "Mine", "slots": document()["slots"], "graph": document()["graph"], "result": "9"}
    Workflow.objects.create(name="for-flux", family="flux", tools=["text_to_image"], **ours)
    Workflow.objects.create(name="special", tools=["text_to_image"], **ours)
    flux = ModelRef("f", "flux", "flux.safetensors")
    assert library.find(flux, "text_to_image").name == "for-flux"
    assert library.find(ModelRef("s", "sd", "x"), "text_to_image").name == "text-to-image"
    named = replace(flux, parts={"workflow:text_to_image": "special"})
    assert library.find(named, "text_to_image").name == "special"
    assert library.find(named, "inpaint").name == "inpaint"
    Workflow.objects.filter(name="special").update(enabled=False)
    with pytest.raises(EngineError, match="workflow_missing"):
        library.find(named, "text_to_image")
    Workflow.objects.filter(name="for-flux").update(slots={})
    assert library.find(flux, "text_to_image").name == "text-to-image", "one that is broken serves nobody"
    with pytest.raises(EngineError, match="workflow_missing"):
        library.find(replace(flux, parts={"workflow": "inpaint"}), "text_to_image")


def by_socket() -> template.Template:
    whole = document()
    whole["graph"]["9"]["class_type"] = "SaveImageWebsocket"
    return template.read("by-socket", whole)


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("trouble", ["", "drop_at"])
def test_picture_may_come_through_the_socket_and_leave_nothing_on_the_server(
    server: ComfyServer, monkeypatch: pytest.MonkeyPatch, metadata: bool, trouble: str
) -> None:
    (expected,) = engine_for(server).run(ask_comfy(), Recorder())
    monkeypatch.setattr(library, "find", lambda *of: by_socket())
    server.files.clear()
    server.script.metadata = metadata
    if trouble:
        server.script.drop_at = 4
    (output,) = engine_for(server).run(ask_comfy(), Recorder())
    assert pixels(output) == pixels(expected) and server.files == {}


def test_steps_of_two_samplers_are_counted_together() -> None:
    whole = document()
    whole["graph"]["30"] = copy.deepcopy(whole["graph"]["3"])
    whole["graph"]["30"]["inputs"] |= {"latent_image": ["3", 0], "steps": 2}
    whole["graph"]["3"]["inputs"]["steps"] = 3
    made = template.read("two", whole)
    follower = Follower(made, made.graph, "p")
    told = [
        (each.step.step, each.step.total)
        for node, value, most in [("3", 1, 3), ("3", 3, 3), ("30", 1, 2), ("3", 2, 3), ("30", 2, 2)]
        for each in follower.hear(wire.Progressed("p", node, value, most))
    ]
    told += [(each.step.step, each.step.total) for each in follower.flush()]
    assert [each for each in told if each[0]] == [(1, 5), (3, 5), (4, 5), (5, 5)]


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"type": "progress"}',
        '{"type": "progress", "data": {"value": "x", "max": 1, "node": 1}}',
        '{"type": "executed", "data": {"node": "9", "output": 3}}',
        b"",
        b"\x00\x00\x00\x01",
        b"\x00\x00\x00\x01\x00\x00\x00\x09x",
        b"\x00\x00\x00\x04\xff\xff\xff\xff{}",
        b"\x00\x00\x00\x04\x00\x00\x00\x02[]",
        "[" * 100_000,
        "x" * (2**21 + 1),
    ],
)
def test_message_that_says_nothing_is_nothing(message: str | bytes) -> None:
    assert wire.read(message) == []


async def test_what_a_server_lacks_is_named(server: ComfyServer) -> None:
    whole = document()
    whole["graph"]["3"]["inputs"] |= {"mood": 3, "sampler_name": "euler_dreamy"}
    whole["slots"].pop("sampler")
    whole["graph"]["5"]["inputs"].pop("batch_size")
    whole["slots"].pop("batch_size")
    whole["graph"]["8"]["class_type"] = "VAEDecodeTiled"
    whole["result"] = "4"
    (found,) = (await look(server, whole)).values()
    assert {tuple(each.values()) for each in found} == {
        ("unknown_input", "3", "KSampler", "mood", ""),
        ("unknown_value", "3", "KSampler", "sampler_name", "euler_dreamy"),
        ("missing_input", "5", "EmptyLatentImage", "batch_size", ""),
        ("unknown_node", "8", "VAEDecodeTiled", "", ""),
        ("bad_output", "4", "CheckpointLoaderSimple", "", ""),
    }
    assert await look(server, document()) == {"odd": []}
    assert await look(server, {}) == {}


async def look(server: ComfyServer, said: Any) -> dict[str, Any]:
    return await ComfyUIEngine().check(Target(1, "one", "comfyui", server.url), {"odd": said})


@pytest.mark.django_db(transaction=True)
async def test_server_is_looked_at_and_tells_its_models(server: ComfyServer) -> None:
    target = Target(1, "one", "comfyui", server.url)
    assert {"sd15.safetensors", "ddcolor_paper.pth"} <= set(await ComfyUIEngine().look(target))
    server.faults.next("/system_stats", "500")
    with pytest.raises(RemoteError, match="engine_error"):
        await ComfyUIEngine().look(target)
