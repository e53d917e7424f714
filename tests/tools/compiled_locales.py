"""Checks the translations: every .mo says what its .po says, and nothing is untranslated or uncertain.

`python -m tests.tools.compiled_locales`. With polib, because a bare machine has no gettext.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[2]


def problems(folder: Path) -> Iterator[str]:
    """One line for everything wrong in the .po and .mo files under `folder`."""
    for source in sorted(folder.rglob("*.po")):
        catalogue = polib.pofile(str(source))
        for entry in catalogue:
            if not entry.obsolete and (entry.fuzzy or not entry.translated()):
                yield f"{source}:{entry.linenum}: not translated: {entry.msgid[:60]!r}"
        compiled = source.with_suffix(".mo")
        if not compiled.is_file():
            yield f"{compiled} is missing"
        elif texts(polib.mofile(str(compiled))) != texts(catalogue):
            yield f"{compiled} is older than {source.name}: compile it again"
    for compiled in sorted(folder.rglob("*.mo")):
        if not compiled.with_suffix(".po").is_file():
            yield f"{compiled} has no .po"


def texts(catalogue: polib.POFile | polib.MOFile) -> dict[tuple[str | None, str], tuple[str, dict[int, str]]]:
    """What a reader can get out of it: (context, original) to (translation, plural forms)."""
    return {
        (entry.msgctxt, entry.msgid): (entry.msgstr, dict(entry.msgstr_plural))
        for entry in catalogue.translated_entries()
    }


if __name__ == "__main__":
    found = list(problems(ROOT / "locale"))
    print("\n".join(found) or "translations are complete and compiled")
    sys.exit(bool(found))
