"""`manage.py up`: the whole studio on this machine in one command. Ctrl-C stops it."""

import asyncio
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.management import broker, door, first_start, processes
from studio.management.console import Console
from studio.management.processes import Child
from studio.management.supervisor import CannotStart, Stopped, Supervisor
from studio.models import Model

TELL_AFTER = 30.0
REDIS_WITHIN = 10.0


class Command(BaseCommand):
    help = "Starts everything: Redis when there is none, the web server, the workers, the reconciler and the clock."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="default: PORT, else 8000")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console()
        try:
            with only_one(settings.VAR_DIR), take_port(options["port"], console) as entrance:
                asyncio.run(_run(entrance, console))
        except Stopped:
            console.log("up", "everything has stopped")
        except (AlreadyUp, CannotStart, broker.NoBroker, door.NoPort, ValueError) as error:
            raise CommandError(str(error)) from error


class AlreadyUp(Exception):
    """Another copy runs from the same folder."""


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Hold `var`/run/up.lock, with our process id in it; the kernel lets go of it however we end."""
    path = var / "run" / "up.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise AlreadyUp(
                f"Brushwire already runs from {var} (process {file.read().strip() or 'unknown'}). "
                "Stop it first, or set BRUSHWIRE_VAR to another folder."
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def take_port(wanted: str, console: Console) -> socket.socket:
    """The listening socket on the port `wanted`, or on another one, and then it says so."""
    if not wanted.isdecimal():
        raise door.NoPort(f"PORT must be a number, not {wanted!r}.")
    entrance = door.take_port(int(wanted))
    port = entrance.getsockname()[1]
    if port != int(wanted) != 0:
        console.log("up", f"port {wanted} is taken by another program (or not allowed), using port {port} instead")
    return entrance


async def _run(entrance: socket.socket, console: Console) -> None:
    """Start everything and keep it running. Ends by raising: Stopped, CannotStart or NoBroker."""
    supervisor = Supervisor(console.log)
    supervisor.listen_to_signals()
    try:
        url = await _start_broker(supervisor, console)
        child_env = {"REDIS_URL": url, "BRUSHWIRE_VAR": str(settings.VAR_DIR), "PORT": str(entrance.getsockname()[1])}
        await supervisor.run_until(asyncio.to_thread(first_start.prepare, console.say))
        named = await supervisor.run_until(asyncio.to_thread(_queues_of_models))
        for child in processes.studio(settings.BASE_DIR, child_env, entrance.fileno(), named):
            supervisor.start(child)
        await supervisor.run_until(_until_ready(entrance.getsockname()[1], console))
        supervisor.be_ready()
        console.say(f"ready: http://{door.HOST}:{entrance.getsockname()[1]}/")
        await supervisor.run()
    finally:
        await supervisor.stop_all()


def _queues_of_models() -> set[str]:
    """The queues that models of the catalogue name: each needs a worker that listens to it."""
    return set(Model.objects.filter(enabled=True).exclude(queue="").values_list("queue", flat=True))


async def _start_broker(supervisor: Supervisor, console: Console) -> str:
    """The address of a Redis that answers."""
    # `.env` was read into the environment with the settings.
    given, search_path = os.environ.get("REDIS_URL", ""), os.environ.get("PATH", os.defpath)
    found = broker.find_broker(given, search_path, settings.VAR_DIR)
    if found.command:
        console.log("up", f"Redis: {found.command[0]}")
        supervisor.start(Child("redis", found.command))
    if not await supervisor.run_until(broker.answers(found.url, within=REDIS_WITHIN)):
        raise broker.NoBroker("Redis does not answer. Is REDIS_URL right, and does it run?")
    return found.url


async def _until_ready(port: int, console: Console) -> None:
    """Until /readyz says yes; now and then it tells what is missing."""
    host = next((name for name in settings.ALLOWED_HOSTS if name and name[0] not in "*."), "localhost")
    loop = asyncio.get_running_loop()
    tell_at = loop.time() + TELL_AFTER
    while True:
        status, body = await door.ask_ready(port, host)
        if status == 200:
            return
        if loop.time() > tell_at:
            console.log("up", f"not ready yet ({status or 'no answer'}): {body[:500]}")
            tell_at = loop.time() + TELL_AFTER
        await asyncio.sleep(0.2)
