"""Finds an nginx for deploy-check, or unpacks Debian's without root. Order: NGINX, the PATH, `.cache/nginx`."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.tools import debian

ROOT = Path(__file__).resolve().parents[2]
# Users seldom have this in their PATH.
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


class NoNginx(Exception):
    """There is none, and none could be made; the text says why."""


def find(folder: Path = ROOT / ".cache" / "nginx") -> Path:
    """The path of an nginx that runs; `folder` keeps the unpacked one. NoNginx when there is none to be had."""
    if given := os.environ.get("NGINX"):
        if not works(Path(given)):
            raise NoNginx(f"NGINX={given} does not start")
        return Path(given)
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:{SBIN}")
    if found and works(Path(found)):
        return Path(found)
    program = folder / "unpacked" / "usr" / "sbin" / "nginx"
    if not works(program):
        try:
            debian.unpack(("nginx",), folder)
        except debian.CannotFetch as error:
            raise NoNginx(f"none on the PATH, and {error}") from error
        if not works(program):
            raise NoNginx("the unpacked nginx does not start")
    return program


def works(program: Path) -> bool:
    """Whether `program` starts, with what we need of it: TLS, HTTP/2 and packed files."""
    try:
        done = subprocess.run([str(program), "-V"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    parts = ("--with-http_ssl_module", "--with-http_v2_module", "--with-http_gzip_static_module")
    return done.returncode == 0 and all(part in done.stderr for part in parts)
