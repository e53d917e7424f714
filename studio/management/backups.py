"""Backups: a folder with the database of one moment, every file it names, and the keys; checked before it is used.

Files are named by their content (config/storage.py), so one that an earlier backup beside it has is a hard link: each
backup is whole by itself and costs only what is new. The database is copied after most of the files and the rest after
it: nothing that it names is missing, though the studio goes on all the while.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from gallery import files
from gallery.models import WorkFile
from studio.files import blobs, boardfiles, parcels
from studio.management import databases
from studio.models import Board, BoardPicture, BoardVersion, Input

FORMAT = 1
MANIFEST, LIST, KEYS, PARTIAL = "manifest.json", "files.txt", "keys.env", ".partial-"
ARCHIVES = "archives"
SHELVES = {"works": files.WORKS, "boards": boardfiles.BOARDS, "inputs": blobs.INPUTS}
# Which columns name files of which shelf.
NAMED: dict[str, list[tuple[Any, str]]] = {
    "works": [(WorkFile, "sha256")],
    "boards": [(BoardPicture, "sha256"), (Board, "thumbnail"), (BoardVersion, "thumbnail")],
    "inputs": [(Input, "sha256")],
}


class CannotRestore(Exception):
    """The backup is not whole, or the place is not empty; nothing was changed. The text says why."""


@dataclass
class Made:
    """A backup: `missing` are files that the database names and nobody has, `damaged` those with another content."""

    folder: Path
    count: int = 0
    size: int = 0
    linked: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def make(parent: Path, *, with_keys: bool = True, with_files: bool = True) -> Made:
    """A new backup in `parent`, named by its time. It has its name only when it is whole.

    Raises OSError, databases.DatabaseTrouble.
    """
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in parent.glob(f"{PARTIAL}*"):
        shutil.rmtree(left)
    name = f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S-%fZ}"
    draft, before = parent / f"{PARTIAL}{name}", newest(parent)
    draft.mkdir(mode=0o700)
    made = Made(draft)
    have = {shelf: _copy_all(made, shelf, before) if with_files else set() for shelf in SHELVES}
    database = draft / databases.file_name()
    with databases.copied(database) as ask:
        for shelf, columns in NAMED.items() if with_files else ():
            for digest in sorted({each for model, column in columns for each in ask(_query(model, column))}):
                if digest not in have[shelf]:
                    _copy(made, shelf, digest, before)
    if with_files:
        _copy_archives(made, before)
    if with_keys:
        _write_keys(draft / KEYS)
    (draft / LIST).write_text("".join(f"{line}\n" for line in sorted(_listed(draft))))
    about = _about(database) | {"missing": made.missing, "damaged": made.damaged, "list": _digest(draft / LIST)}
    about["with_files"] = with_files
    (draft / MANIFEST).write_text(json.dumps(about | {"itself": _digest_of(about)}, indent=1))
    made.folder = draft.rename(parent / name)
    return made


def newest(parent: Path) -> Path | None:
    """The newest whole backup in `parent`."""
    return max(all_of(parent), default=None)


def all_of(parent: Path) -> list[Path]:
    """The whole backups in `parent`, oldest first."""
    return sorted(path.parent for path in parent.glob(f"[0-9]*/{MANIFEST}"))


def prune(parent: Path, keep: int) -> list[Path]:
    """Remove all but the newest `keep` (1 or more) backups; returns which went."""
    old = all_of(parent)[:-keep]
    for folder in old:
        shutil.rmtree(folder)
    return old


def check(folder: Path) -> dict[str, Any]:
    """Read the whole backup and compare it with what it says of itself; its manifest. Raises CannotRestore."""
    try:
        about: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise CannotRestore(f"{folder} is no backup: {error}") from error
    if about.get("format") != FORMAT:
        raise CannotRestore(f"its format is {about.get('format')}, and this version reads {FORMAT}")
    try:
        if about.pop("itself", "") != _digest_of(about):
            raise CannotRestore(f"{MANIFEST} is damaged")
        if _digest(folder / LIST) != about["list"] or _digest(folder / about["database"]) != about["sha256"]:
            raise CannotRestore("its database or its list of files is damaged")
        for line in (folder / LIST).read_text().splitlines():
            digest, path = line.split(" ", 1)
            if _digest(folder / path) != digest:
                raise CannotRestore(f"{path} is damaged")
    except OSError as error:
        raise CannotRestore(f"it is not whole: {error}") from error
    return about


def restore(folder: Path) -> tuple[dict[str, Any], int]:
    """Put a backup into this studio, which must be empty: files first, then the database that names them.

    Returns its manifest and how many files there were. Raises CannotRestore before anything is changed,
    databases.DatabaseTrouble where the database does not take it.
    """
    about = check(folder)
    if about["vendor"] != connection.vendor:
        raise CannotRestore(f"it is of {about['vendor']}, and this studio runs on {connection.vendor}")
    if unknown := set(about["migrations"]) - _migrations():
        raise CannotRestore(f"a newer version made it; this one does not know {', '.join(sorted(unknown)[:3])}")
    if not databases.is_empty():
        raise CannotRestore("the database is not empty: nothing is ever overwritten")
    for alias, shelf in SHELVES.items():
        if about["with_files"] and next(iter(shelf.store.digests()), None):
            raise CannotRestore(f"there are {alias} here already: nothing is ever overwritten")
    count = 0
    for alias, shelf in SHELVES.items():
        for path in (folder / alias).glob("??/??/*"):
            shelf.store.keep(path.read_bytes())
            count += 1
    for path in (folder / ARCHIVES).glob("*.zip"):
        shutil.copyfile(path, written := parcels.draft(f".{path.stem}.tmp"))
        parcels.keep(written, path.name)
        count += 1
    databases.put_back(folder / about["database"])
    return about, count


def is_same_key(about: dict[str, Any]) -> bool:
    """Whether this studio's SECRET_KEY, or one of the earlier ones, is that of the backup."""
    return about["key"] in {_fingerprint(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)}


def _copy_all(made: Made, alias: str, before: Path | None) -> set[str]:
    found = sorted(digest for digest, _ in SHELVES[alias].store.digests())
    return {digest for digest in found if _copy(made, alias, digest, before, gone_is_fine=True)}


def _copy(made: Made, alias: str, digest: str, before: Path | None, *, gone_is_fine: bool = False) -> bool:
    """Whether nothing more is to be done about this file."""
    store = SHELVES[alias].store
    name = f"{alias}/{store.name_of(digest)}"
    target = made.folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if before is not None and _link(before / name, target):
        made.linked += 1
    else:
        try:
            data = store.read(digest)
        except FileNotFoundError:
            if not gone_is_fine:  # otherwise: swept away meanwhile, as it may be
                made.missing.append(name)
            return False
        if hashlib.sha256(data).hexdigest() != digest:
            made.damaged.append(name)
            return True
        target.write_bytes(data)
    made.count += 1
    made.size += target.stat().st_size
    return True


def _copy_archives(made: Made, before: Path | None) -> None:
    for name, _ in parcels.kept():
        target = made.folder / ARCHIVES / name
        target.parent.mkdir(exist_ok=True)
        if before is None or not _link(before / ARCHIVES / name, target):
            try:
                with parcels.opened(name) as opened, target.open("wb") as copy:
                    shutil.copyfileobj(opened, copy)
            except FileNotFoundError:  # its owner has thrown it away
                continue
        made.count += 1
        made.size += target.stat().st_size


def _link(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:  # not there, or a file system without hard links
        return False
    return True


def _listed(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name.partition("/")[0] in (*SHELVES, ARCHIVES, KEYS):
            # A file of a shelf has its digest for a name, and was compared with it.
            yield f"{path.name if name.partition('/')[0] in SHELVES else _digest(path)} {name}"


def _about(database: Path) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "brushwire": settings.VERSION,
        "made_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "vendor": connection.vendor,
        "database": database.name,
        "sha256": _digest(database),
        "migrations": sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations),
        "key": _fingerprint(settings.SECRET_KEY),
    }


def _migrations() -> set[str]:
    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}


def _write_keys(path: Path) -> None:
    lines = [f"SECRET_KEY={settings.SECRET_KEY}"]
    if settings.SECRET_KEY_FALLBACKS:
        lines.append(f"SECRET_KEY_FALLBACKS={','.join(settings.SECRET_KEY_FALLBACKS)}")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join(lines) + "\n")


def _fingerprint(key: str) -> str:
    return hashlib.sha256(f"brushwire backup {key}".encode()).hexdigest()[:16]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_of(about: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _query(model: Any, column: str) -> str:
    quote = connection.ops.quote_name
    name = quote(model._meta.get_field(column).column)
    return f"SELECT DISTINCT {name} FROM {quote(model._meta.db_table)} WHERE {name} <> ''"  # noqa: S608  names of ours
