"""The supervisor with small children of its own: restarts, giving up, stopping in order, leaving nobody behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from studio.management.processes import Child
from studio.management.supervisor import CannotStart, Patience, Stopped, Supervisor
from tests.up.running import alive

ROOT = Path(__file__).resolve().parents[2]
QUICK = Patience(first=0.02, longest=0.1, steady=30.0, early_deaths=5)
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('here', flush=True)
time.sleep(60)
"""


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def until(condition: Callable[[], bool], seconds: float = 45.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


class Lines(list[str]):
    """What was logged, as `name: line`."""

    def __call__(self, name: str, line: str) -> None:
        self.append(f"{name}: {line}")

    def of(self, name: str) -> list[str]:
        return [line.removeprefix(f"{name}: ") for line in self if line.startswith(f"{name}: ")]


def live(scene: Callable[[Supervisor], Coroutine[None, None, None]], log: Lines, patience: Patience = QUICK) -> None:
    async def play() -> None:
        supervisor = Supervisor(log, patience)
        try:
            await scene(supervisor)
        finally:
            await supervisor.stop_all()

    asyncio.run(play())


async def seen(log: Lines, name: str, count: int = 1) -> list[str]:
    async with asyncio.timeout(60):
        while len(log.of(name)) < count:
            await asyncio.sleep(0.02)
    return log.of(name)


def test_a_child_that_ends_is_started_again() -> None:
    log = Lines()

    async def scene(supervisor: Supervisor) -> None:
        supervisor.start(Child("short", python("print('hello')")))
        await supervisor.run_until(seen(log, "short", 3))

    live(scene, log)
    assert log.of("short")[:3] == ["hello"] * 3


def test_the_pause_before_a_restart_doubles_up_to_its_limit() -> None:
    patience = Patience()
    assert [patience.delay(deaths) for deaths in range(1, 8)] == [0.5, 1, 2, 4, 8, 15, 15]
    assert patience.delay(10_000) == 15


def test_a_child_that_never_starts_ends_the_studio_with_its_name() -> None:
    log = Lines()

    async def scene(supervisor: Supervisor) -> None:
        supervisor.start(Child("broken", python("raise SystemExit(7)")))
        await supervisor.run()

    with pytest.raises(CannotStart, match=r"broken does not start: it ended 5 times \(exit status 7\)"):
        live(scene, log)


def test_a_program_that_does_not_exist_ends_the_studio_too() -> None:
    async def scene(supervisor: Supervisor) -> None:
        supervisor.start(Child("ghost", ("/nowhere/ghost",)))
        await supervisor.run()

    with pytest.raises(CannotStart, match="ghost"):
        live(scene, Lines())


def test_once_ready_a_dying_child_is_restarted_for_ever() -> None:
    log = Lines()

    async def scene(supervisor: Supervisor) -> None:
        supervisor.be_ready()
        supervisor.start(Child("shaky", python("print('again'); raise SystemExit(1)")))
        await supervisor.run_until(seen(log, "shaky", QUICK.early_deaths + 2))

    live(scene, log)


def test_children_stop_in_reverse_order() -> None:
    log = Lines()
    code = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: (print('bye', flush=True), sys.exit(0)));"
    code += "print('up', flush=True); signal.pause(); signal.pause()"

    async def scene(supervisor: Supervisor) -> None:
        for name in ("first", "second", "third"):
            supervisor.start(Child(name, python(code)))
            await seen(log, name)

    live(scene, log)
    assert [line for line in log if line.endswith("bye")] == ["third: bye", "second: bye", "first: bye"]


def test_a_child_that_ignores_sigterm_is_killed_after_its_grace() -> None:
    log = Lines()

    async def scene(supervisor: Supervisor) -> None:
        supervisor.start(Child("stubborn", python(STUBBORN), grace=0.3))
        await seen(log, "stubborn")

    started = time.monotonic()
    live(scene, log)
    assert time.monotonic() - started < 45
    assert "stubborn did not stop in time and is killed" in log.of("up")


def test_asking_twice_does_not_wait_for_the_grace() -> None:
    log = Lines()

    async def scene(supervisor: Supervisor) -> None:
        supervisor.start(Child("stubborn", python(STUBBORN), grace=60))
        await seen(log, "stubborn")
        supervisor.request_stop()
        asyncio.get_running_loop().call_later(0.2, supervisor.request_stop)
        with pytest.raises(Stopped):
            await supervisor.run()

    started = time.monotonic()
    live(scene, log)
    assert time.monotonic() - started < 45


def test_what_a_killed_child_started_goes_with_it() -> None:
    log = Lines()
    code = "import subprocess, sys, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"

    async def scene(supervisor: Supervisor) -> None:
        supervisor.start(Child("parent", python(code)))
        await seen(log, "parent")
        os.kill(int(log.of("up")[0].rsplit(" ", 1)[1]), signal.SIGKILL)
        await seen(log, "parent", 2)  # the second life prints its own
        until(lambda: not alive(int(log.of("parent")[0])))

    live(scene, log)
    until(lambda: not alive(int(log.of("parent")[1])))


def test_children_end_when_the_supervisor_itself_is_killed(tmp_path: Path) -> None:
    code = f"""
import asyncio, sys
sys.path.insert(0, {str(ROOT)!r})
from studio.management.processes import Child
from studio.management.supervisor import Supervisor
async def main():
    supervisor = Supervisor(lambda name, line: print(line, flush=True))
    supervisor.start(Child("sleeper", ("sleep", "60")))
    await supervisor.run()
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline().rsplit(" ", 1)[1])
        until(lambda: "sleep" in Path(f"/proc/{child}/cmdline").read_text().split("\0")[0])
        process.kill()
        until(lambda: not alive(child))


def test_a_very_long_line_is_cut_and_the_log_goes_on() -> None:
    log = Lines()

    async def scene(supervisor: Supervisor) -> None:
        supervisor.start(Child("loud", python("print('x' * 300_000); print('after'); import time; time.sleep(60)")))
        async with asyncio.timeout(60):
            while "after" not in log.of("loud"):
                await asyncio.sleep(0.02)

    live(scene, log)
    assert max(map(len, log.of("loud"))) <= 8192
