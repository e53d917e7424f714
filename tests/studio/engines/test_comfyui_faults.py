"""Everything that a ComfyUI server can do wrong, on a real socket: each ends in a picture or in one stable code."""

import io
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from studio.engines.base import EngineError
from studio.job import AdapterRef, Output
from tests.servers.comfyui import ComfyServer, comfy_server
from tests.studio.engines.comfy_jobs import ask_comfy, engine_for, pixels_of
from tests.studio.engines.contract import Recorder
from tests.studio.engines.remote_jobs import LOCAL


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.ENGINE_ALLOWED_HOSTS = LOCAL


@pytest.fixture
def server() -> Iterator[ComfyServer]:
    with comfy_server() as server:
        yield server


def run(server: ComfyServer, job: Any = None, **engine: Any) -> tuple[str, list[Output], Recorder]:
    """The code that it ended with ("" for a picture), the pictures, and what was told. It ends in 60 s or fails."""
    listener, said = Recorder(), []

    def work() -> None:
        try:
            said.append(("", engine_for(server, **engine).run(job or ask_comfy(), listener)))
        except EngineError as error:
            said.append((error.code, [error]))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(60)
    assert said, "it never ended"
    return said[0][0], said[0][1], listener


GIF, BIG = io.BytesIO(), io.BytesIO()
Image.new("P", (8, 8)).save(GIF, "GIF")
Image.new("RGB", (64, 64), "red").save(BIG, "PNG")


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 30,000 x 30,000 pixels."""
    head = struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


# What goes wrong at HTTP, and the code that it ends with; "" where it is mended.
AT_HTTP = [
    ("/ws", "reset", "engine_broken"),
    ("/ws", "garbage", "engine_broken"),
    ("/ws", "403", "engine_unauthorised"),
    ("/ws", "429", "engine_busy"),
    ("/prompt", "reset:0", ""),  # nobody knows whether it was taken: the queue tells, and it is asked once more
    ("/prompt", "reset:40", ""),
    ("/prompt", "reset:400", ""),
    ("/prompt", "429", "engine_busy"),
    ("/prompt", "500", "engine_error"),
    ("/prompt", "401", "engine_unauthorised"),
    ("/prompt", "garbage", "engine_broken"),
    ("/prompt", "deep", "engine_broken"),
    ("/prompt", "list", "engine_broken"),
    ("/prompt", "html", "engine_broken"),
    ("/prompt", "endless", "engine_broken"),
    ("/prompt", "huge", "engine_broken"),
    ("/prompt", "redirect", "engine_not_allowed"),
    ("/view", "reset:90", "engine_broken"),
    ("/view", "500", "engine_error"),
    ("/view", "404", "engine_broken"),
    ("/view", "html", "engine_broken"),
    ("/view", "endless", "engine_broken"),
    ("/view", "redirect", "engine_not_allowed"),
    ("/upload/image", "500", "engine_error"),
    ("/upload/image", "list", "engine_broken"),
    ("/upload/image", "redirect", "engine_not_allowed"),
]


@pytest.mark.parametrize(("path", "fault", "code"), AT_HTTP, ids=[f"{path} {fault}" for path, fault, _ in AT_HTTP])
def test_fault_at_http(server: ComfyServer, path: str, fault: str, code: str) -> None:
    server.faults.next(path, fault)
    tool = "image_to_image" if path.startswith("/upload") else "text_to_image"
    said, outputs, _listener = run(server, ask_comfy(tool, count=1))
    assert said == code and server.faults.done == [(path, fault)]
    assert code or len(outputs) == 1
    assert len(server.prompts) == (0 if code and path != "/view" else 1)


@pytest.mark.parametrize("path", ["/ws", "/prompt", "/view"])
def test_server_that_says_nothing_is_waited_for_so_long_and_no_longer(server: ComfyServer, path: str) -> None:
    server.faults.next(path, "stall")
    began = time.monotonic()
    if path == "/ws":
        code = run_impatiently(server)
    else:
        code, _outputs, _listener = run(server, read=0.4)
    # What was handed over may have been taken: it is looked up, and asked once more.
    assert code == {"/ws": "engine_unreachable", "/prompt": "", "/view": "engine_timeout"}[path]
    assert time.monotonic() - began < 25


def run_impatiently(server: ComfyServer) -> str:
    from unittest.mock import patch

    with patch("studio.engines.remote.pinned.CONNECT_SECONDS", 0.4):
        return run(server)[0]


def test_byte_now_and_then_is_no_answer(server: ComfyServer) -> None:
    server.faults.next("/view", "trickle")
    assert run(server, read=0.5)[0] == "engine_timeout"


def test_server_that_is_not_there(server: ComfyServer) -> None:
    with comfy_server() as gone:
        engine = engine_for(gone)
    with pytest.raises(EngineError, match="engine_unreachable"):
        engine.run(ask_comfy(), Recorder())


def test_server_where_none_may_stand(server: ComfyServer, settings: Any) -> None:
    settings.ENGINE_ALLOWED_HOSTS = ["gpu.example.org"]
    assert run(server)[0] == "engine_not_allowed" and server.asked == []


# How the server's events go wrong, and the code that it ends with.
AT_EVENTS: list[tuple[str, dict[str, Any], str]] = [
    ("doubled", {"duplicate": True}, ""),
    ("in another order", {"reorder": True}, ""),
    ("doubled in another order, without metadata", {"duplicate": True, "reorder": True, "metadata": False}, ""),
    ("among noise", {"noise": True}, ""),
    ("among noise, doubled", {"noise": True, "duplicate": True, "metadata": False}, ""),
    ("none at all", {"silent": True}, ""),
    ("broken off in the middle", {"drop_at": 2}, ""),
    ("started anew and forgotten", {"forget_at": 2}, ""),
    ("started anew and forgotten twice", {"forget_at": 2, "forgets": 2}, "engine_lost"),
    ("node failed", {"fail": "error"}, "workflow_failed"),
    ("memory too small", {"fail": "oom"}, "engine_memory"),
    ("interrupted by somebody else", {"fail": "interrupt"}, "engine_interrupted"),
    ("node failed, silently", {"fail": "error", "silent": True}, "workflow_failed"),
    ("interrupted, silently", {"fail": "interrupt", "silent": True}, "engine_interrupted"),
    ("without a result", {"loses": True, "silent": True}, "no_picture"),
    ("previews that are no pictures", {"huge_preview": 1_000_000}, ""),
    ("previews larger than any message", {"huge_preview": 17 * 2**20}, ""),
    ("result that is text", {"picture": b"<svg onload='alert(1)'/>"}, "engine_broken"),
    ("result of another kind", {"picture": GIF.getvalue()}, "engine_broken"),
    ("result cut off", {"picture": BIG.getvalue()[:90]}, "engine_broken"),
    ("result of nothing", {"picture": b""}, "engine_broken"),
    ("result with a thousand million pixels", {"picture": bomb()}, "engine_broken"),
]


@pytest.mark.parametrize(("name", "script", "code"), AT_EVENTS, ids=[name for name, _s, _c in AT_EVENTS])
def test_fault_in_the_middle(server: ComfyServer, name: str, script: dict[str, Any], code: str) -> None:
    for attribute, value in script.items():
        setattr(server.script, attribute, value)
    said, outputs, listener = run(server, ask_comfy(steps=4, count=1))
    assert said == code
    told = [step.step for step in listener.denoising() if not step.quiet]
    if "forget_at" not in script:  # then it begins anew
        assert told == sorted(set(told)), "no step twice, none after a later one"
    if not code:
        assert pixels_of(outputs[0]) == pixels_of(fresh(server))
    tries = 1 + ("forget_at" in script)
    assert len({body["prompt_id"] for body in server.prompts[:tries]}) == tries
    assert server.history == {}, "what people wrote does not stay there, however it ended"


def fresh(server: ComfyServer) -> Output:
    """The same picture from the server as it should be."""
    server.script = type(server.script)()
    return run(server, ask_comfy(steps=4, count=1))[1][0]


def test_all_steps_are_told_when_each_is_said_twice(server: ComfyServer) -> None:
    server.script.duplicate = True
    _code, _outputs, listener = run(server, ask_comfy(steps=5))
    assert [step.step for step in listener.denoising()] == [1, 2, 3, 4, 5]


def test_words_of_the_server_reach_the_log_without_control_characters_and_nobody_else(
    server: ComfyServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.script.fail = "error"
    code, (error,), _listener = run(server)
    assert (code, error.params) == ("workflow_failed", {"node": "Sampler (KSampler)"})  # type: ignore[attr-defined]
    (line,) = [each.getMessage() for each in caplog.records if "workflow text-to-image failed" in each.getMessage()]
    assert "mat1 and mat2" in line and "\x1b" not in line


REFUSED: list[tuple[str, Callable[[ComfyServer], Any], str, dict[str, str]]] = [
    ("checkpoint gone", lambda s: s.checkpoints.remove("sd15.safetensors"), "model_unavailable", {}),
    ("class not installed", lambda s: s.missing.add("KSampler"), "workflow_refused", {"node": "Sampler (KSampler)"}),
    ("input out of range", lambda s: s.most.update(steps=1), "workflow_refused", {"node": "Sampler (KSampler)"}),
]


@pytest.mark.parametrize(("name", "change", "code", "params"), REFUSED, ids=[each[0] for each in REFUSED])
def test_graph_that_the_server_does_not_accept_names_its_node(
    server: ComfyServer, name: str, change: Callable[[ComfyServer], Any], code: str, params: dict[str, str]
) -> None:
    change(server)
    said, (error,), _listener = run(server)
    assert (said, error.params) == (code, params)  # type: ignore[attr-defined]


def test_lora_that_the_server_does_not_have_is_named(server: ComfyServer) -> None:
    from dataclasses import replace

    lora = AdapterRef("pencil", "lora", "/srv/loras/pencil.safetensors")
    code, (error,), _listener = run(server, replace(ask_comfy(), adapters=(lora,)))
    assert (code, error.params) == ("adapter_unavailable", {"name": "pencil"})  # type: ignore[attr-defined]


def test_prompt_that_takes_longer_than_the_server_may_is_given_up_and_withdrawn(server: ComfyServer) -> None:
    server.script.hold_at = 2
    code, _outputs, _listener = run(server, timeout=0.4)
    assert code == "engine_timeout"
    interrupted = [body for _method, path, body in server.asked if path == "/interrupt"]
    assert interrupted == [{"prompt_id": server.prompts[0]["prompt_id"]}] and server.history == {}


def test_server_that_goes_away_in_the_middle_and_stays_away(server: ComfyServer) -> None:
    server.script.drop_at, server.script.silent = 2, True
    server.faults.next("/history", "500", 999)
    assert run(server)[0] == "engine_error"
