"""The engine's own process: torch stays in it, and its death or hanging costs neither the worker nor another job."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio.engines.base import EngineLost, Holding, Supervised
from studio.engines.local import LocalEngine
from studio.engines.local.client import Company
from studio.job import Job
from tests.stack import PATIENCE
from tests.stack.waiting import wait_until
from tests.studio.engines.contract import Recorder
from tests.up.running import alive

ROOT = Path(__file__).resolve().parents[3]
LONG: dict[str, Any] = {"steps": 100, "width": 128, "height": 128}

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    """One for this file: each of its tests leaves it with a process that works."""
    engine = LocalEngine(device="cpu", threads=1)
    yield engine
    engine.close()


def test_worker_with_its_engine_never_loads_torch() -> None:
    code = (
        "import sys, django; django.setup(); import studio.tasks; from studio.worker import runner;"
        "from studio.engines import catalogue; engine = catalogue.load('local'); engine.warm_up(); engine.close();"
        "bad = {'torch', 'diffusers', 'transformers'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=PATIENCE)


@pytest.mark.parametrize("end", ["dies", "hangs"])
def test_every_job_of_a_dead_engine_is_told_and_the_next_one_gets_a_new_engine(
    engine: LocalEngine, ask_tiny: Callable[..., Job], end: str
) -> None:
    assert isinstance(engine, Supervised) and isinstance(engine, Holding)
    stepping, lost = threading.Barrier(3, timeout=PATIENCE), []

    def work(name: str) -> None:
        def listen(step: Any) -> None:
            if step.step == 2 and step.index == 0:
                stepping.wait()

        try:
            engine.run(replace(ask_tiny(count=2, **LONG), id=name), listen)
        except EngineLost:
            lost.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    stepping.wait()
    first = engine.pid
    assert first is not None
    assert engine.models() == {ask_tiny().model.name}
    if end == "dies":
        os.kill(first, signal.SIGKILL)
    else:
        os.kill(first, signal.SIGSTOP)
        engine.end_hung("two")
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(lost) == ["one", "two"]
    assert engine.models() == frozenset(), "what a dead engine held is gone"
    assert engine.run(ask_tiny(steps=1), Recorder())
    assert engine.pid not in (None, first)
    until = time.monotonic() + PATIENCE  # the process tells what it holds after the picture
    while engine.models() != {ask_tiny().model.name}:
        assert time.monotonic() < until, "in memory, though nobody works with it now"
        time.sleep(0.05)
    while (load := engine.load()) is None:
        assert time.monotonic() < until, "it tells how busy its device is"
        time.sleep(0.05)
    assert load.device == "cpu" and 0 < load.memory <= load.total


def test_engine_ends_with_its_worker_however_that_dies(tmp_path: Path) -> None:
    code = (
        "import time; from studio.engines.local import LocalEngine; engine = LocalEngine(device='cpu');"
        "engine.warm_up(); print(engine.pid, flush=True); time.sleep(60)"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    assert worker.stdout is not None
    pid = int(worker.stdout.readline())
    worker.kill()
    worker.wait(PATIENCE)
    until = time.monotonic() + PATIENCE
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(pid)


def test_engine_that_cannot_start_fails_its_jobs_and_does_not_kill_the_worker(ask_tiny: Callable[..., Job]) -> None:
    engine = LocalEngine(device="cuda:99")
    with pytest.raises(Exception, match="engine_failed"):
        engine.run(ask_tiny(), Recorder())
    engine.close()


def test_job_whose_engine_died_before_has_the_next_one_to_itself() -> None:
    company, told = Company(), []
    inside: set[str] = set()
    seen: dict[str, set[str]] = {}

    over = threading.Event()

    def work(name: str, alone: bool) -> None:
        with company.of(alone, lambda: told.append(name)):
            inside.add(name)
            seen[name] = set(inside)
            assert over.wait(PATIENCE)
            inside.discard(name)

    def begin(name: str, alone: bool) -> threading.Thread:
        """It has come in, or has been told that it waits."""
        thread = threading.Thread(target=work, args=(name, alone))
        thread.start()
        wait_until(lambda: name in seen or name in told)
        return thread

    threads = [begin("a", False), begin("b", False), begin("suspect", True), begin("late", False)]
    over.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert seen["b"] == {"a", "b"}
    assert seen["suspect"] == {"suspect"}
    assert seen["late"] == {"late"}
    assert {"suspect", "late"} == set(told)
