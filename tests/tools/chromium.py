"""Finds a Chromium for the browser tests, or unpacks Debian's without root. `python -m tests.tools.chromium` prints it.

Order: CHROMIUM, the PATH, `.cache/chromium`. There it is made from those of Debian's packages that the machine lacks
(on a bare one about 200 MB to fetch and 800 MB on disk).
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.tools import debian

ROOT = Path(__file__).resolve().parents[2]
# First the one without windows: the others make a window, with pages of their own in it, for every private session, and
# a test begins with one. It costs them a second.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-noto-cjk")
PROGRAM = "usr/lib/chromium/chromium"
GREETING = "it works"

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
{rules}
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
        try:
            write_wrapper(folder, debian.unpack(PACKAGES, folder))
        except debian.CannotFetch as error:
            raise NoChromium(f"none on the PATH, and {error}") from error
        if not works(wrapper):
            raise NoChromium("the unpacked Chromium does not start")
    return wrapper


def works(program: Path) -> bool:
    """Whether `program` shows a page; that it starts is not enough, it may have no fonts."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ("--headless", "--no-sandbox", "--disable-dev-shm-usage", f"--user-data-dir={profile}", "--dump-dom")
        command = [str(program), *options, f"data:text/html,<p>{GREETING}"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode == 0 and GREETING in done.stdout


def write_wrapper(folder: Path, unpacked: Path) -> None:
    """`folder`/chromium, a script that runs the Chromium under `unpacked` with its own libraries and fonts."""
    fonts = folder / "fonts.conf"
    # Which font stands for which: only those of the rules, for others forget folders or refuse kinds of fonts.
    available = sorted(unpacked.glob("usr/share/fontconfig/conf.avail/[3-6]?-*.conf"))
    rules = "\n".join(f"  <include>{path}</include>" for path in available)
    fonts.write_text(FONTS.format(unpacked=unpacked, folder=folder, rules=rules))
    wrapper = folder / "chromium"
    wrapper.write_text(WRAPPER.format(libraries=debian.libraries(unpacked), fonts=fonts, program=unpacked / PROGRAM))
    wrapper.chmod(0o755)


if __name__ == "__main__":
    try:
        print(find())
    except NoChromium as error:
        sys.exit(f"No Chromium: {error}")
