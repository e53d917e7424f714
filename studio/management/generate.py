"""Files made from code: each has one source, and a check that fails when the file is stale."""

from pathlib import Path

from django.core.management.base import CommandError


def write_or_check(path: Path, text: str, *, check: bool) -> str:
    """Write `text` to `path`, or with `check` only compare. CommandError when the file is not what it should be."""
    current = path.read_text(encoding="utf-8") if path.exists() else None
    if current == text:
        return f"{path.name} is up to date"
    if check:
        raise CommandError(f"{path} is stale: run the command without --check and commit the result")
    path.write_text(text, encoding="utf-8")
    return f"wrote {path}"
