"""Shapes by other servers: what they are asked, how they are followed, and that everything wrong ends in a code."""

import asyncio
import base64
import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from PIL import Image

from studio.engines.base import Cancelled, EngineError
from studio.engines.mesh_http import MeshHTTPEngine
from studio.engines.mesh_http.known import suits
from studio.engines.remote.servers import Target
from studio.engines.solid import glb, poster
from studio.job import Job, ModelRef, Step
from studio.words.errors import ERRORS
from tests.servers.faults import Faults
from tests.servers.hosting import Host, hosted
from tests.servers.meshes import FILE, MeshServer
from tests.studio.engines.contract import Recorder
from tests.studio.engines.glb_files import glb_file, picture
from tests.studio.engines.remote_jobs import LOCAL, only
from tests.studio.engines.sketches import drawing

POLL = 0.01
SECRET = "k3y"


@pytest.fixture(autouse=True)
def allowed(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ENGINE_ALLOWED_HOSTS = LOCAL
    monkeypatch.setattr(poster, "render", partial(poster.render, side=32))  # its looks are tested elsewhere


@contextmanager
def serving(server: MeshServer, faults: Faults | None = None) -> Iterator[Host]:
    with hosted(faults.around(server) if faults else server) as host:
        yield host


def target(host: Host, server: MeshServer, **about: Any) -> Target:
    known: dict[str, Any] = {"timeout": 20.0, "secret": SECRET} | about
    return Target(1, "one", "mesh_http", host.url, dialect="piapi" if server.piapi else "tasks", **known)


def ask(**params: Any) -> Job:
    known = {"prompt": "a cup", "seed": 7, "count": 1, "steps": 12, "guidance_scale": 6.0, "width": 64, "height": 64}
    return Job(
        "test", "sketch_to_3d", known | params, {"image": picture(32)}, ModelRef("t", "trellis", "Qubico/trellis")
    )


def made(host: Host, server: MeshServer, job: Job | None = None, listener: Any = None, **about: Any) -> list[Any]:
    engine = MeshHTTPEngine(only(target(host, server, **about)), POLL)
    return engine.run(job or ask(), listener or Recorder())


@pytest.mark.parametrize("piapi", [True, False])
def test_picture_becomes_a_shape_of_ours(piapi: bool) -> None:
    server = MeshServer(glb_file(), piapi=piapi, secret=SECRET)
    listener = Recorder()
    with serving(server) as host:
        (output,) = made(host, server, listener=listener)
    assert output.media_type == "image/png" and Image.open(io.BytesIO(output.data)).format == "PNG"
    scene = glb.read(output.files["model"])
    assert scene.extents.max() == pytest.approx(1.0, abs=1e-5) and scene.bounds[0][1] == pytest.approx(0, abs=1e-5)
    assert output.facts == {"vertices": 4, "triangles": 4} and output.seed == 7
    assert [step.stage for step in listener.steps if not step.quiet] == ["encoding", "remote", "decoding"]
    assert server.called_off == []


def test_each_dialect_asks_in_its_own_way() -> None:
    for piapi in (True, False):
        server = MeshServer(glb_file(), piapi=piapi)
        with serving(server) as host:
            made(host, server)
        (said,) = server.asked
        told = said["input"] if piapi else said
        assert Image.open(io.BytesIO(base64.b64decode(told["image"].rpartition(",")[2]))).size == (32, 32)
        assert told["seed"] == 7 and said["model"] == "Qubico/trellis"
        assert told["ss_sampling_steps" if piapi else "steps"] == 12
        assert said.get("task_type") == ("image-to-3d" if piapi else None)


def test_drawing_is_sent_where_there_is_no_picture() -> None:
    server = MeshServer(glb_file())
    job = ask()
    job = Job("test", job.tool, job.params, {"sketch": drawing("house", colour=True)}, job.model)
    with serving(server) as host:
        assert made(host, server, job)
    assert server.asked[0]["image"].startswith("data:image/png;base64,")


def test_states_and_progress_of_the_server_are_told() -> None:
    server = MeshServer(glb_file())
    server.states = ["queued", "queued", "running", "running", "Completed"]
    server.progress = [None, None, 0.25, 0.5, 1]
    listener = Recorder()
    with serving(server) as host:
        made(host, server, listener=listener)
    told = [(step.stage, step.step, step.total) for step in listener.steps if not step.quiet]
    assert told[1:] == [
        ("remote", 0, 0), ("waiting", 0, 0), ("remote", 25, 100), ("remote", 50, 100), ("decoding", 0, 0),
    ]  # fmt: skip


def test_several_shapes_have_seeds_of_their_own() -> None:
    server = MeshServer(glb_file())
    server.states = ["completed"]
    with serving(server) as host:
        outputs = made(host, server, ask(count=3, seed=2**31 - 1))
    assert [output.seed for output in outputs] == [2**31 - 1, 2**31, 2**31 + 1]
    assert [said["seed"] for said in server.asked] == [2**31 - 1, 0, 1]


def test_cancelled_job_calls_its_task_off() -> None:
    server = MeshServer(glb_file())
    server.states = ["processing"]
    running = threading.Event()

    def listener(step: Step) -> None:
        if server.asked and step.quiet:
            running.set()
            raise Cancelled

    with serving(server) as host:
        with pytest.raises(Cancelled):
            made(host, server, listener=listener)
        assert running.is_set() and len(server.called_off) == 1


def test_task_that_takes_too_long_is_given_up_and_called_off() -> None:
    server = MeshServer(glb_file())
    server.states = ["processing"]
    with serving(server) as host:
        assert failing(host, server, timeout=0.3) == "engine_timeout"
    assert len(server.called_off) == 1


def failing(host: Host, server: MeshServer, **about: Any) -> str:
    """The code in which a job ends there."""
    began = time.monotonic()
    with pytest.raises(EngineError) as caught:
        made(host, server, **about)
    assert time.monotonic() - began < 25
    told = str(caught.value)
    assert caught.value.code in ERRORS and "secret reason" not in told and SECRET not in told
    return caught.value.code


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("failed", "engine_error"),
        ("cancelled", "engine_error"),
        ("thinking", "engine_broken"),
        ([1, 2], "engine_broken"),
        ({}, "engine_broken"),
        ({"status": ["completed"]}, "engine_broken"),
        ({"status": "completed"}, "engine_broken"),
        ({"status": "completed", "model": {"url": FILE}}, "engine_broken"),
        ({"status": "completed", "model": "x" * 5000}, "engine_broken"),
        ({"status": "completed", "model": "/nothing/here.glb"}, "engine_broken"),
        ({"status": "completed", "model": "file:///etc/passwd"}, "engine_not_allowed"),
        ({"status": "completed", "model": "http://169.254.169.254/model.glb"}, "engine_not_allowed"),
        ({"status": "completed", "model": "http://127.0.0.2/model.glb"}, "engine_not_allowed"),
        ({"status": "completed", "model": "http://[::1/model.glb"}, "engine_not_allowed"),
        ({"status": "completed", "model": "http:///model.glb"}, "engine_broken"),
        ({"status": "completed", "model": "ftp://127.0.0.1/model.glb"}, "engine_not_allowed"),
    ],
)
def test_state_that_makes_no_sense_ends_in_its_code(said: Any, code: str) -> None:
    server = MeshServer(glb_file())
    server.states = [said]
    with serving(server) as host:
        assert failing(host, server) == code


FAULTS = {
    "reset:0": "engine_broken", "reset:200": "engine_broken", "stall": "engine_timeout", "trickle": "engine_timeout",
    "401": "engine_unauthorised", "404": "engine_refused", "500": "engine_error", "503": "engine_busy",
    "garbage": "engine_broken", "deep": "engine_broken", "list": "engine_broken", "endless": "engine_broken",
    "huge": "engine_broken", "redirect": "engine_not_allowed", "html": "engine_broken",
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("at", ["create", "state", "file"])
def test_fault_ends_in_its_code_and_the_task_is_called_off(fault: str, at: str) -> None:
    server, faults = MeshServer(glb_file()), Faults()
    server.states = ["completed"]
    # What passes is asked again: it goes wrong each time.
    faults.next(
        {"create": "/tasks", "state": "/tasks/task-1", "file": FILE}[at], fault, times=9 if at == "state" else 1
    )
    with serving(server, faults) as host:
        code = failing(host, server, timeout=0.4 if fault in ("stall", "trickle") else 60.0)
    expected = FAULTS[fault]
    if at == "file":
        expected = {"404": "engine_broken", "garbage": "engine_broken"}.get(fault, expected)
    assert code == expected


def test_trouble_while_it_is_followed_passes() -> None:
    server, faults = MeshServer(glb_file()), Faults()
    for fault in ("500", "503", "500"):
        faults.next("/tasks/task-1", fault)
    with serving(server, faults) as host:
        assert made(host, server)
    assert len(server.asked) == 1, "the task was not begun anew"


def test_file_on_another_allowed_host_is_fetched_without_the_secret(settings: Any) -> None:
    server, files = MeshServer(glb_file(), secret=SECRET), MeshServer(glb_file())
    settings.ENGINE_ALLOWED_HOSTS = [*LOCAL, "localhost"]
    with serving(server) as host, serving(files) as other:
        server.address = f"http://localhost:{other.port}{FILE}"
        assert made(host, server)
    (headers,) = files.fetched
    assert SECRET not in str(headers)


def test_file_on_a_host_that_is_not_allowed_is_not_fetched(settings: Any) -> None:
    server, files = MeshServer(glb_file()), MeshServer(glb_file())
    with serving(server) as host, serving(files) as other:
        settings.ENGINE_ALLOWED_HOSTS = [f"127.0.0.1:{host.port}"]
        server.address = f"http://127.0.0.1:{other.port}{FILE}"
        assert failing(host, server) == "engine_not_allowed"
    assert files.fetched == []


def test_other_tools_are_not_for_such_servers() -> None:
    job = Job("test", "text_to_image", {"count": 1}, {}, ModelRef("t", "trellis", "x"))
    with pytest.raises(EngineError, match="engine_cannot"):
        MeshHTTPEngine(only(Target(1, "one", "mesh_http", "http://127.0.0.1:9"))).run(job, Recorder())


def test_looking_says_whether_it_is_well_and_lets_us_in() -> None:
    server = MeshServer(glb_file(), secret=SECRET)
    with serving(server) as host:
        assert asyncio.run(MeshHTTPEngine().look(target(host, server))) == []
        with pytest.raises(EngineError, match="engine_unauthorised"):
            asyncio.run(MeshHTTPEngine().look(target(host, server, secret="another")))


@pytest.mark.parametrize(("status", "well"), [("400", True), ("500", True), ("502", False), ("503", False)])
def test_server_that_knows_no_such_task_is_well_and_a_gateway_without_one_is_not(status: str, well: bool) -> None:
    server, faults = MeshServer(glb_file()), Faults()
    faults.next("/tasks/", status)
    with serving(server, faults) as host:
        try:
            asyncio.run(MeshHTTPEngine().look(target(host, server)))
        except EngineError:
            assert not well
        else:
            assert well


def test_known_models_get_what_suits_them() -> None:
    assert suits("Qubico/trellis")["unused"] == ["prompt"] and suits("Qubico/trellis")["tools"] == ["sketch_to_3d"]
    assert "steps" in suits("Qubico/trellis2")["unused"] and suits("mine")["unused"] == []
