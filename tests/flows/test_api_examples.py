"""Every example of docs/api.md is run, in order, in one folder, as a reader would; only the model is the quick one."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from accounts import keys
from accounts.models import User
from tests.stack import PATIENCE
from tests.stack.processes import Stack

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What is no example to run here: nginx's lines, and those that a browser runs (tests/browser/test_webhooks.py).
ELSEWHERE = {"nginx": 1, "js": 1, "json": 1}


def examples() -> list[tuple[str, str]]:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    return [(kind, code.replace("starter", "fake")) for kind, code in FENCE.findall(text)]


def pictures(folder: Path) -> None:
    """photo.png, and mask.png of the same size, transparent where it shall change."""
    photo = Image.new("RGB", (160, 120), "skyblue")
    ImageDraw.Draw(photo).rectangle((20, 60, 80, 120), "brown")
    photo.save(folder / "photo.png")
    mask = Image.new("RGBA", (160, 120), "white")
    ImageDraw.Draw(mask).rectangle((90, 20, 150, 110), (0, 0, 0, 0))
    mask.save(folder / "mask.png")


def test_all_of_them_work(remote: Stack, alice: User, tmp_path: Path) -> None:
    key = keys.make(alice, keys.Wish("examples", [name for name in keys.SCOPES if name != "account"]))[1]
    code = keys.make(alice, keys.Wish("comfy", ["comfy"]), in_path=True)[1]
    given = {"BRUSHWIRE_URL": remote.url, "BRUSHWIRE_KEY": key, "BRUSHWIRE_CODE": code}
    env = os.environ | given | {"PYTHONPATH": str(ROOT / "clients" / "python"), "NO_PROXY": "127.0.0.1"}
    pictures(tmp_path)
    left_out: dict[str, int] = {}
    wrong = []
    for number, (kind, text) in enumerate(examples(), 1):
        if kind == "json":
            (tmp_path / "graph.json").write_text(text)
        command: list[Any] = (
            [sys.executable, "-c", text] if kind == "python" else ["bash", "-eo", "pipefail", "-c", text]
        )
        if kind not in ("python", "sh"):
            left_out[kind] = left_out.get(kind, 0) + 1
            continue
        done = subprocess.run(
            command, check=False, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=2 * PATIENCE
        )
        if done.returncode:
            wrong.append(f"example {number}:\n{text}\n{done.stdout[-300:]}\n{done.stderr[-1500:]}")
    assert not wrong, "\n\n".join(wrong)
    assert left_out == ELSEWHERE
