"""The tools that tests need: found in the right order, and said clearly when they are not there."""

from pathlib import Path

import polib
import pytest

from tests.tools import chromium, compiled_locales, nginx, node


def program(path: Path, says: str = chromium.GREETING, status: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {status}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing in it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CHROMIUM", raising=False)
    return folder


def test_the_chromium_that_is_named_wins(bin_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bin_folder / "chromium")
    mine = program(tmp_path / "mine")
    monkeypatch.setenv("CHROMIUM", str(mine))
    assert chromium.find() == mine


def test_a_named_chromium_that_does_not_start_is_not_replaced(
    bin_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(bin_folder / "chromium")
    monkeypatch.setenv("CHROMIUM", str(program(tmp_path / "broken", status=1)))
    with pytest.raises(chromium.NoChromium, match="broken does not start"):
        chromium.find()


def test_a_chromium_on_the_path_that_starts_is_taken(bin_folder: Path, tmp_path: Path) -> None:
    program(bin_folder / "chromium", status=1)
    chrome = program(bin_folder / "google-chrome")
    assert chromium.find(tmp_path) == chrome


def test_the_one_without_windows_is_taken_first(bin_folder: Path, tmp_path: Path) -> None:
    program(bin_folder / "chromium")
    shell = program(bin_folder / "chromium-headless-shell")
    assert chromium.find(tmp_path) == shell


def test_the_unpacked_chromium_is_used_again(bin_folder: Path, tmp_path: Path) -> None:
    kept = program(tmp_path / "kept" / "chromium")
    assert chromium.find(tmp_path / "kept") == kept


def test_without_apt_the_reason_is_said(bin_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(chromium.NoChromium, match="no apt-get here"):
        chromium.find(tmp_path / "kept")


def test_the_wrapper_names_its_libraries_and_fonts(tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    (unpacked / "usr/lib/x86_64-linux-gnu/pulseaudio").mkdir(parents=True)
    program(unpacked / chromium.PROGRAM)
    chromium.write_wrapper(tmp_path, unpacked)
    text = (tmp_path / "chromium").read_text()
    assert f"{unpacked}/usr/lib/x86_64-linux-gnu:{unpacked}/usr/lib/x86_64-linux-gnu/pulseaudio" in text
    assert chromium.works(tmp_path / "chromium")


def test_an_nginx_is_taken_from_where_it_is_named_or_found_and_must_have_what_is_needed(
    bin_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NGINX", raising=False)
    monkeypatch.setattr(nginx, "SBIN", str(tmp_path / "sbin"))
    parts = "--with-http_ssl_module --with-http_v2_module --with-http_gzip_static_module"
    program(tmp_path / "sbin" / "nginx", says="built without TLS")
    with pytest.raises(nginx.NoNginx, match="no apt-get here"):
        nginx.find(tmp_path / "kept")
    found = tmp_path / "sbin" / "nginx"
    found.write_text(f"#!/bin/sh\necho 'configure arguments: {parts}' >&2\n")
    assert nginx.find(tmp_path / "kept") == found
    monkeypatch.setenv("NGINX", str(program(tmp_path / "broken", status=1)))
    with pytest.raises(nginx.NoNginx, match="broken does not start"):
        nginx.find(tmp_path / "kept")


def test_an_old_node_on_the_path_gives_way_to_the_one_in_playwright(bin_folder: Path) -> None:
    program(bin_folder / "node", says="v18.19.0")
    found = node.find()
    assert "playwright" in str(found)
    assert node.version(found) >= node.OLDEST


def test_a_new_node_on_the_path_is_taken(bin_folder: Path) -> None:
    assert node.find() != program(bin_folder / "node", says="v22.1.0")
    assert node.find() == bin_folder / "node"


def catalogue(folder: Path, translation: str) -> polib.POFile:
    folder.mkdir(parents=True, exist_ok=True)
    made = polib.POFile()
    made.append(polib.POEntry(msgid="Draw", msgstr=translation))
    made.save(str(folder / "django.po"))
    return made


def test_a_complete_and_compiled_translation_is_fine(tmp_path: Path) -> None:
    catalogue(tmp_path, "画").save_as_mofile(str(tmp_path / "django.mo"))
    assert not list(compiled_locales.problems(tmp_path))


def test_a_missing_a_stale_and_an_empty_translation_are_found(tmp_path: Path) -> None:
    catalogue(tmp_path / "a", "画")
    catalogue(tmp_path / "b", "画").save_as_mofile(str(tmp_path / "b" / "django.mo"))
    catalogue(tmp_path / "b", "绘画")
    catalogue(tmp_path / "c", "").save_as_mofile(str(tmp_path / "c" / "django.mo"))
    found = " ".join(compiled_locales.problems(tmp_path))
    assert "a/django.mo is missing" in found
    assert "b/django.mo is older" in found
    assert "not translated: 'Draw'" in found
