"""The engine for OpenAI-compatible servers: it keeps the contract, and asks each server in its own dialect."""

import base64
import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from studio.engines.base import Cancelled, Engine, EngineError
from studio.engines.openai_images import OpenAIImagesEngine
from studio.engines.openai_images.asking import SEED_MOST
from studio.engines.remote import threads
from studio.engines.remote.servers import Target
from studio.job import AdapterRef, Job, OnStep, Output
from tests.servers.hosting import Host, hosted
from tests.servers.openai_images import ImagesServer
from tests.studio.engines.contract import EngineContract, Recorder
from tests.studio.engines.remote_jobs import LOCAL, ask_remote, only
from tests.studio.engines.sketches import drawing


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.ENGINE_ALLOWED_HOSTS = LOCAL


@pytest.fixture
def server() -> ImagesServer:
    return ImagesServer()


@pytest.fixture
def host(server: ImagesServer) -> Iterator[Host]:
    with hosted(server) as host:
        yield host


def engine_for(host: Host, **about: Any) -> OpenAIImagesEngine:
    target = Target(1, "one", "openai_images", f"{host.url}/v1", timeout=10.0)
    return OpenAIImagesEngine(only(replace(target, **about)), poll=0.002)


def png(colour: str = "red", size: tuple[int, int] = (64, 64), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, "PNG")
    return out.getvalue()


def made_of(output: Any) -> Image.Image:
    return Image.open(io.BytesIO(output.data))


class NewEachTime:
    """An engine whose server hears of every run under another name, as of every attempt in the studio: what is left
    there of one that was cancelled tells nothing of the next."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(self, job: Job, on_step: OnStep) -> list[Output]:
        return self._engine.run(replace(job, id=uuid4().hex), on_step)


class TestOpenAIImagesEngine(EngineContract):
    """With Xinference's dialect, which knows seeds and steps."""

    @pytest.fixture
    def engine(self, host: Host, monkeypatch: pytest.MonkeyPatch) -> Engine:
        # Whatever others do on this machine: the same signs of life in every run.
        monkeypatch.setattr("studio.engines.openai_images.engine.POLLS_IN_VAIN", 10_000)
        monkeypatch.setattr(threads, "PULSE", 30.0)
        return NewEachTime(engine_for(host, dialect="xinference"))

    @pytest.fixture
    def ask(self) -> Callable[..., Job]:
        return ask_remote


def test_plain_server_is_asked_once_for_all_pictures_and_told_nothing_it_does_not_know(
    host: Host, server: ImagesServer
) -> None:
    listener = Recorder()
    outputs = engine_for(host).run(ask_remote(count=3, width=72), listener)
    assert [made_of(o).size for o in outputs] == [(72, 64)] * 3 and [o.seed for o in outputs] == [1, 2, 3]
    (call,) = server.calls
    assert call.path == "/v1/images/generations"
    assert call.fields == {
        "model": "z-image-turbo", "prompt": "a red house", "n": 3, "size": "72x64", "response_format": "b64_json",
    }  # fmt: skip
    told = [(s.stage, s.step, s.total, s.index) for s in listener.steps]
    assert told[:2] == [("encoding", 0, 0, 0), ("remote", 0, 0, 0)]
    assert told[2:] == [("decoding", 1, 1, index) for index in range(3)]
    assert all(s.preview for s in listener.steps[2:])


def test_models_that_always_answer_in_base64_are_not_asked_for_it(host: Host, server: ImagesServer) -> None:
    job = ask_remote()
    engine_for(host).run(replace(job, model=replace(job.model, source="gpt-image-1")), Recorder())
    assert "response_format" not in server.calls[0].fields


def test_plain_server_edits_with_words_and_varies_without(host: Host, server: ImagesServer) -> None:
    inputs = {"image": png()}
    for prompt in ("a blue house", ""):
        job = replace(ask_remote("image_to_image", prompt=prompt, fit="crop"), inputs=inputs)
        engine_for(host, streams=True).run(job, Recorder()) if not prompt else engine_for(host).run(job, Recorder())
    assert [call.path for call in server.calls] == ["/v1/images/edits", "/v1/images/variations"]
    assert server.calls[0].fields["prompt"] == "a blue house" and "prompt" not in server.calls[1].fields
    assert Image.open(io.BytesIO(server.calls[0].files["image"])).getpixel((5, 5)) == (255, 0, 0)


def test_plain_servers_mask_is_clear_where_the_picture_is_made_anew_and_the_rest_stays(
    host: Host, server: ImagesServer
) -> None:
    mask = Image.new("L", (64, 64))
    mask.paste(255, (0, 0, 16, 64))
    data = io.BytesIO()
    mask.save(data, "PNG")
    job = ask_remote("inpaint", fit="crop", feather=0, keep_original=True)
    (output,) = engine_for(host).run(replace(job, inputs={"image": png(), "mask": data.getvalue()}), Recorder())
    sent = Image.open(io.BytesIO(server.calls[0].files["mask"]))
    assert (sent.mode, sent.getpixel((3, 3))[3], sent.getpixel((40, 3))[3]) == ("RGBA", 0, 255)
    picture = made_of(output).convert("RGB")
    assert picture.getpixel((40, 40)) == (255, 0, 0) and picture.getpixel((3, 3)) != (255, 0, 0)


@pytest.mark.parametrize(
    ("tool", "path"), [("sketch_to_image", "variations"), ("image_to_image", "variations"), ("outpaint", "inpainting")]
)
def test_xinference_is_told_steps_guidance_seed_and_strength(
    host: Host, server: ImagesServer, tool: str, path: str
) -> None:
    more = {"fit": "crop", "feather": 0, "keep_original": True, "left": 16, "right": 0, "top": 0, "bottom": 0}
    job = ask_remote(tool, negative_prompt="blur", sampler="Euler a", steps=4, strength=0.5, **more)
    inputs = {"image": png()} if tool != "sketch_to_image" else {"sketch": drawing("house", colour=True)}
    engine_for(host, dialect="xinference").run(replace(job, id="j", inputs=inputs), Recorder())
    call = next(call for call in server.calls if call.making)
    assert call.path == f"/v1/images/{path}"
    assert (call.fields["n"], call.fields["size"], call.fields["negative_prompt"]) == ("1", "64*64", "blur")
    assert json.loads(call.fields["kwargs"]) == {
        "num_inference_steps": 4, "guidance_scale": 3.5, "seed": 1, "request_id": "j-1-0", "sampler_name": "Euler a",
        "strength": 0.5,
    }  # fmt: skip
    assert set(call.files) == ({"image", "mask_image"} if tool == "outpaint" else {"image"})


def test_large_seeds_are_folded_into_what_xinference_takes_and_ours_is_recorded(
    host: Host, server: ImagesServer
) -> None:
    outputs = engine_for(host, dialect="xinference").run(ask_remote(seed=SEED_MOST + 5), Recorder())
    assert outputs[0].seed == SEED_MOST + 5
    (call,) = (call for call in server.calls if call.making)
    assert json.loads(call.fields["kwargs"])["seed"] == 5


def test_cancel_in_the_middle_of_a_request_aborts_it_and_ends_at_once(host: Host, server: ImagesServer) -> None:
    server.step_seconds = 100.0
    began = time.monotonic()

    def on_step(step: Any) -> None:
        if any(call.making for call in server.calls):
            raise Cancelled

    with pytest.raises(Cancelled):
        engine_for(host, dialect="xinference").run(replace(ask_remote(), id="job"), on_step)
    assert time.monotonic() - began < 60, "the server's step is not waited for"
    assert server.aborted == ["job-1-0"]


def test_without_a_progress_endpoint_the_stage_is_told_honestly(host: Host, server: ImagesServer) -> None:
    server.knows_progress, server.step_seconds = False, 0.1
    listener = Recorder()
    engine_for(host, dialect="xinference").run(ask_remote(steps=4), listener)
    assert [s.stage for s in listener.steps] == ["encoding", "denoising", "remote", "denoising", "decoding"]
    assert sum(call.path.endswith("/progress") for call in server.calls) >= 5


def test_partial_images_become_previews(host: Host, server: ImagesServer) -> None:
    server.streams = True
    listener = Recorder()
    outputs = engine_for(host, streams=True).run(ask_remote(count=2), listener)
    assert len(outputs) == 2
    previews = [(s.index, s.stage, s.step, s.total) for s in listener.steps if s.preview]
    assert previews == [
        (index, *told)
        for index in range(2)
        for told in [("remote", 1, 4), ("remote", 2, 4), ("remote", 3, 4), ("decoding", 1, 1)]
    ]


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG"])
def test_pictures_by_address_are_fetched_from_the_same_server(host: Host, server: ImagesServer, form: str) -> None:
    server.form = form
    server.as_url = {"PNG": "/files/*", "JPEG": f"{host.url}/files/*", "WEBP": "../files/*"}[form]
    (output,) = engine_for(host).run(ask_remote(), Recorder())
    assert made_of(output).size == (64, 64) and output.media_type == "image/png"


def test_secret_goes_to_the_server_and_into_no_text(host: Host, server: ImagesServer) -> None:
    server.secret = "s3cret-key"
    target = Target(1, "one", "openai_images", host.url, secret="s3cret-key")
    assert "s3cret-key" not in repr(target)
    OpenAIImagesEngine(only(target)).run(ask_remote(), Recorder())
    assert server.calls[0].headers["authorization"] == "Bearer s3cret-key"


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png"])
def test_outputs_are_files_of_the_kind_that_is_asked_for(host: Host, media_type: str) -> None:
    (output,) = engine_for(host).run(replace(ask_remote(), media_type=media_type), Recorder())
    assert made_of(output).get_format_mimetype() == output.media_type == media_type


def test_what_such_servers_cannot_do_is_refused_before_anything_is_sent(host: Host, server: ImagesServer) -> None:
    lora = AdapterRef("ink", "lora", "ink.safetensors")
    for job, code in (
        (replace(ask_remote(), tool="colorize"), "engine_cannot"),
        (replace(ask_remote(), adapters=(lora,)), "adapter_unavailable"),
    ):
        with pytest.raises(EngineError) as caught:
            engine_for(host).run(job, Recorder())
        assert caught.value.code == code
    assert not server.calls


def test_base64_in_an_address_is_a_picture_too(host: Host, server: ImagesServer) -> None:
    server.as_url = "data:image/png;base64," + base64.b64encode(png()).decode()
    (output,) = engine_for(host).run(ask_remote(), Recorder())
    assert made_of(output).convert("RGB").getpixel((1, 1)) == (255, 0, 0)
