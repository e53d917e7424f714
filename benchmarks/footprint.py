"""What the processes take before anybody draws: disk, memory and start-up, the web tier beside one with torch in it:
`python -m benchmarks.footprint`.

Memory is what the process alone holds (its private pages and its part of shared ones). The packages are installed
anew into temporary folders, from pip's cache where it has them.
"""
# ruff: noqa: E402  the environment must be set before Django is imported

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

import django

django.setup()

from django.core.management import call_command

from benchmarks import report
from config.env import VAR_DIR
from studio.engines import seeding
from studio.models import Worker
from tests.stack.processes import Stack
from tests.stack.redis_server import RedisServer

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = {"web tier": "requirements-web.txt", "everything": "requirements.txt"}
# The same web process as many a small studio has it: the pipeline in the process that answers.
PEER = "import config.asgi, torch, diffusers; from diffusers import StableDiffusionPipeline; input()"
MB = 1024 * 1024


def on_disk(requirements: str) -> int:
    """Bytes of the packages that `requirements` names, and of those that they need."""
    with tempfile.TemporaryDirectory(prefix="bw-size-") as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--target", folder]
        subprocess.run([*pip, "-r", str(ROOT / requirements)], check=True, stderr=subprocess.DEVNULL)
        return sum(file.lstat().st_size for file in Path(folder).rglob("*") if file.is_file())


def memory(pid: int) -> int:
    """Bytes of the process `pid` and of those that it started."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    own = next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(memory(int(child)) for child in children)


@contextmanager
def peer() -> Iterator[int]:
    """The pid of a web process that has torch in it."""
    process = subprocess.Popen([sys.executable, "-c", PEER], cwd=ROOT, stdin=subprocess.PIPE)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait(60)


def seconds_to_load(words: str) -> float:
    """How long a new Python takes for `words`."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", words], cwd=ROOT, check=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - began


def started(stack: Stack, name: str, path: str) -> float:
    """Seconds from the start of `name` until `path` says that it is there."""
    began = time.perf_counter()
    stack.start(name)
    stack.wait_for(path)
    return time.perf_counter() - began


def settled(stack: Stack) -> None:
    """Let every process do once what it does later on; the engine's has torch in it when it is there."""
    until = time.monotonic() + 20
    while memory(stack.processes["worker"].pid) < 300 * MB and time.monotonic() < until:
        time.sleep(0.5)
    for _ in range(50):
        with urllib.request.urlopen(f"{stack.url}/accounts/login/") as answer:
            answer.read()
    time.sleep(3)


def main() -> None:
    """Install, start, measure, write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    sizes = {name: on_disk(file) for name, file in REQUIREMENTS.items()}
    redis = RedisServer(VAR_DIR / "run" / "redis.sock")
    redis.start()
    call_command("migrate", verbosity=0)
    seeding.seed()
    stack = Stack(1, BRUSHWIRE_WARM_UP="True")
    starts: dict[str, list[float]] = {"web": [], "worker": []}
    try:
        for number in range(rounds):
            Worker.objects.all().delete()  # of the round before, which was killed
            starts["web"].append(started(stack, "web", "/healthz"))
            stack.start("reconciler")  # /readyz wants one
            starts["worker"].append(started(stack, "worker", "/readyz"))
            if number < rounds - 1:
                stack.stop()
        settled(stack)
        held = {name: memory(process.pid) for name, process in stack.processes.items()}
        with peer() as pid:
            time.sleep(30)
            theirs = memory(pid)
    finally:
        stack.stop()
        redis.stop(kill=True)
    quick = [seconds_to_load("import config.asgi") for _ in range(rounds)]
    slow = [seconds_to_load(PEER.replace("input()", "pass")) for _ in range(rounds)]
    disk = "\n".join(f"| {name} (`{REQUIREMENTS[name]}`) | {size / MB:.0f} |" for name, size in sizes.items())
    named = {"web": "web process", "worker": "worker, before its first picture", "reconciler": "reconciler"}
    rows = "\n".join(f"| {named[name]} | {size / MB:.0f} |" for name, size in held.items())
    body = f"""
| packages on disk | MB |
|---|--:|
{disk}

| memory at rest | MB |
|---|--:|
{rows}
| the web process if it had torch and diffusers in it | {theirs / MB:.0f} |

Start-up, median of {rounds}: the web process answers after {statistics.median(starts["web"]):.1f} s; with a worker
started then, pictures can be made {statistics.median(starts["worker"]):.1f} s later. The web tier's code alone is
loaded in {statistics.median(quick):.1f} s, with torch and diffusers in {statistics.median(slow):.1f} s.
"""
    ratios = {
        "disk": sizes["web tier"] / sizes["everything"],
        "memory": held["web"] / theirs,
        "loading": statistics.median(quick) / statistics.median(slow),
    }
    report.write("What it takes at rest", "python -m benchmarks.footprint", body, ratios)


if __name__ == "__main__":
    main()
