"""Runs every check and every test suite: `make check`. Plain Python, no package needed to start.

`python tests/run.py [lint|unit|flows|postgres|deploy|browser|node …]` runs only those. Every suite prints as it likes;
at the end stands one line for each, and one that names the suites that could not run here. With CI=true those are
failures. Some run beside each other (ROUNDS): what those print comes in one piece when they have ended.
"""

import asyncio
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
LIMIT = 1800.0  # seconds; a suite that takes longer hangs, also on a machine three times slower than ours


class CannotRun(Exception):
    """What a suite needs is not here and could not be got; the text names it."""


@dataclass(frozen=True)
class Suite:
    """One command; `needs` gives it more environment (or raises CannotRun); `env` is fixed."""

    group: str
    name: str
    command: Callable[[], Sequence[str]]
    env: dict[str, str] = field(default_factory=dict)
    needs: Callable[[], dict[str, str]] = dict


def program(name: str) -> str:
    """A program of our virtual environment."""
    return str(Path(sys.executable).parent / name)


def fixed(*words: str) -> Callable[[], Sequence[str]]:
    return lambda: words


def manage(*words: str) -> Callable[[], Sequence[str]]:
    return fixed(sys.executable, "manage.py", *words)


def pytest(*words: str) -> Callable[[], Sequence[str]]:
    return fixed(sys.executable, "-m", "pytest", *words)


def on_postgres(*words: str) -> Callable[[], Sequence[str]]:
    """Pytest with a PostgreSQL of its own, which ends with it."""
    return fixed(sys.executable, "-m", "tests.tools.postgres", sys.executable, "-m", "pytest", *words)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(*words: str, more: int = 0) -> Callable[[], Sequence[str]]:
    """Pytest on all cores (four at most: every process has a torch or a browser of its own), a file at a time, in the
    order in which conftest.py puts them. `more` processes than cores, where tests wait for much of their time."""
    slow = ("--durations=15", "--durations-min=5")
    return pytest(*words, *slow, "-n", str(min(4, cores()) + more), "--dist", "loadfile", "--no-loadscope-reorder")


def chromium() -> dict[str, str]:
    from tests.tools.chromium import NoChromium, find

    try:
        return {"CHROMIUM": str(find())}
    except NoChromium as error:
        raise CannotRun(f"no Chromium: {error}") from error


def redis() -> dict[str, str]:
    """A Redis that the tests can start is on the PATH or in the package; only where neither is, they cannot run."""
    from studio.management.broker import NoBroker, find_server

    try:
        find_server(os.environ.get("PATH", os.defpath))
    except NoBroker as error:
        raise CannotRun(str(error)) from error
    return {}


def postgres() -> dict[str, str]:
    """A PostgreSQL that the tests can start is installed."""
    from tests.tools.postgres import NoPostgres, find

    try:
        find()
    except NoPostgres as error:
        raise CannotRun(str(error)) from error
    return redis()


def production() -> dict[str, str]:
    """What deploy/ needs on one machine: nginx besides."""
    from tests.tools.nginx import NoNginx, find

    try:
        return postgres() | browser() | {"NGINX": str(find())}
    except NoNginx as error:
        raise CannotRun(f"no nginx: {error}") from error


def browser() -> dict[str, str]:
    """Chromium, and the Node that playwright itself runs on."""
    from tests.tools.node import in_playwright

    return redis() | chromium() | {"PLAYWRIGHT_NODEJS_PATH": str(node(in_playwright))}


def node(find: Callable[[], Path]) -> Path:
    from tests.tools.node import NoNode

    try:
        return find()
    except NoNode as error:
        raise CannotRun(f"no Node: {error}") from error


def node_tests() -> Sequence[str]:
    from tests.tools.node import find

    program = node(find)
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "js").rglob("*.test.*js"))
    if not files:
        raise CannotRun("there are no files tests/js/*.test.js")
    return [str(program), "--test", *files]


PROD = {
    "DJANGO_SETTINGS_MODULE": "config.settings.prod",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ALLOWED_HOSTS": "studio.example.org",
    "BRUSHWIRE_PUBLIC_URL": "https://studio.example.org",
    "EMAIL_URL": "smtp://localhost",
}
TEST = {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
FLOWS, BROWSER, CHAOS, DEPLOY = "tests/flows", "tests/browser", "tests/chaos", "tests/deploy"

SUITES = [
    Suite("lint", "ruff", fixed(program("ruff"), "check", ".")),
    Suite("lint", "format", fixed(program("ruff"), "format", "--check", ".")),
    Suite("lint", "layers", fixed(program("lint-imports"))),
    Suite("lint", "types", fixed(program("mypy"), "."), TEST),
    Suite("lint", "migrations", manage("makemigrations", "--check", "--dry-run"), TEST),
    Suite("lint", "protocol.js", manage("protocol_js", "--check"), TEST),
    Suite("lint", "errors.md", manage("errors_doc", "--check"), TEST),
    Suite("lint", "translations", fixed(sys.executable, "-m", "tests.tools.compiled_locales")),
    Suite("lint", "deploy", manage("check", "--deploy", "--fail-level", "WARNING"), PROD),
    Suite("node", "node", node_tests),
    Suite(
        "unit",
        "unit",
        spread("tests", *(f"--ignore={each}" for each in (FLOWS, BROWSER, CHAOS, DEPLOY)), more=1),
        needs=redis,
    ),
    Suite("flows", "flows", spread(FLOWS), needs=redis),
    Suite(
        "postgres",
        "postgres",
        on_postgres("tests/gallery", "tests/accounts/test_record.py", "tests/up/test_backups.py", "-m", "database"),
        needs=postgres,
    ),
    Suite("deploy", "deploy-check", pytest(DEPLOY), needs=production),
    Suite("browser", "browser", spread(BROWSER), needs=browser),
    Suite("chaos", "chaos", spread(CHAOS, f"--ignore={CHAOS}/postgres"), needs=redis),
    Suite("postgres", "database away", on_postgres(f"{CHAOS}/postgres"), needs=postgres),
]

# The groups of a round run beside each other, each its suites one by one. The flows mostly wait, for leases to end and
# engines to start, so they leave room for what is LIGHT: that steps back for them. The others use all cores themselves;
# a group that is not named here has a round of its own at the end.
ROUNDS = (("lint", "node", "flows", "postgres", "deploy"), ("unit",), ("browser",), ("chaos",))
LIGHT = ("lint", "node", "postgres", "deploy")


@dataclass(frozen=True)
class Outcome:
    """`status` is ok, failed or not run; `why` says more about the last two."""

    suite: Suite
    status: str
    seconds: float
    why: str = ""


async def run(suite: Suite, *, at_once: bool = True) -> Outcome:
    """Run one suite. Its output comes on ours, as it is written or, unless `at_once`, when the suite has ended."""
    title = f"\n=== {suite.name}"
    if at_once:
        print(title, flush=True)
    started = time.monotonic()
    try:
        command, env = suite.command(), os.environ | await asyncio.to_thread(suite.needs) | suite.env
    except CannotRun as error:
        print("" if at_once else f"{title}\n", f"cannot run: {error}", sep="", flush=True)
        return Outcome(suite, "not run", 0.0, str(error))
    # Every suite gets a folder of its own for what it writes, and a short name: sockets have short addresses.
    with (
        tempfile.TemporaryDirectory(prefix="bw-", ignore_cleanup_errors=True) as var,
        tempfile.TemporaryFile() as kept,
    ):
        output, light = None if at_once else kept, suite.group in LIGHT
        why = await execute(command, env | {"BRUSHWIRE_VAR": var}, output=output, light=light)
        if not at_once:
            kept.seek(0)
            print(title, kept.read().decode(errors="replace").rstrip(), sep="\n", flush=True)
    return Outcome(suite, "failed" if why else "ok", time.monotonic() - started, why)


async def execute(
    command: Sequence[str],
    env: dict[str, str],
    limit: float = LIMIT,
    *,
    output: BinaryIO | None = None,
    light: bool = False,
) -> str:
    """Run `command` to its end; what went wrong, or an empty text. Nothing that it started stays.

    What it prints goes into `output`, by default on ours. `light`: others have the cores first.
    """
    nice = ("nice", "-n", "10") if light else ()
    process = await asyncio.create_subprocess_exec(
        *nice, *command, cwd=ROOT, env=env, stdout=output, stderr=output, start_new_session=True
    )
    try:
        async with asyncio.timeout(limit):
            status = await process.wait()
        return f"exit status {status}" if status else ""
    except TimeoutError:
        return f"took more than {limit:.0f} s"
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        await process.wait()


async def run_rounds(suites: Sequence[Suite]) -> list[Outcome]:
    """Run `suites` round by round; their outcomes in the order of `suites`."""
    outcomes: list[Outcome] = []

    async def lane(suites: Sequence[Suite], at_once: bool) -> None:
        for suite in suites:
            outcomes.append(await run(suite, at_once=at_once))  # noqa: PERF401  each is known when it has ended

    named = [group for groups in ROUNDS for group in groups]
    alone = dict.fromkeys(suite.group for suite in suites if suite.group not in named)
    for groups in (*ROUNDS, *((group,) for group in alone)):
        lanes = [chosen for group in groups if (chosen := [suite for suite in suites if suite.group == group])]
        async with asyncio.TaskGroup() as tasks:
            for each in lanes:
                tasks.create_task(lane(each, at_once=len(lanes) == 1))
    return sorted(outcomes, key=lambda outcome: suites.index(outcome.suite))


def closing_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """A line for each suite, and, if there are any, one that names all that could not run."""
    lines = [f"{o.status:<8} {o.suite.name:<12} {o.seconds:6.1f} s  {o.why}".rstrip() for o in outcomes]
    if idle := [f"{o.suite.name} ({o.why})" for o in outcomes if o.status == "not run"]:
        lines.append("Not run here: " + ", ".join(idle))
    return lines


def exit_status(outcomes: Sequence[Outcome], *, in_ci: bool) -> int:
    """1 when a suite failed, or in CI when one could not run; else 0."""
    bad = {"failed", "not run"} if in_ci else {"failed"}
    return int(any(outcome.status in bad for outcome in outcomes))


def main(groups: Sequence[str]) -> int:
    known = {suite.group for suite in SUITES}
    if unknown := set(groups) - known:
        print(f"There is no {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}.", file=sys.stderr)
        return 2
    # What all suites share: tests/stack/database.py.
    with tempfile.TemporaryDirectory(prefix="bw-shared-") as shared:
        os.environ["BRUSHWIRE_TEST_SHARED"] = shared
        outcomes = asyncio.run(run_rounds([suite for suite in SUITES if not groups or suite.group in groups]))
    print("\n" + "\n".join(closing_lines(outcomes)), flush=True)
    return exit_status(outcomes, in_ci=os.environ.get("CI", "").lower() in ("true", "1"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
