"""Unpacks Debian packages into a folder without root: apt with folders of its own, then `dpkg -x`."""

import shutil
import subprocess
from pathlib import Path

FETCH_SECONDS = 600


class CannotFetch(Exception):
    """This is no Debian, or it gave nothing; the text says what went wrong."""


def unpack(packages: tuple[str, ...], folder: Path) -> Path:
    """Fetch `packages`, with what they depend on and the machine lacks, and unpack them: returns `folder`/unpacked."""
    for name in ("apt-get", "dpkg"):
        if not shutil.which(name):
            raise CannotFetch(f"there is no {name} here to fetch it with")
    apt = apt_in(folder / "apt")
    what = "fetching " + ", ".join(packages)
    _run([*apt, "update"], "apt-get update")
    _run([*apt, "install", "--yes", "--download-only", "--no-install-recommends", *packages], what)
    unpacked = folder / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir(parents=True)
    for package in sorted((folder / "apt" / "cache" / "archives").glob("*.deb")):
        _run(["dpkg", "-x", str(package), str(unpacked)], f"unpacking {package.name}")
    shutil.rmtree(folder / "apt")
    return unpacked


def libraries(unpacked: Path) -> str:
    """The folders of shared libraries under `unpacked`, for LD_LIBRARY_PATH."""
    found = [*sorted(unpacked.glob("usr/lib/*-linux-gnu")), *sorted(unpacked.glob("lib/*-linux-gnu"))]
    found += [path / "pulseaudio" for path in found if (path / "pulseaudio").is_dir()]
    return ":".join(map(str, found))


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


def _run(command: list[str], what: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise CannotFetch(f"{what} took more than {FETCH_SECONDS} s") from error
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise CannotFetch(f"{what} failed: {last}")
