"""Finds a Chromium for the browser tests, or unpacks Debian's without root. `python -m tests.tools.chromium` prints it.

Order: CHROMIUM, the PATH, `.cache/chromium`. There it is made from Debian's own packages: apt with folders of its own,
then `dpkg -x`, which needs no root. Only packages that the machine does not have are fetched (about 120 MB).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-noto-cjk")
PROGRAM = "usr/lib/chromium/chromium"
FETCH_SECONDS = 600

WRAPPER = """#!/bin/sh
# Chromium out of unpacked Debian packages. Written by tests/tools/chromium.py.
export LD_LIBRARY_PATH='{libraries}'
export FONTCONFIG_FILE='{fonts}'
exec '{program}' "$@"
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{unpacked}/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <include ignore_missing="yes">{unpacked}/usr/share/fontconfig/conf.avail</include>
  <include ignore_missing="yes">/etc/fonts/conf.d</include>
  <cachedir>{folder}/fontcache</cachedir>
</fontconfig>
"""


class NoChromium(Exception):
    """There is none, and none could be made; the text says why."""


def find(folder: Path = ROOT / ".cache" / "chromium") -> Path:
    """The path of a Chromium that starts; `folder` keeps the unpacked one. NoChromium when there is none to be had."""
    if given := os.environ.get("CHROMIUM"):
        if not works(Path(given)):
            raise NoChromium(f"CHROMIUM={given} does not start")
        return Path(given)
    for name in NAMES:
        if (found := shutil.which(name)) and works(Path(found)):
            return Path(found)
    wrapper = folder / "chromium"
    if not works(wrapper):
        unpack(folder)
        if not works(wrapper):
            raise NoChromium("the unpacked Chromium does not start")
    return wrapper


def works(program: Path) -> bool:
    """Whether `program --version` succeeds."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def unpack(folder: Path) -> None:
    """Fetch Debian's packages into `folder` and unpack them there; writes `folder`/chromium. NoChromium: it failed."""
    missing = [name for name in ("apt-get", "dpkg") if not shutil.which(name)]
    if missing:
        raise NoChromium(f"no Chromium on the PATH, and no {missing[0]} to fetch one with")
    apt = apt_in(folder / "apt")
    archives = folder / "apt" / "cache" / "archives"
    _run([*apt, "update"], "apt-get update")
    _run([*apt, "install", "--yes", "--download-only", "--no-install-recommends", *PACKAGES], "fetching Chromium")
    unpacked = folder / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir(parents=True)
    for package in sorted(archives.glob("*.deb")):
        _run(["dpkg", "-x", str(package), str(unpacked)], f"unpacking {package.name}")
    shutil.rmtree(folder / "apt")
    write_wrapper(folder, unpacked)


def apt_in(folder: Path) -> list[str]:
    """`apt-get` with all that it writes under `folder`; of the machine it only reads sources and installed packages."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    options = {
        "Dir::State": folder / "state",
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": folder / "cache",
        "Dir::Log": folder / "log",
        "APT::Sandbox::User": "root",  # the unprivileged _apt could not write here
        "Debug::NoLocking": "true",  # the machine's lock is for those who install
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "Acquire::http::Timeout": "30",
    }
    return ["apt-get", "-qq", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]


def write_wrapper(folder: Path, unpacked: Path) -> None:
    """`folder`/chromium, a script that runs the Chromium under `unpacked` with its own libraries and fonts."""
    libraries = [*sorted(unpacked.glob("usr/lib/*-linux-gnu")), *sorted(unpacked.glob("lib/*-linux-gnu"))]
    libraries += [path / "pulseaudio" for path in libraries if (path / "pulseaudio").is_dir()]
    fonts = folder / "fonts.conf"
    fonts.write_text(FONTS.format(unpacked=unpacked, folder=folder))
    wrapper = folder / "chromium"
    wrapper.write_text(WRAPPER.format(libraries=":".join(map(str, libraries)), fonts=fonts, program=unpacked / PROGRAM))
    wrapper.chmod(0o755)


def _run(command: list[str], what: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise NoChromium(f"{what} took more than {FETCH_SECONDS} s") from error
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise NoChromium(f"{what} failed: {last}")


if __name__ == "__main__":
    try:
        print(find())
    except NoChromium as error:
        sys.exit(f"No Chromium: {error}")
