"""The files in deploy/ say what the code says: commands, variables, sizes, times, secrets, and the same everywhere."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from config import masking
from studio.management import processes
from tests.deploy.units import ROOT, UNITS, Unit
from tests.up.test_env_example import explained

DEPLOY = ROOT / "deploy"
NGINX = (DEPLOY / "nginx" / "brushwire.conf").read_text()
RUNNING = sorted(path.name for path in UNITS.glob("*.service"))
# What the units themselves, PostgreSQL's image, compose and libraries read.
OTHERS = {"PYTHONUNBUFFERED", "HF_HOME", "QUEUES", "POSTGRES_PASSWORD", "BRUSHWIRE_VERSION"}


def said(words: list[str]) -> list[str]:
    """A command without what differs from place to place: the program, where it listens, numbers and names."""
    words = list(words[1:])  # the program itself
    words = [word for word in words if word != "-u" and not word.endswith(".sock")]
    for flag in ("-b", "-p", "-c", "-n"):
        if flag in words:
            del words[words.index(flag) : words.index(flag) + 2]
    return [Path(word).name if word.endswith("manage.py") else word for word in words if not word.startswith("--fd=")]


def ours() -> dict[str, list[str]]:
    """The commands of `make run`, by the names of units and of containers."""
    children = {child.name.removeprefix("worker-"): child for child in processes.studio(ROOT, {}, 3)}
    return {name: said(list(child.command)) for name, child in children.items()}


@pytest.mark.parametrize("name", ["web@", "gpu@", "cpu", "remote", "reconciler", "beat"])
def test_units_run_what_make_run_runs(name: str) -> None:
    unit = Unit.read(f"brushwire-{name}.service")
    assert said(unit.command("1", unit.environment())) == ours()[name.rstrip("@")]


def test_the_worker_of_a_device_has_as_many_threads_as_slots() -> None:
    unit = Unit.read("brushwire-gpu@.service")
    command = unit.command("cuda:0", unit.environment("cuda:0", {"BRUSHWIRE_SLOTS": "5"}))
    assert command[command.index("-c") + 1] == "5"
    assert unit.environment("cuda:1")["BRUSHWIRE_DEVICE"] == "cuda:1"
    other = Unit.read("brushwire-remote.service")
    remote = other.command("", other.environment())
    assert remote[remote.index("-c") + 1] == str(settings.REMOTE_SLOTS + 2)


@pytest.mark.parametrize("name", RUNNING)
def test_units_come_back_and_may_touch_nothing_of_the_machine(name: str) -> None:
    unit = Unit.read(name)
    if unit.one("Type") != "oneshot":
        assert unit.one("Restart") == "always"
        assert unit.one("StartLimitIntervalSec", "Unit") == "0", "never given up"
        assert int(unit.one("TimeoutStopSec")) >= (
            60 if "celery" in unit.one("ExecStart") and "beat" not in name else 10
        )
    wanted = {"User": "brushwire", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "UMask": "0027"}
    wanted |= {
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "CapabilityBoundingSet": "",
        "RuntimeDirectoryPreserve": "yes",
    }
    assert {key: unit.one(key) for key in wanted} == wanted
    assert ("PrivateDevices" in {key for _, key in unit.settings}) == ("gpu" not in name)
    if systemd := shutil.which("systemd-analyze"):
        told = subprocess.run(
            [systemd, "verify", str(UNITS / name)], capture_output=True, text=True, check=False
        ).stderr
        assert not [line for line in told.splitlines() if "Unknown" in line or "Failed to parse" in line]


def test_variables_are_those_that_are_read() -> None:
    known = set(explained()) | OTHERS
    production = [line for line in (DEPLOY / "env.production.example").read_text().splitlines() if "=" in line]
    assert {line.split("=")[0] for line in production if not line.startswith("#")} <= known
    for name in RUNNING:
        assert set(Unit.read(name).environment("x")) <= known, name


def test_nginx_waits_longer_than_programs_do_and_lets_in_what_the_studio_lets_in() -> None:
    locations = dict(re.findall(r"location (?:\^~ |= )?(\S+) \{([^{}]*)\}", NGINX))
    for path in ("/v1/", "/sdapi/", "/comfy/", "/comfy/c/", "/ws/", "/api/v1/events"):
        seconds = re.search(r"proxy_read_timeout (\d+)s;", locations[path])
        assert seconds and int(seconds[1]) > settings.PROGRAM_WAITS_FOR, path
    body = re.search(r"client_max_body_size (\d+)m;", NGINX)
    assert body and int(body[1]) * 2**20 > max(settings.PROGRAM_BODY_MAX, settings.INPUT_MAX_BYTES)
    sockets = re.search(r"limit_conn brushwire_open (\d+);", NGINX)
    assert sockets and int(sockets[1]) > settings.MAX_SOCKETS_PER_ADDRESS


def test_headers_are_set_once_and_the_logs_leave_out_the_same_secrets() -> None:
    assert not re.search(r"^\s*proxy_set_header", NGINX, re.MULTILINE), "in a location it undoes those of the server"
    assert f"(?:{masking._ROOMS})/)" in NGINX
    # The error log, too: every such place is one in which it is nearly silent.
    silent = re.findall(r"location (\S+ )?(\S+) \{\s+error_log [^;]+ crit;", NGINX)
    rooms = re.sub(r"[()^]", "", "|".join(place for _, place in silent)).replace("/|", "|").strip("/")
    assert {room.strip("/") for room in rooms.split("|")} == set(masking._ROOMS.split("|"))


def test_media_headers_survive_nginx() -> None:
    media = re.search(r"location \^~ /_protected/works/ \{(.*?)\n    \}", NGINX, re.DOTALL)
    assert media and "internal;" in media[1]
    sent = set(re.findall(r"add_header ([\w-]+)", media[1]))
    assert {"ETag", "Content-Security-Policy", "X-Content-Type-Options", "Cross-Origin-Resource-Policy"} <= sent


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Not Found: /s/abcdef/image", "Not Found: /s/***/image"),
        ("/accounts/password/reset/key/1-abc-def/", "/accounts/password/reset/key/***/"),
        ("Forbidden: /join/ABCD-1234/", "Forbidden: /join/***/"),
        ("/v1/pictures/eyJ.png?x=1", "/v1/pictures/***?x=1"),
        ("/gallery/3f/", "/gallery/3f/"),
    ],
)
def test_the_studios_own_log_masks_them_as_well(text: str, masked: str) -> None:
    assert masking.mask(text) == masked


def test_manage_runs_as_the_units_do(tmp_path: Path) -> None:
    here = tmp_path / "brushwire"
    (here / ".venv" / "bin").mkdir(parents=True)
    python = here / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\necho "$PWD|$DEFAULT_FROM_EMAIL|$SECRET_KEY|$*"\n')
    python.chmod(0o755)
    script = (DEPLOY / "brushwire-manage").read_text()
    owner = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    places = {"/opt/brushwire": str(here), "/etc/brushwire/env": str(DEPLOY / "env.production.example")}
    for theirs, ours in (places | {"!= brushwire ]": f"!= {owner} ]"}).items():
        assert theirs in script
        script = script.replace(theirs, ours)
    said = subprocess.run(["sh", "-c", script, "manage", "a b", "c"], capture_output=True, text=True, check=True).stdout
    assert said == f"{here}|Brushwire <studio@example.org>||manage.py a b c\n"
