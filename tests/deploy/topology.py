"""The whole of production on this machine: PostgreSQL, two Redis, the commands of the systemd units, nginx in front.

Everything lies in one temporary folder: the files in deploy/ are taken as they are, only paths and ports change.
"""

import grp
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from studio.management.broker import find_server
from tests.deploy.certificate import HOST, write_certificate
from tests.deploy.units import ROOT, Unit
from tests.stack import PATIENCE
from tests.stack.processes import free_port
from tests.tools import nginx, postgres

REDISES = ("broker", "channels")
# The processes of the check, as (unit, instance). The clock has nothing to do in it; tests/up starts that.
PROCESSES = {
    "web-1": ("brushwire-web@.service", "1"),
    "web-2": ("brushwire-web@.service", "2"),
    "gpu": ("brushwire-gpu@.service", "cpu"),
    "cpu": ("brushwire-cpu.service", ""),
    "reconciler": ("brushwire-reconciler.service", ""),
}


class Topology:
    """What runs, by name: each can be killed and started again. `folder` stands for /."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.http, self.https = free_port(), free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.certificate = write_certificate(folder / "tls")
        self.env: dict[str, str] = {}
        self.nginx_program = nginx.find()
        for name in ("run", "var/media", "var/static", "log", "temp", *(f"var/redis-{each}" for each in REDISES)):
            (folder / name).mkdir(parents=True)
            (folder / name).chmod(0o755)

    # --- what the files say ---------------------------------------------------------------------------------------

    def places(self, text: str) -> str:
        """`text` of a file in deploy/ with this machine's places in it."""
        places = {
            "/opt/brushwire/.venv/bin/python": sys.executable,
            "/opt/brushwire": str(ROOT),
            "/usr/bin/redis-server": str(find_server(os.environ["PATH"])),
            "/etc/brushwire/redis": str(ROOT / "deploy" / "redis"),
            "/etc/nginx/brushwire": str(self.folder / "nginx"),
            "/etc/nginx/tls": str(self.folder / "tls"),
            "/run/brushwire": str(self.folder / "run"),
            "/var/lib/brushwire": str(self.folder / "var"),
            "/var/lib/letsencrypt": str(self.folder / "temp"),
            "/var/log/nginx": str(self.folder / "log"),
        }
        for theirs, ours in places.items():
            text = text.replace(theirs, ours)
        return text

    def environment(self, database: dict[str, str]) -> dict[str, str]:
        """deploy/env.production.example, filled in."""
        lines = (ROOT / "deploy" / "env.production.example").read_text().splitlines()
        given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        shown = {name: self.places(value.strip('"')) for name, value in given.items()}
        site = f"https://{HOST}:{self.https}"
        filled = {"SECRET_KEY": secrets.token_urlsafe(50), "EMAIL_URL": "consolemail://", "BRUSHWIRE_PUBLIC_URL": site}
        # A CPU's worker, which leaves a core to the rest, and the model warm before the first person waits for it.
        hardware = {"BRUSHWIRE_SLOTS": "4", "BRUSHWIRE_TORCH_THREADS": "1"}
        return shown | filled | hardware | database

    def write_nginx(self) -> Path:
        """The configuration: deploy/nginx with other folders and ports, inside a main file such as Debian's."""
        target = self.folder / "nginx"
        shutil.copytree(ROOT / "deploy" / "nginx" / "brushwire", target)
        for path in target.glob("*.conf"):
            path.write_text(self.places(path.read_text()))
        site = self.places((ROOT / "deploy" / "nginx" / "brushwire.conf").read_text())
        site = re.sub(r"^ *listen \[::\].*\n", "", site, flags=re.MULTILINE)  # not every machine has IPv6
        site = site.replace("listen 443 ", f"listen 127.0.0.1:{self.https} ")
        site = re.sub(r"listen 80([ ;])", rf"listen 127.0.0.1:{self.http}\1", site)
        (target / "site.conf").write_text(site)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temp = "\n".join(f"  {kind}_temp_path {self.folder}/temp/{kind};" for kind in kinds)
        # As on Debian, nginx's user is another than the studio's, and belongs to its group.
        user = f"user {_www()} {grp.getgrgid(os.getgid()).gr_name};\n" if os.getuid() == 0 else ""
        main = target / "main.conf"
        main.write_text(
            f"{user}daemon off;\nworker_processes 1;\npid {self.folder}/run/nginx.pid;\n"
            f"error_log {self.folder}/log/error.log info;\nevents {{ worker_connections 1024; }}\n"
            f"http {{\n  sendfile on;\n  access_log off;\n{temp}\n  include {target}/site.conf;\n}}\n"
        )
        return main

    # --- processes ------------------------------------------------------------------------------------------------

    def run_unit(self, name: str, instance: str = "") -> subprocess.Popen[bytes]:
        """Start what a unit's ExecStart says, with its environment."""
        unit = Unit.read(name)
        environment = {key: self.places(value) for key, value in unit.environment(instance, self.env).items()}
        command = [self.places(word) for word in unit.command(instance, environment)]
        return self._spawn(f"{name}-{instance}", command, environment)

    def start(self, *names: str) -> None:
        """Start processes by their names in PROCESSES."""
        for name in names:
            for left in (self.folder / "run").glob(f"{name}.sock*"):  # as ExecStartPre does
                left.unlink()
            self.processes[name] = self.run_unit(*PROCESSES[name])

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """End one process and wait for it."""
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait(PATIENCE)

    def start_redis(self) -> None:
        """Both, from deploy/redis by their unit."""
        for name in REDISES:
            self.processes[f"redis-{name}"] = self.run_unit("brushwire-redis@.service", name)
        for name in REDISES:
            self.until(lambda name=name: _answers(self.redis(name)), f"Redis {name}")

    def redis(self, name: str) -> Any:
        """A client of one of the two."""
        return redis.Redis(unix_socket_path=str(self.folder / "run" / f"redis-{name}.sock"))

    def prepare(self) -> None:
        """What brushwire-prepare.service does."""
        done = self.run_unit("brushwire-prepare.service").wait(PATIENCE)
        assert done == 0, self.log()

    def people(self) -> dict[str, Any]:
        """Accounts, made by a process of the studio; see people.py."""
        command = [sys.executable, "-m", "tests.deploy.people"]
        told = subprocess.run(
            command,
            cwd=ROOT,
            env=_clean() | self.env,
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
        return found

    def start_nginx(self) -> None:
        """nginx in the foreground, after its own look at the configuration."""
        log = self.folder / "log" / "error.log"
        command = [str(self.nginx_program), "-e", str(log), "-c", str(self.write_nginx()), "-p", str(self.folder)]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert checked.returncode == 0, checked.stderr
        self.processes["nginx"] = self._spawn("nginx", command, {})

    def reload_nginx(self) -> None:
        """New worker processes; the old ones end with their last connection."""
        self.processes["nginx"].send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End everything."""
        for process in self.processes.values():
            _kill_group(process.pid)  # nginx's worker processes and the engine's with it
        for process in self.processes.values():
            process.wait(PATIENCE)
        self.processes.clear()

    def log(self, most: int = 6000) -> str:
        """The end of what all processes said."""
        said = [f"--- {path.name}\n{path.read_text(errors='replace')}" for path in (self.folder / "log").glob("*.log")]
        return "\n".join(text[-most:] for text in said)

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for it, for PATIENCE seconds at most."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"{what}: {self.log()}"
            time.sleep(0.05)

    @property
    def tls(self) -> ssl.SSLContext:
        """What a client needs to believe our certificate."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def _spawn(self, name: str, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self.folder / "log" / f"{name.replace('/', '_')}.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=_clean() | environment, stdout=log, stderr=log, start_new_session=True
            )


@contextmanager
def running() -> Iterator[Topology]:
    """All of it, ready; what it left is removed at the end."""
    place = _in_memory()
    folder = Path(tempfile.mkdtemp(prefix="bw-deploy-", dir=place))
    folder.chmod(0o755)
    topology = Topology(folder)
    try:
        with postgres.running(place=place) as database:
            topology.env = topology.environment(database)
            try:
                topology.start_redis()
                topology.prepare()
                topology.start(*PROCESSES)
                topology.start_nginx()
                yield topology
            finally:
                topology.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _in_memory() -> str | None:
    """A place for files that no disk has to see, where there is one with room: three thousand of them come and go."""
    place = Path("/dev/shm")
    return str(place) if place.is_dir() and shutil.disk_usage(place).free > 2**30 else None


def _clean() -> dict[str, str]:
    """Our environment without what the tests' own studio is told."""
    ours = ("BRUSHWIRE_", "DJANGO_", "REDIS_URL")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)}


def _www() -> str:
    for name in ("www-data", "nginx", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            pass
    raise nginx.NoNginx("there is no user for nginx's worker processes")


def _answers(client: Any) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _kill_group(number: int) -> None:
    try:
        os.killpg(number, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
