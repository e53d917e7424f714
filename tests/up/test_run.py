"""tests/run.py: what could not run is said, and counts in CI; what hangs is ended."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from tests import run
from tests.run import CannotRun, Outcome, Suite, closing_lines, execute, exit_status
from tests.up.running import alive


def suite(name: str) -> Suite:
    return Suite("unit", name, run.fixed("true"))


OK = Outcome(suite("unit"), "ok", 1.0)
FAILED = Outcome(suite("flows"), "failed", 2.0, "exit status 1")
IDLE = Outcome(suite("browser"), "not run", 0.0, "no Chromium")


def test_one_closing_line_names_what_could_not_run() -> None:
    assert closing_lines([OK, IDLE])[-1] == "Not run here: browser (no Chromium)"


def test_without_idle_suites_there_is_no_such_line() -> None:
    assert not any(line.startswith("Not run") for line in closing_lines([OK, FAILED]))


@pytest.mark.parametrize(
    ("outcomes", "in_ci", "status"),
    [([OK], True, 0), ([OK, IDLE], False, 0), ([OK, IDLE], True, 1), ([OK, FAILED], False, 1)],
)
def test_what_could_not_run_is_a_failure_only_in_ci(outcomes: list[Outcome], in_ci: bool, status: int) -> None:
    assert exit_status(outcomes, in_ci=in_ci) == status


async def test_a_suite_without_its_tools_does_not_run() -> None:
    def nothing() -> dict[str, str]:
        raise CannotRun("no piano")

    outcome = await run.run(Suite("unit", "music", run.fixed("true"), needs=nothing))
    assert (outcome.status, outcome.why) == ("not run", "no piano")


async def test_a_suite_that_fails_says_how() -> None:
    bad = Suite("unit", "bad", run.fixed(sys.executable, "-c", "raise SystemExit(3)"))
    assert (await run.run(bad)).why == "exit status 3"


async def test_a_suite_that_hangs_is_ended() -> None:
    started = time.monotonic()
    assert "took more than" in await execute(["sleep", "60"], {"PATH": "/usr/bin:/bin"}, limit=0.2)
    assert time.monotonic() - started < 45


async def test_what_a_suite_leaves_behind_is_ended_too(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    assert await execute(["/bin/sh", "-c", f"sleep 60 & echo $! > {note}"], {"PATH": "/usr/bin:/bin"}) == ""
    deadline = time.monotonic() + 50
    while alive(int(note.read_text())):
        assert time.monotonic() < deadline


def says(group: str, words: str) -> Suite:
    return Suite(group, words, run.fixed("echo", words))


def both(group: str, others: str, tmp_path: Path) -> Suite:
    """A suite that ends only when the other one has begun, and says so in two lines."""
    code = (
        f"import pathlib, time; p = pathlib.Path({str(tmp_path)!r}); (p / {group!r}).touch(); print({group!r}, 'one')\n"
        f"while not (p / {others!r}).exists(): time.sleep(0.02)\nprint({group!r}, 'two')"
    )
    return Suite(group, group, run.fixed(sys.executable, "-uc", code))


async def test_suites_of_a_round_run_beside_each_other_and_print_one_after_the_other(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    suites = [both("lint", "flows", tmp_path), both("flows", "lint", tmp_path), says("new", "later")]
    outcomes = await asyncio.wait_for(run.run_rounds(suites), 90)
    assert [(outcome.suite, outcome.status) for outcome in outcomes] == [(suite, "ok") for suite in suites]
    pieces = capfd.readouterr().out.split("\n=== ")
    assert sorted(pieces[1:3]) == ["flows\nflows one\nflows two\n", "lint\nlint one\nlint two\n"]
    assert pieces[3] == "later\nlater\n"


async def test_a_run_that_is_stopped_leaves_nobody(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    stays = Suite("unit", "stays", run.fixed("/bin/sh", "-c", f"echo $$ > {note}.new; mv {note}.new {note}; sleep 60"))
    running = asyncio.create_task(run.run_rounds([stays]))
    async with asyncio.timeout(50):
        while not note.exists():
            await asyncio.sleep(0.02)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert not alive(int(note.read_text()))


def test_an_unknown_group_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["everything"]) == 2
    assert "There is no everything" in capsys.readouterr().err


def test_every_group_of_the_readme_exists() -> None:
    groups = {"lint", "unit", "flows", "postgres", "deploy", "browser", "chaos", "node"}
    assert {suite.group for suite in run.SUITES} == groups
