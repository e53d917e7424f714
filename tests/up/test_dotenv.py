"""The first start writes a secret key, once, and for its owner's eyes only."""

from pathlib import Path

import pytest

from studio.management.dotenv import ensure_secret_key


@pytest.fixture(autouse=True)
def no_key_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)


def key(folder: Path) -> str:
    return next(line for line in (folder / ".env").read_text().splitlines() if line.startswith("SECRET_KEY="))


def test_the_first_start_writes_a_long_key_that_only_its_owner_can_read(tmp_path: Path) -> None:
    ensure_secret_key(tmp_path)
    assert len(key(tmp_path)) > len("SECRET_KEY=") + 50
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_the_second_start_keeps_the_key(tmp_path: Path) -> None:
    ensure_secret_key(tmp_path)
    first = key(tmp_path)
    ensure_secret_key(tmp_path)
    assert key(tmp_path) == first


def test_two_machines_never_share_a_key(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        ensure_secret_key(tmp_path / name)
    assert key(tmp_path / "a") != key(tmp_path / "b")


@pytest.mark.parametrize("kept", ["PORT=9000", "PORT=9000\nSECRET_KEY=\n"])
def test_a_file_without_a_key_gets_one_and_keeps_its_lines(tmp_path: Path, kept: str) -> None:
    (tmp_path / ".env").write_text(kept)
    ensure_secret_key(tmp_path)
    lines = (tmp_path / ".env").read_text().splitlines()
    assert lines[0] == "PORT=9000"
    assert len([line for line in lines if line.startswith("SECRET_KEY=") and len(line) > 50]) == 1


def test_a_key_in_the_environment_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "from outside")
    ensure_secret_key(tmp_path)
    assert not (tmp_path / ".env").exists()
