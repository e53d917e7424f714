"""Shelves of content-addressed files: the lock around naming and removing them, and the sweep.

Deleting a work deletes rows only. A shelf's sweep alone removes files, and only those that no row names. The studio
keeps its inputs on a shelf of its own (studio/files/blobs.py).
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Protocol, cast

from django.core.files.storage import storages
from django.db import connection, transaction

from gallery.models import WorkFile

log = logging.getLogger(__name__)

# Files examined in one transaction: writers wait for no longer than this takes.
BATCH = 200
# A temporary file is written in one go: untouched for this long (seconds), its writer is dead.
TORN_AFTER = 3600.0


class Store(Protocol):
    """What a shelf asks of its storage (config.storage.ContentStorage, config.objects.ObjectStorage)."""

    def keep(self, data: bytes) -> str: ...
    def read(self, digest: str) -> bytes: ...
    def open_kept(self, digest: str) -> BufferedReader: ...
    def name_of(self, digest: str) -> str: ...
    def digests(self) -> Iterator[tuple[str, float]]: ...
    def remove_older(self, digest: str, limit: float) -> bool: ...
    def remove_torn(self, limit: float) -> int: ...


@dataclass(frozen=True)
class Shelf:
    """The files of the storage `alias`. `lock` is our number among PostgreSQL's advisory locks; `named` tells which
    of some digests (SHA-256, hex) a row names."""

    alias: str
    lock: int
    named: Callable[[list[str]], set[str]]

    @property
    def store(self) -> Store:
        """The storage itself."""
        return cast(Store, storages[self.alias])

    def path_of(self, digest: str) -> Path:
        """Where the file with this SHA-256 lies, whether it is there or not; NotImplementedError in a bucket."""
        return Path(storages[self.alias].path(self.store.name_of(digest)))

    def hold_names(self, *, alone: bool = False) -> None:
        """Until the transaction ends: many may name files at once, but nobody while the sweep is `alone`.

        SQLite has one writer at a time and its transactions take that lock when they begin (transaction_mode
        IMMEDIATE). Raises RuntimeError outside a transaction, where the lock would be gone at once.
        """
        if not connection.in_atomic_block:
            raise RuntimeError("Files are named and removed inside a transaction only.")
        if connection.vendor == "postgresql":
            function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {function}(%s)", [self.lock])

    def sweep(self, older_than_seconds: float) -> int:
        """Remove the files that no row names and nobody has touched for that long; return how many.

        Two sweeps at once do no harm. A file named or touched after it was found unnamed stays.
        """
        limit = time.time() - older_than_seconds
        removed = sum(self.remove(batch, limit) for batch in _batches(self.orphans(limit)))
        return removed + self.store.remove_torn(min(limit, time.time() - TORN_AFTER))

    def orphans(self, limit: float) -> Iterator[str]:
        """Digests of files last touched before `limit` (seconds since the epoch) that no row names right now."""
        old = (digest for digest, touched_at in self.store.digests() if touched_at < limit)
        for batch in _batches(old):
            named = self.named(batch)
            yield from (digest for digest in batch if digest not in named)

    def remove(self, digests: list[str], limit: float) -> int:
        """Remove those files that, looked at again under the lock, are still unnamed and untouched since `limit`."""
        removed = 0
        with transaction.atomic():
            self.hold_names(alone=True)
            named = self.named(digests)
            for digest in digests:
                if digest not in named and self.store.remove_older(digest, limit):
                    removed += 1
        if removed:
            log.info("removed %d files of %s that no row names", removed, self.alias)
        return removed


def _named_by_works(digests: list[str]) -> set[str]:
    return set(WorkFile.objects.filter(sha256__in=digests).values_list("sha256", flat=True))


WORKS = Shelf("works", 0x776F726B73, _named_by_works)


def _batches(digests: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for digest in digests:
        batch.append(digest)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
