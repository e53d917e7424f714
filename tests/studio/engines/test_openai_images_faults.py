"""Servers that misbehave: every fault ends quickly in a stable code, nothing hangs, and the next job is served."""

import asyncio
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from studio.engines.base import EngineError
from studio.engines.openai_images import OpenAIImagesEngine
from studio.engines.openai_images.engine import client_of
from studio.engines.remote.servers import Target
from studio.words.errors import ERRORS
from tests.servers.hosting import Host, hosted
from tests.servers.images_faults import FAULTS, STREAM_FAULTS
from tests.servers.openai_images import ImagesServer
from tests.studio.engines.contract import Recorder
from tests.studio.engines.remote_jobs import LOCAL, ask_remote, only

SECONDS = 0.4


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.ENGINE_ALLOWED_HOSTS = LOCAL


@pytest.fixture(scope="module")
def server() -> ImagesServer:
    return ImagesServer(streams=True)


@pytest.fixture(scope="module")
def host(server: ImagesServer) -> Iterator[Host]:
    with hosted(server) as host:
        yield host


def failing(url: str, seconds: float = 60.0, **about: Any) -> str:
    """The code in which a job ends there, with so much patience: soon (a server that stalls does for 30 s)."""
    target = Target(1, "one", "openai_images", url, timeout=seconds, secret="k3y", **about)
    began = time.monotonic()
    with pytest.raises(EngineError) as caught:
        OpenAIImagesEngine(only(target)).run(ask_remote(), Recorder())
    assert time.monotonic() - began < 25
    assert caught.value.code in ERRORS and "secret reason" not in str(caught.value) and "k3y" not in str(caught.value)
    return caught.value.code


def patience(code: str) -> float:
    """Little with who shall take too long, much with the others: the machine may be slow."""
    return SECONDS if code == "engine_timeout" else 60.0


@pytest.mark.parametrize("name", FAULTS)
def test_fault_of_a_server_ends_in_its_code_and_the_next_job_is_served(
    host: Host, server: ImagesServer, name: str, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr("studio.engines.openai_images.reading.PICTURE_MOST", 2**20)
    fault, code = FAULTS[name]
    server.script = [fault]
    with caplog.at_level(logging.DEBUG):
        assert failing(host.url, patience(code)) == code
    assert "k3y" not in caplog.text
    target = Target(1, "one", "openai_images", host.url, timeout=60.0)
    assert OpenAIImagesEngine(only(target)).run(ask_remote(), Recorder())


@pytest.mark.parametrize("name", STREAM_FAULTS)
def test_fault_of_a_stream_ends_in_its_code(host: Host, server: ImagesServer, name: str) -> None:
    fault, code = STREAM_FAULTS[name]
    server.script = [fault]
    assert failing(host.url, patience(code), streams=True) == code


def test_server_that_is_not_there_cannot_be_reached() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert failing(f"http://127.0.0.1:{taken.getsockname()[1]}") == "engine_unreachable"


def test_name_that_does_not_exist_cannot_be_reached(settings: Any) -> None:
    settings.ENGINE_ALLOWED_HOSTS = ["gone.invalid"]
    assert failing("http://gone.invalid:9") == "engine_unreachable"


def test_server_that_does_not_understand_tls_is_given_up(host: Host) -> None:
    assert failing(host.url.replace("http://", "https://"), SECONDS) == "engine_timeout"


def test_server_that_is_not_in_the_list_is_not_connected_to(host: Host, server: ImagesServer, settings: Any) -> None:
    settings.ENGINE_ALLOWED_HOSTS = ["127.0.0.2", "10.0.0.0/8"]
    seen = len(server.calls)
    assert failing(host.url) == "engine_not_allowed"
    assert len(server.calls) == seen


@pytest.mark.parametrize(
    "answer", [b"{}", b'{"progress": "x"}', b'{"progress": 7}', b'{"progress": true}', b"[", b'{"progress": null}']
)
async def test_progress_that_makes_no_sense_harms_nothing(host: Host, server: ImagesServer, answer: bytes) -> None:
    from studio.engines.openai_images import asking, engine

    told: list[Any] = []
    target = Target(1, "one", "openai_images", host.url, dialect="xinference", timeout=5.0)
    async with client_of(target) as client:
        talk = engine.Talk(asking.of(ask_remote()), target, client, told.append, made={}, poll=0.001)
        client.get_json = lambda path: _said(answer)  # type: ignore[method-assign, assignment]
        with suppress(TimeoutError):
            await asyncio.wait_for(talk._follow(0, 4), 0.1)
    assert [step.stage for step in told] == ["remote"]


async def _said(answer: bytes) -> Any:
    from studio.engines.remote.client import Answer

    return await Answer(200, {}, answer).read_json()


async def test_looking_at_a_server_tells_its_models_and_whether_it_lets_us_in(host: Host, server: ImagesServer) -> None:
    engine, target = OpenAIImagesEngine(), Target(1, "one", "openai_images", host.url)
    assert await engine.look(target) == ["sd-turbo", "z-image-turbo"]
    server.secret = "another"
    with pytest.raises(EngineError) as caught:
        await engine.look(target)
    server.secret = ""
    assert caught.value.code == "engine_unauthorised"
