"""The rules of the house that no linter knows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from studio.words.errors import ERRORS

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 300


def ours(*endings: str) -> list[Path]:
    """The tracked and new files with these endings, without generated and vendored ones."""
    # The checkout may belong to another user than the tests' (CI in a container).
    git = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"]
    command = [*git, *(f"*{e}" for e in endings)]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    skipped = ("/migrations/", "vendor/", "studio/protocol.js", "room/protocol.js")
    return [ROOT / name for name in names if not any(part in name for part in skipped) and (ROOT / name).exists()]


def test_no_file_is_longer_than_300_lines() -> None:
    long = {str(p.relative_to(ROOT)): n for p in ours(".py", ".js", ".css", ".html", ".mjs") if (n := lines(p)) > LIMIT}
    assert not long


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in ours(".py")
        if (text := path.read_text(encoding="utf-8").strip()) and not text.startswith(('"""', "#!"))
    ]
    assert not silent


def test_the_web_tier_boots_without_torch_and_without_a_client_for_other_servers() -> None:
    code = (
        "import sys, django; django.setup(); import config.asgi, studio.tasks, studio.sockets.consumers;"
        "bad = {'torch', 'diffusers', 'transformers', 'httpx'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=180)


def test_async_code_lives_in_few_places() -> None:
    stations = (
        "gates/cors.py",
        "gates/pathcodes.py",
        "management/",
        "news/events.py",
        "process/hub.py",
        "roomtalk/",
        "routing.py",
        "sockets/",
        "worker/deliveries.py",
    )
    allowed = (
        "config/server.py",
        "config/statics.py",
        "config/threads.py",
        "gallery/pages/media.py",
        "studio/views/own_data.py",
        "studio/views/pins.py",  # files, as gallery/pages/media.py sends them
        "studio/compat/",  # requests that wait minutes for a picture hold no thread meanwhile
        "studio/engines/base.py",
        "studio/engines/health.py",
        *(f"studio/engines/{name}/" for name in ("remote", "openai_images", "comfyui", "mesh_http", "chat_scene")),
        *(f"studio/{name}" for name in stations),
    )
    elsewhere = [
        str(path.relative_to(ROOT))
        for path in ours(".py")
        if "async def" in path.read_text(encoding="utf-8")
        and not str(path.relative_to(ROOT)).startswith((*allowed, "tests/", "benchmarks/"))
    ]
    assert not elsewhere


@pytest.mark.parametrize("word", ["utils", "helpers", "manager", "service", "handler"])
def test_no_module_has_a_name_that_says_nothing(word: str) -> None:
    assert not [path for path in ours(".py") if path.stem == word]


def test_nothing_reads_pickles_or_remote_code() -> None:
    forbidden = ("trust_remote_code=True", "import pickle", "torch.load(", "custom_pipeline=")
    # The administrator's command reads them, as numbers and nothing else.
    reader = ROOT / "studio" / "engines" / "local" / "convert.py"
    left_out = {Path(__file__).resolve(), reader}
    found = [
        (str(path.relative_to(ROOT)), word)
        for path in ours(".py")
        for word in forbidden
        if path.resolve() not in left_out and word in path.read_text(encoding="utf-8")
    ]
    assert not found
    reads = re.findall(r"torch\.load\([^)]*\)|pickle\.loads?\(", reader.read_text(encoding="utf-8"))
    assert len(reads) == 1 and "weights_only=True" in reads[0]


def test_every_error_code_used_is_in_the_table() -> None:
    used = set()
    for path in ours(".py"):
        if not str(path.relative_to(ROOT)).startswith(("studio/", "gallery/", "accounts/")):
            continue
        used |= set(re.findall(r'(?:Refused|EngineError|ProtocolError)\(\s*"(\w+)"', path.read_text(encoding="utf-8")))
    assert used <= set(ERRORS), used - set(ERRORS)
