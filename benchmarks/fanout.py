"""What one web process delivers: `python -m benchmarks.fanout [--sockets 5000]`.

Deliveries a second of one core of one daphne process (its CPU time, not the clock, because clients and Redis share the
machine), beside the same messages through a plain Channels consumer as most projects write it: JSON with base64 over
the core Redis layer. Then idle sockets: how many, what each costs.
"""
# ruff: noqa: E402  the environment must be set before Django is imported

import argparse
import asyncio
import base64
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
os.environ["BRUSHWIRE_SOCKETS_PER_USER"] = "1000"

import django

django.setup()

from channels.layers import get_channel_layer
from channels_redis.core import RedisChannelLayer
from django.core.management import call_command

from accounts.models import User
from benchmarks import report
from benchmarks.peers import running, typical_settings
from config.env import VAR_DIR
from studio.news import events
from studio.protocol import PreviewFrame
from studio.values.frames import encode_frame
from tests.stack.processes import Stack
from tests.stack.redis_server import RedisServer
from tests.stack.session import session_cookie

TICKS = os.sysconf("SC_CLK_TCK")
GENERATION = "00000000-0000-4000-8000-000000000000"
PATIENCE, IDLE_FOR = 120.0, 10.0
SMALL = "progress event, 0.2 kB"
# Sockets in the deliveries' part; people with one page each, or one person's message for many pages.
CROWD = 200


def cpu(pid: int) -> float:
    """Seconds of CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid: int) -> int:
    """Resident bytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Pages:
    """Open pages in a process of their own."""

    def __init__(self, port: int, cookies: list[str], path: str = "/ws/studio/") -> None:
        command = [sys.executable, "-m", "benchmarks.sockets", str(port), path]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._say(json.dumps(cookies))
        assert self._hear() == "open"

    def counts(self) -> dict[str, int]:
        """Frames that arrived so far, by kind, and sockets that closed."""
        self._say("")
        counts: dict[str, int] = json.loads(self._hear())
        return counts

    def close(self) -> None:
        self.process.kill()
        self.process.wait()

    def _say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def _hear(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


@dataclass
class Load:
    """One kind of message: `send` gives a wave to every page of every group."""

    name: str
    kind: str
    message: dict[str, Any]


def _large(size: int) -> str:
    return f"preview, {size // 1000} kB"


def loads(size: int) -> list[Load]:
    """A progress event of about 200 bytes, and a preview of `size` bytes."""
    event = {"type": "progress", "generation": GENERATION, "stage": "denoising", "step": 3, "total": 20}
    header = PreviewFrame(generation=GENERATION, index=0, step=3, total=20)  # type: ignore[arg-type]
    frame = encode_frame(header, os.urandom(size))
    return [
        Load(SMALL, "text", {"kind": "event", "event": event | {"index": 0, "count": 1}}),
        Load(_large(size), "binary", {"kind": "preview", "picture": "p", "frame": frame}),
    ]


@dataclass
class Trial:
    """Messages through `layer` for the pages of `groups`, and the process that delivers them."""

    layer: Any
    groups: list[str]
    pages: Pages
    pid: int

    async def costs(self, loads: list[Load], waves: int) -> dict[str, float]:
        """CPU seconds a delivery, for each kind of message."""
        return {load.name: await self.cost(load, waves) for load in loads}

    async def cost(self, load: Load, waves: int) -> float:
        """Send `waves` messages to every group, each when the one before has arrived; CPU seconds a delivery."""
        total = CROWD * waves
        before, spent = self.pages.counts()[load.kind], cpu(self.pid)
        for wave in range(1, waves + 1):
            for group in self.groups:
                await self.layer.group_send(group, load.message | {"to": group})
            until = time.monotonic() + PATIENCE
            while self.pages.counts()[load.kind] - before < wave * CROWD:
                assert time.monotonic() < until, f"{load.name}: {self.pages.counts()} of {wave * CROWD}"
                await asyncio.sleep(0.002)
        return (cpu(self.pid) - spent) / total


def ours(stack: Stack, people: int, size: int, waves: int) -> dict[str, float]:
    """CPU seconds a delivery for CROWD sockets that belong to `people`."""
    users = [User.objects.create_user(f"crowd-{people}-{n}") for n in range(people)]
    cookies = [session_cookie(user) for user in users for _ in range(CROWD // people)]
    pages = Pages(stack.port, cookies)
    groups = [events.group_for(user.pk) for user in users]
    try:
        pid = stack.processes["web"].pid
        return asyncio.run(Trial(get_channel_layer(), groups, pages, pid).costs(loads(size), waves))
    finally:
        pages.close()


def typical_way(size: int, waves: int) -> dict[str, float]:
    """The same through the typical consumer: CPU seconds a delivery, one message for CROWD sockets."""
    image = base64.b64encode(os.urandom(size)).decode()
    event = {"type": "progress", "step": 3, "total": 20}
    wanted = {
        SMALL: event | {"generation": GENERATION, "stage": "denoising"},
        _large(size): event | {"image": image},
    }
    with running.typical(worker=False) as (port, [pid]):
        pages = Pages(port, [""] * CROWD, "/ws/?crowd")
        try:
            layer = RedisChannelLayer(**typical_settings.CORE_LAYER)
            kinds = [Load(name, "text", {"type": "tell", "content": content}) for name, content in wanted.items()]
            return asyncio.run(Trial(layer, ["room"], pages, pid).costs(kinds, waves))
        finally:
            pages.close()


def idle(stack: Stack, sockets: int) -> dict[str, float]:
    """What `sockets` open pages cost that hear nothing: opening, memory, CPU."""
    users = User.objects.bulk_create(User(username=f"idle-{n}") for n in range(sockets // 5))
    cookies = [session_cookie(user) for user in users for _ in range(5)]
    pid = stack.processes["web"].pid
    before, spent = memory(pid), cpu(pid)
    pages = Pages(stack.port, cookies)
    try:
        time.sleep(2)
        opening, grown = cpu(pid) - spent, memory(pid) - before
        spent, began = cpu(pid), time.monotonic()
        time.sleep(IDLE_FOR)
        rest = (cpu(pid) - spent) / (time.monotonic() - began)
        closed = pages.counts()["closed"]
    finally:
        pages.close()
    return {"opening": opening / sockets, "bytes": grown / sockets, "core": rest, "closed": closed}


def main() -> None:
    """Start the stack in a temporary folder, measure, write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=5000)
    parser.add_argument("--waves", type=int, default=100)
    parser.add_argument("--size", type=int, default=30_000, help="bytes of a preview; ours are about 3,000")
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    redis = RedisServer(VAR_DIR / "run" / "redis.sock")
    redis.start()
    call_command("migrate", verbosity=0)
    stack = Stack()
    try:
        stack.start("web")
        shared = ours(stack, 1, given.size, given.waves)
        own = ours(stack, CROWD, given.size, given.waves // 5)
        peer = typical_way(given.size, given.waves)
        still = idle(stack, given.sockets)
    finally:
        stack.stop()
        redis.stop(kill=True)
    lines = []
    for name in (SMALL, _large(given.size)):
        cells = [shared[name], own[name], peer[name]]
        rates = " | ".join(f"{1 / cell:,.0f} ({cell * 1e6:.0f} µs)" for cell in cells)
        lines.append(f"| {name} | {rates} | {peer[name] / shared[name]:.1f} |")
    table = "\n".join(lines)
    body = f"""
Deliveries a second of one core of one daphne process (CPU time of a delivery in brackets), {CROWD} open pages.

| message | one for all pages | one for each page | typical Channels, JSON and base64, one for all | ratio |
|---|--:|--:|--:|--:|
{table}

{given.sockets:,} open pages in one process: {still["opening"] * 1000:.2f} ms of CPU to open one,
{still["bytes"] / 1024:.1f} KiB each, {still["core"] * 100:.1f} % of a core while nothing happens;
{still["closed"]:.0f} of them were closed.
"""
    report.write(
        "Messages to open pages", "python -m benchmarks.fanout", body,
        {name: shared[name] / peer[name] for name in (SMALL, _large(given.size))},
    )  # fmt: skip


if __name__ == "__main__":
    main()
