"""Compose and Dockerfiles, as far as can be checked without a container engine: commands, files, packages."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.units import ROOT
from tests.up.test_deploy_files import DEPLOY, OTHERS, ours, said
from tests.up.test_env_example import explained

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
GPU: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.gpu.yaml").read_text())
IMAGES = ("web", "worker")


def dockerfile(name: str) -> str:
    return (DEPLOY / "docker" / f"Dockerfile.{name}").read_text()


def copied(name: str) -> list[str]:
    """What an image takes of this repository."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", dockerfile(name), re.MULTILINE)
    return [source.rstrip("/") for line in lines for source in line.split()[:-1]]


@pytest.mark.parametrize("name", ["web", "gpu", "cpu", "remote", "reconciler", "beat"])
def test_containers_run_what_make_run_runs(name: str) -> None:
    assert said(COMPOSE["services"][name]["command"]) == ours()[name]
    if name == "gpu":
        assert said(GPU["services"]["gpu"]["command"]) == ours()[name]


def test_images_begin_with_the_commands_of_compose() -> None:
    for image, service in (("web", "web"), ("worker", "cpu")):
        (command,) = re.findall(r"^CMD (\[.*\])$", dockerfile(image), re.MULTILINE)
        assert json.loads(command) == COMPOSE["services"][service]["command"]


def test_slots_and_threads_are_the_same() -> None:
    for service in (COMPOSE["services"]["gpu"], GPU["services"]["gpu"]):
        command = service["command"]
        assert command[command.index("-c") + 1] == service["environment"]["BRUSHWIRE_SLOTS"]


def test_variables_are_those_that_are_read() -> None:
    known = set(explained()) | OTHERS
    for name, service in (COMPOSE["services"] | {"gpu on cuda": GPU["services"]["gpu"]}).items():
        names = set(service.get("environment", {})) - {"POSTGRES_USER", "POSTGRES_DB"}
        assert names <= known, name
    assert set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text())) <= known


def test_every_service_waits_for_the_tables_and_comes_back() -> None:
    services = COMPOSE["services"]
    for name in ("web", "gpu", "cpu", "remote", "reconciler", "beat"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert services[name]["restart"] == "unless-stopped"
    assert services["migrate"]["restart"] == "no"
    for name, service in services.items():
        assert "no-new-privileges:true" in service["security_opt"], name
        if name != "db":
            assert service["read_only"] and service["cap_drop"] == ["ALL"], name
    assert COMPOSE["networks"]["back"]["internal"] is True
    # Reached from outside: nginx, and nothing else; nginx reaches the web processes, and nothing else.
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    assert [name for name, service in services.items() if "front" in service["networks"]] == ["nginx", "web"]


def test_every_file_that_is_mounted_or_copied_is_there() -> None:
    for service in COMPOSE["services"].values():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            if source.startswith(".") and source != "./tls":
                assert (DEPLOY / source).exists(), source
            elif not source.startswith("."):
                assert source in COMPOSE["volumes"]
        if "build" in service:
            assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for image in IMAGES:
        for source in copied(image):
            assert (ROOT / source).exists(), source
            assert source.startswith(tuple(allowed)), f"{source} is kept from the builder by .dockerignore"


def packages(name: str) -> set[str]:
    lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    more = [packages(line.removeprefix("-r ")) for line in lines if line.startswith("-r ")]
    return {re.split(r"[=\[]", line)[0].lower() for line in lines if "==" in line}.union(*more)


def test_the_web_image_has_no_torch_and_the_worker_has_all() -> None:
    assert not {"torch", "diffusers", "transformers", "accelerate", "peft"} & packages("requirements-web.txt")
    assert "-r requirements-web.txt" in dockerfile("web") and "requirements.txt " not in dockerfile("web")
    assert "-r requirements.txt" in dockerfile("worker")
    assert packages("requirements-web.txt") | {"torch"} <= packages("requirements.txt")
    # A file that another one reads has to come along.
    for image in IMAGES:
        for name in [source for source in copied(image) if source.startswith("requirements")]:
            for line in re.findall(r"^-r (\S+)", (ROOT / name).read_text(), re.MULTILINE):
                assert line in copied(image)


def test_what_an_image_copies_is_enough_to_start(tmp_path: Path) -> None:
    assert set(copied("web")) - set(copied("worker")) == {"deploy/docker/healthy.py"}
    for source in copied("web"):
        target = tmp_path / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / source, target)
    code = (
        "import django; django.setup(); import config.asgi, config.celery, studio.tasks, config.server;"
        "from django.core.management import call_command; call_command('check');"
        "from django.conf import settings; print(settings.BASE_DIR)"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith(("BRUSHWIRE_", "DJANGO_"))}
    env |= {"DJANGO_SETTINGS_MODULE": "config.settings.prod", "SECRET_KEY": "x1y2" * 20, "ALLOWED_HOSTS": "a.example"}
    env |= {"BRUSHWIRE_VAR": str(tmp_path / "var"), "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == str(tmp_path)


def test_the_look_at_a_web_process_asks_for_a_host_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    import runpy
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    hosts = []

    class Web(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hosts.append(self.headers["Host"])
            self.send_response(200 if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    look = runpy.run_path(str(DEPLOY / "docker" / "healthy.py"))["main"]
    with HTTPServer(("127.0.0.1", 0), Web) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        monkeypatch.setitem(look.__globals__, "PORT", server.server_port)
        monkeypatch.setenv("ALLOWED_HOSTS", ".studio.example.org,other")
        assert look() == 0
        server.shutdown()
    assert hosts == ["studio.example.org"]
    assert look() == 1, "nobody there any more"
