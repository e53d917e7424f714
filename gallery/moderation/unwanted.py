"""Pictures that were taken down do not come back: files are known again by their bytes and by their pixels."""

import hashlib
from collections.abc import Iterable

from gallery import files, keeping
from gallery.models import Decision, UnwantedFile, Work, WorkFile

# What a work shows: thumbnails are made from these, and a mask shows nothing.
LOOKED_AT = (WorkFile.Role.IMAGE, WorkFile.Role.SKETCH, WorkFile.Role.INPUT)


def remember(decision: Decision, work: Work) -> None:
    """Know the pictures of a work that is taken down again. What it was drawn from may be innocent: only the result."""
    known = _digests(work.files.filter(role=WorkFile.Role.IMAGE))
    UnwantedFile.objects.bulk_create(
        [UnwantedFile(decision=decision, digest=digest) for digest in known], ignore_conflicts=True
    )


def forget(work: Work) -> None:
    """Let the pictures of a work back in: it was taken down wrongly."""
    UnwantedFile.objects.filter(decision__work=work).delete()


def shows_unwanted(work: Work) -> bool:
    """Whether the work, or what it began with, is a picture that was taken down: the same bytes or the same pixels.

    Without any unwanted file one small query; with some, the pictures are decoded (20 to 100 ms each).
    """
    if not UnwantedFile.objects.exists():
        return False
    return UnwantedFile.objects.filter(digest__in=_digests(work.files.filter(role__in=LOOKED_AT))).exists()


def pixel_digest(data: bytes) -> str:
    """SHA-256 over size and pixels of a picture: the same however it is packed. Raises keeping.UnreadablePicture."""
    picture = keeping.decode(data).convert("RGBA")
    return hashlib.sha256(f"{picture.width}x{picture.height}:".encode() + picture.tobytes()).hexdigest()


def _digests(rows: Iterable[WorkFile]) -> set[str]:
    found: set[str] = set()
    for row in rows:
        found.add(row.sha256)
        try:
            found.add(pixel_digest(files.WORKS.store.read(row.sha256)))
        except (FileNotFoundError, keeping.UnreadablePicture):
            continue  # its bytes alone must do
    return found
