"""Content-addressed storage: a file's name is the SHA-256 of its bytes, so writing the same bytes twice is harmless.

The same in a bucket is `objects.py`.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

from django.core.files.storage import FileSystemStorage


class ContentStorage(FileSystemStorage):
    """Files named `ab/cd/<sha256>` under `location`. Nothing but the sweep ever removes one (gallery/files.py)."""

    def keep(self, data: bytes) -> str:
        """Write `data` durably (temporary file, fsync, rename, fsync of the folder); return its SHA-256 in hex.

        An existing file is touched instead, so that the sweep sees it as fresh: the caller is about to name it.
        """
        digest = hashlib.sha256(data).hexdigest()
        target = Path(self.path(self.name_of(digest)))
        try:
            os.utime(target)
            return digest
        except FileNotFoundError:
            pass
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".tmp-", delete=False) as temporary:
            try:
                temporary.write(data)
                temporary.flush()
                os.fchmod(temporary.fileno(), self.file_permissions_mode or 0o640)
                os.fsync(temporary.fileno())
                Path(temporary.name).replace(target)
            except BaseException:
                Path(temporary.name).unlink()
                raise
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes kept under `digest`; FileNotFoundError when there are none."""
        return Path(self.path(self.name_of(digest))).read_bytes()

    def open_kept(self, digest: str) -> BufferedReader:
        """What is kept under `digest`, to read any part of it; FileNotFoundError when there is nothing."""
        return Path(self.path(self.name_of(digest))).open("rb")

    def name_of(self, digest: str) -> str:
        """The name inside this storage of the file whose SHA-256 is `digest`."""
        return f"{digest[:2]}/{digest[2:4]}/{digest}"

    def digests(self) -> Iterator[tuple[str, float]]:
        """Every kept file as (SHA-256, time of last touch in seconds since the epoch)."""
        for path in Path(self.location).glob("??/??/*"):
            if not path.name.startswith("."):
                with suppress(FileNotFoundError):  # somebody else removed it meanwhile
                    yield path.name, path.stat().st_mtime

    def remove_older(self, digest: str, limit: float) -> bool:
        """Remove what is kept under `digest` if it was last touched before `limit`; whether it was."""
        return _unlink_older(Path(self.path(self.name_of(digest))), limit)

    def remove_torn(self, limit: float) -> int:
        """A process killed while it wrote leaves a temporary file, which no row can ever name; how many were older."""
        return sum(_unlink_older(path, limit) for path in Path(self.location).glob("??/??/.tmp-*"))


def _unlink_older(path: Path, limit: float) -> bool:
    try:
        if path.stat().st_mtime >= limit:
            return False
        path.unlink()
    except FileNotFoundError:
        # Another sweep was faster.
        return False
    return True
