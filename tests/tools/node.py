"""Finds a Node for the JavaScript tests and for playwright: on the PATH, else the one inside the playwright package.

That one needs a library (libatomic) which a bare Debian lacks; then it is unpacked beside it, without root.
"""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

from tests.tools import debian

ROOT = Path(__file__).resolve().parents[2]
OLDEST = 20  # the first whose test runner knows what our tests use
PACKAGES = ("libatomic1",)
WRAPPER = """#!/bin/sh
# The Node of the playwright package with a library beside it. Written by tests/tools/node.py.
export LD_LIBRARY_PATH='{libraries}'
exec '{program}' "$@"
"""


class NoNode(Exception):
    """There is none; the text says why."""


def find(folder: Path = ROOT / ".cache" / "node") -> Path:
    """The path of a Node of version 20 or newer, to run tests with. NoNode when there is none."""
    if (found := shutil.which("node")) and version(Path(found)) >= OLDEST:
        return Path(found)
    return in_playwright(folder)


def in_playwright(folder: Path = ROOT / ".cache" / "node") -> Path:
    """The Node of the playwright package, or a script in `folder` that runs it. NoNode: neither works."""
    package = importlib.util.find_spec("playwright")
    if package is None or package.origin is None:
        raise NoNode("playwright is not installed")
    inside = Path(package.origin).parent / "driver" / "node"
    wrapper = folder / "node"
    if version(inside):
        return inside
    if not version(wrapper):
        try:
            unpacked = debian.unpack(PACKAGES, folder)
        except debian.CannotFetch as error:
            raise NoNode(f"the one in the playwright package does not start, and {error}") from error
        wrapper.write_text(WRAPPER.format(libraries=debian.libraries(unpacked), program=inside))
        wrapper.chmod(0o755)
        if not version(wrapper):
            raise NoNode("the one in the playwright package does not start")
    return wrapper


def version(node: Path) -> int:
    """The major version of `node`, 0 when it does not run."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.match(r"v(\d+)\.", said)
    return int(match[1]) if match else 0
