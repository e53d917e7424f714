"""Whole files that somebody fetches once, ZIP archives: in the folder ARCHIVES, or in the bucket where there is one."""

import os
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import storages


def draft(name: str) -> Path:
    """Where the file called `name` is written before `keep`, on this machine; the folder is there."""
    folder = Path(settings.ARCHIVES)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def keep(written: Path, name: str) -> int:
    """Keep what lies at `written` as `name`; its size in bytes. Raises OSError."""
    size = written.stat().st_size
    if bucket := _bucket():
        bucket.take(written, name)
    else:
        written.chmod(settings.FILE_UPLOAD_PERMISSIONS)
        written.replace(path_of(name))
    return size


def opened(name: str) -> BufferedReader:
    """The file called `name`; FileNotFoundError when there is none."""
    if bucket := _bucket():
        found: BufferedReader = bucket.open_named(name)
        return found
    return path_of(name).open("rb")


def remove(name: str) -> None:
    """Remove it if it is there."""
    if bucket := _bucket():
        bucket.remove_named(name)
    else:
        path_of(name).unlink(missing_ok=True)


def kept() -> Iterator[tuple[str, float]]:
    """Every file's name and when it was written (seconds since the epoch)."""
    if bucket := _bucket():
        yield from bucket.named()
        return
    for path in Path(settings.ARCHIVES).glob("*.zip"):
        with suppress(FileNotFoundError):  # its owner has thrown it away
            yield path.name, path.stat().st_mtime


def remove_drafts(before: float) -> int:
    """Remove what a process that was killed left half written before `before` (seconds since the epoch); how many."""
    old = [
        entry.path for entry in os.scandir(draft("")) if entry.name.endswith(".tmp") and entry.stat().st_mtime < before
    ]
    for path in old:
        Path(path).unlink(missing_ok=True)
    return len(old)


def path_of(name: str) -> Path:
    """Where a file lies where there is no bucket."""
    return Path(settings.ARCHIVES) / name


def _bucket() -> Any:
    return storages["archives"] if settings.S3_BUCKET else None
