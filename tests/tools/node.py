"""Finds a Node for the JavaScript tests: the one on the PATH, else the one inside the playwright package."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

OLDEST = 20  # the first whose test runner knows what our tests use


class NoNode(Exception):
    """There is none; the text says why."""


def find() -> Path:
    """The path of a Node of version 20 or newer. NoNode when there is none."""
    if (found := shutil.which("node")) and version(Path(found)) >= OLDEST:
        return Path(found)
    package = importlib.util.find_spec("playwright")
    if package is None or package.origin is None:
        raise NoNode("no Node on the PATH, and playwright is not installed")
    inside = Path(package.origin).parent / "driver" / "node"
    if version(inside) < OLDEST:
        raise NoNode(f"no Node {OLDEST} on the PATH, and none in the playwright package")
    return inside


def version(node: Path) -> int:
    """The major version of `node`, 0 when it does not run."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.match(r"v(\d+)\.", said)
    return int(match[1]) if match else 0
