"""`manage.py up` for real: one story for each start, because a start takes seconds."""

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.up.running import Up, alive, ready

Start = Callable[..., Up]
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up")


@pytest.fixture
def start(var: Path) -> Iterator[Start]:
    started: list[Up] = []

    def _start(*arguments: str, in_background: bool = False, **env: str) -> Up:
        started.append(Up(var, *arguments, in_background=in_background, **env))
        return started[-1]

    yield _start
    for up in started:
        up.tidy()


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        yield somebody.getsockname()[1]


def redis_listens(var: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(var / "run" / "redis.sock")) == 0


def test_the_first_start_shows_an_account_and_an_address_and_ctrl_c_stops_it_all(
    start: Start, var: Path, taken_port: int
) -> None:
    up = start(in_background=True, PORT=str(taken_port))
    url = up.wait_ready()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url)
    assert up.starting_with("ready: ") == [f"ready: {url}"]
    assert ready(url)
    (account,) = up.starting_with("account: ")
    assert re.fullmatch(r"account: demo / [a-z0-9]{14}", account)
    # The port that was asked for belongs to somebody else.
    assert f":{taken_port}/" not in url
    assert any(f"port {taken_port} is taken" in line for line in up.lines)
    # A second copy from the same folder is refused, and says who runs.
    second = start()
    assert second.wait() == 1
    assert f"already runs from {var} (process {up.process.pid})" in second.lines[-1]
    # A child that is killed comes back.
    web = up.children()["web"]
    os.kill(web, signal.SIGKILL)
    up.until(lambda: up.children()["web"] != web)
    up.until(lambda: ready(url))
    # The shell left SIGINT ignored; it works all the same.
    assert up.end(signal.SIGINT) == 0
    assert {"redis", "web", "worker-gpu", "worker-cpu", "reconciler", "beat"} <= up.children().keys()
    assert not [pid for pid in up.all_children() if alive(pid)]
    assert not redis_listens(var)
    assert up.lines[-1].endswith("everything has stopped")


def test_when_it_is_killed_itself_nothing_is_left_and_the_next_start_works_until_sigterm(
    start: Start, var: Path
) -> None:
    up = start("--port", "0")
    up.until(lambda: "beat" in up.children())
    up.process.kill()
    up.until(lambda: not [pid for pid in up.all_children() if alive(pid)])
    again = start("--port", "0")
    again.wait_ready()
    assert not again.starting_with("account: "), "only the first start shows one"
    assert again.end(signal.SIGTERM) == 0
    assert not [pid for pid in again.all_children() if alive(pid)]
    assert not redis_listens(var)


def test_a_port_that_is_no_number_is_refused(start: Start) -> None:
    up = start(PORT="eighty")
    assert up.wait() == 1
    assert up.lines == ["CommandError: PORT must be a number, not 'eighty'."]


def test_a_redis_that_does_not_answer_is_named(start: Start, var: Path) -> None:
    up = start("--port", "0", REDIS_URL=f"unix://{var}/nobody.sock")
    assert up.wait() == 1
    assert up.lines[-1] == "CommandError: Redis does not answer. Is REDIS_URL right, and does it run?"
    assert not up.children()
