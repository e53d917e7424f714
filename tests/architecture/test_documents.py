"""What the documents name is there: links and their headings, pictures, commands, settings, files."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.core.management import get_commands

from tests.architecture.test_house import ROOT, ours

# Ours to keep right. The changelog says what once was.
DOCUMENTS = [path for path in ours(".md") if path.name != "CHANGELOG.md"]
LINK = re.compile(r"""\]\(([^)\s]+)\)|<img src="([^"]+)\"""")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```.*?\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
ROOMS = "accounts|benchmarks|clients|config|deploy|docs|gallery|locale|starter|static|studio|templates|tests"
FILE = re.compile(
    rf"(?<![\w./-])((?:{ROOMS})/[\w./-]*(?:\.(?:py|md|html|js|css|json|yaml|conf|example|png)\b|/(?![\w.<*…])))"
)
# Modules that are not ours.
OTHERS = {"pytest", "venv", "pip", "http.server"}


def text(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def code(document: Path) -> str:
    """What stands between backquotes, without the shell's comments."""
    return re.sub(r"  +# .*", "", "\n".join(block or span for block, span in CODE.findall(text(document))))


def links(document: Path) -> Iterator[tuple[Path, str]]:
    """Where it leads on this disk: file and heading."""
    for here, picture in LINK.findall(FENCED.sub("", text(document))):
        target, _, heading = (here or picture).partition("#")
        if not re.match(r"\w+:", target):
            yield (document.parent / target).resolve() if target else document, heading


def headings(document: Path) -> set[str]:
    """The anchors that GitHub makes of its headings."""
    titles = re.findall(r"^#+ +(.+)$", FENCED.sub("", text(document)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def found(pattern: str) -> dict[str, str]:
    """Every such word in the code of the documents, and one that has it."""
    return {word: document.name for document in DOCUMENTS for word in re.findall(pattern, code(document))}


def test_every_link_leads_somewhere() -> None:
    broken = [
        f"{document.name}: {path.name}#{heading}"
        for document in DOCUMENTS
        for path, heading in links(document)
        if not path.exists() or (heading and heading not in headings(path))
    ]
    assert not broken


def test_every_picture_is_shown() -> None:
    shown = {path for document in DOCUMENTS for path, _ in links(document)}
    assert not [path.name for path in ours(".png", ".webp") if (ROOT / "docs") in path.parents and path not in shown]


def test_every_document_is_in_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    listed = {path for path, _ in links(index)} | {index}
    assert not [path.name for path in (ROOT / "docs").glob("*.md") if path not in listed]


def test_every_command_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert not {name: where for name, where in found(r"\bmake ([a-z][a-z-]*)").items() if name not in targets}
    commands = get_commands()
    assert not {name: where for name, where in found(r"manage(?:\.py)? ([a-z_]+)").items() if name not in commands}


def test_every_module_that_is_run_exists() -> None:
    def there(name: str) -> bool:
        path = ROOT / name.replace(".", "/")
        return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file() or name in OTHERS

    named = found(r"python3? -m ([a-z_]+(?:\.[a-z_]+)*)")
    assert not {name: where for name, where in named.items() if not there(name)}


def test_every_setting_is_explained() -> None:
    known = set(re.findall(r"^#?([A-Z_0-9]+)=", (ROOT / "deploy" / "env.example").read_text(), re.MULTILINE))
    # Those of the programs that the API's examples write for themselves.
    known |= {"BRUSHWIRE_URL", "BRUSHWIRE_KEY", "BRUSHWIRE_CODE"}
    assert not {name: where for name, where in found(r"\b(BRUSHWIRE_[A-Z_]*[A-Z])\b").items() if name not in known}


def test_every_file_that_is_named_exists() -> None:
    named = {name: document.name for document in DOCUMENTS for name in FILE.findall(code(document))}
    assert not {name: where for name, where in named.items() if not (ROOT / name).exists()}
