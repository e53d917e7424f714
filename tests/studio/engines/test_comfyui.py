"""The engine for ComfyUI servers keeps the contract, and what it sends is what ComfyUI expects."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from studio.engines.base import Cancelled, Engine, EngineError
from studio.engines.board.pictures import on_white
from studio.engines.photo import results
from studio.job import AdapterRef, Job
from tests.servers.comfyui import ComfyServer, comfy_server
from tests.studio.engines.colouring import ColouringContract, colour_job
from tests.studio.engines.comfy_jobs import COLOURIST, MODEL, ask, ask_comfy, engine_for, opened
from tests.studio.engines.contract import EngineContract, Recorder, pixels
from tests.studio.engines.remote_jobs import LOCAL


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.ENGINE_ALLOWED_HOSTS = LOCAL


@pytest.fixture
def server() -> Iterator[ComfyServer]:
    with comfy_server() as server:
        yield server


@pytest.fixture
def engine(server: ComfyServer) -> Engine:
    return engine_for(server)


class TestComfyUIEngine(EngineContract):
    @pytest.fixture
    def ask(self) -> Callable[..., Job]:
        return ask(MODEL)


class TestComfyUIColouring(ColouringContract):
    way = "network_and_hints"

    @pytest.fixture
    def ask(self) -> Callable[..., Job]:
        def made(**params: Any) -> Job:
            results.BASES.forget()
            return colour_job(COLOURIST, **params)

        return made


def node(server: ComfyServer, kind: str, number: int = -1) -> dict[str, Any]:
    """The inputs of the only node of that class in a graph that the server was sent."""
    (found,) = [each["inputs"] for each in server.prompts[number]["prompt"].values() if each["class_type"] == kind]
    return found


def test_every_slot_gets_its_value(server: ComfyServer, engine: Engine) -> None:
    engine.run(ask_comfy(prompt="a fox", negative_prompt="blur", sampler="DPM++ 2M Karras", width=72), Recorder())
    sampler = node(server, "KSampler")
    assert (sampler["seed"], sampler["steps"], sampler["cfg"], sampler["denoise"]) == (1, 4, 3.5, 1.0)
    assert (sampler["sampler_name"], sampler["scheduler"]) == ("dpmpp_2m", "karras")
    graph = server.prompts[-1]["prompt"]
    assert graph[sampler["positive"][0]]["inputs"]["text"] == "a fox"
    assert graph[sampler["negative"][0]]["inputs"]["text"] == "blur"
    assert node(server, "CheckpointLoaderSimple") == {"ckpt_name": "sd15.safetensors"}
    assert node(server, "EmptyLatentImage") == {"width": 72, "height": 64, "batch_size": 1}


def test_picture_to_go_on_from_is_uploaded_once_in_a_folder_of_ours_and_only_its_part_of_the_steps_runs(
    server: ComfyServer, engine: Engine
) -> None:
    engine.run(ask_comfy("image_to_image", steps=10, strength=0.35, count=2), Recorder())
    ((name, _data),) = server.uploads.items()
    assert name.startswith("brushwire/") and server.times_asked("/upload/image") == 1
    assert node(server, "LoadImage") == {"image": name}
    sampler = node(server, "KSampler")
    assert (sampler["steps"], sampler["denoise"]) == (3, 0.35)


def test_only_what_is_marked_changes(server: ComfyServer, engine: Engine) -> None:
    job = ask_comfy("inpaint", strength=1.0)
    (output,) = engine.run(job, Recorder())
    before, after = opened(job.inputs["image"]).convert("RGBA"), opened(output.data).convert("RGB")
    before = on_white(before.resize((64, 64)))
    assert after.getpixel((60, 3)) == before.getpixel((60, 3)) != after.getpixel((3, 3))
    assert len(set(after.crop((0, 0, 32, 64)).get_flattened_data())) == 1
    assert node(server, "LoadImageMask")["channel"] == "red"
    assert len(server.uploads) == 2


def test_what_people_wrote_does_not_stay_in_the_servers_history(server: ComfyServer, engine: Engine) -> None:
    engine.run(ask_comfy(count=2), Recorder())
    assert server.history == {} and len({body["prompt_id"] for body in server.prompts}) == 2
    assert {body["client_id"] for body in server.prompts} == {each for m, _p, each in server.asked if m == "WS"}


def test_loras_go_between_the_model_and_whoever_uses_it_and_embeddings_are_called_by_their_file(
    server: ComfyServer, engine: Engine
) -> None:
    lora = AdapterRef("ink", "lora", "/srv/loras/ink.safetensors", 0.5)
    word = AdapterRef("cat", "embedding", "C:\\words\\my-cat.safetensors", token="<cat>")
    engine.run(replace(ask_comfy(prompt="a <cat>"), adapters=(lora, word)), Recorder())
    added = node(server, "LoraLoader")
    assert (added["lora_name"], added["strength_model"], added["strength_clip"]) == ("ink.safetensors", 0.5, 0.5)
    graph = server.prompts[-1]["prompt"]
    (ident,) = [key for key, each in graph.items() if each["class_type"] == "LoraLoader"]
    sampler = node(server, "KSampler")
    assert sampler["model"] == [ident, 0] and graph[sampler["positive"][0]]["inputs"]["clip"] == [ident, 1]
    assert graph[sampler["positive"][0]]["inputs"]["text"] == "a embedding:my-cat"
    assert added["model"] == ["4", 0]


@pytest.mark.parametrize(("preset", "size"), [("person", 576), ("building", 1120)])
def test_people_and_buildings_are_seen_at_their_own_sizes(
    server: ComfyServer, engine: Engine, preset: str, size: int
) -> None:
    results.BASES.forget()
    (output,) = engine.run(colour_job(COLOURIST, preset=preset), Recorder())
    seen = node(server, "DDColor_Colorize")
    assert (seen["model_input_size"], seen["checkpoint"]) == (size, "ddcolor_modelscope.pth")
    assert (output.facts["preset"], output.facts["network"]) == (preset, "ddcolor_modelscope.pth")


def test_three_sizes_side_by_side_are_multiples_of_32_that_suit_people(server: ComfyServer, engine: Engine) -> None:
    results.BASES.forget()
    outputs = engine.run(colour_job(COLOURIST, preset="person", three=True), Recorder())
    asked = [node(server, "DDColor_Colorize", at)["model_input_size"] for at in range(3)]
    assert asked == [480, 576, 672] and len(outputs) == 3
    before = len(server.prompts)
    engine.run(colour_job(COLOURIST, preset="person", three=True, hints=False), Recorder())
    assert len(server.prompts) == before, "what the network said is kept for other hints"


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("states", [True, False])
def test_previews_come_with_their_steps_whichever_way_the_server_sends_them(
    server: ComfyServer, engine: Engine, metadata: bool, states: bool
) -> None:
    server.script.metadata, server.script.states, server.script.wait = metadata, states, 0.11
    listener = Recorder()
    engine.run(ask_comfy(steps=3), listener)
    told = listener.denoising()
    assert [step.step for step in told] == [1, 2, 3] and all(step.preview for step in told)


def test_server_without_previews_tells_its_steps_all_the_same(server: ComfyServer, engine: Engine) -> None:
    server.script.previews = False
    listener = Recorder()
    engine.run(ask_comfy(), listener)
    assert [step.step for step in listener.denoising()] == [1, 2, 3, 4]
    assert not any(step.preview for step in listener.steps)


def test_graph_that_the_server_remembers_ends_at_once(server: ComfyServer, engine: Engine) -> None:
    server.script.caching = True
    first, again = (engine.run(ask_comfy(), Recorder())[0] for _ in range(2))
    assert pixels(first) == pixels(again)


@pytest.mark.parametrize("held", ["running", "waiting"])
def test_cancelled_prompt_is_taken_out_of_the_queue_or_interrupted_and_nobody_elses(
    server: ComfyServer, engine: Engine, held: str
) -> None:
    server.script.hold_at = 2
    other = threading.Thread(target=lambda: engine_for(server).run(ask_comfy(seed=9), Recorder()))
    listener = Recorder()

    def hear(step: Any) -> None:
        listener(step)
        if (held == "running" and step.step == 1) or (held == "waiting" and step.stage == "waiting" and not step.quiet):
            raise Cancelled

    if held == "waiting":
        other.start()
        assert server.holding_now.wait(60)
    with pytest.raises(Cancelled):
        engine.run(ask_comfy(steps=4), hear)
    mine = next(body["prompt_id"] for body in server.prompts if body["prompt"]["3"]["inputs"]["seed"] == 1)
    assert ("POST", "/queue", {"delete": [mine]}) in server.asked
    interrupts = [body for _method, path, body in server.asked if path == "/interrupt"]
    assert interrupts == ([{"prompt_id": mine}] if held == "running" else [])
    assert server.history == {}, "what people wrote does not stay there"
    if held == "waiting":
        assert server.running is not None and not server.running.interrupted
        server.host.do(server.held.set)
        other.join(60)
    assert not server.pending


def test_tools_that_no_workflow_does_are_refused_before_any_server_is_asked(
    server: ComfyServer, engine: Engine
) -> None:
    with pytest.raises(EngineError) as caught:
        engine.run(ask_comfy("outpaint"), Recorder())
    assert caught.value.code == "engine_cannot" and server.asked == []
