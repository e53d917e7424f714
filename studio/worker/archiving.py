"""Packs archives: claims the next one, writes its ZIP beside the place where it will lie, and says how far it is.

What pictures and boards are is told by files with speaking names; everything else by JSON (belongings.py).
"""

import io
import json
import logging
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import notices
from accounts.models import User
from gallery import files, recipes
from gallery.metadata.bare import Bare
from gallery.models import Reveals, Work, WorkFile
from gallery.pages.media import BEGUN_WITH
from studio.files import boardfiles, parcels
from studio.models import Archive, Board
from studio.rooms import folding
from studio.words.errors import Refused
from studio.worker import belongings

log = logging.getLogger(__name__)

TELL_EVERY = 1.0  # seconds
ENDINGS = {
    "image/png": "png",
    "image/webp": "webp",
    "image/jpeg": "jpg",
    "model/gltf-binary": "glb",
    "text/javascript": "js",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the ZIP; `read` gives its bytes, or None when the file is gone."""

    name: str
    read: Callable[[], bytes | None]


class TakenAway(Exception):
    """The archive was deleted, or another task packs it."""


def name_of(archive: Archive) -> str:
    """What the ZIP is called among the parcels."""
    return f"{archive.pk}.zip"


def path_of(archive: Archive) -> Path:
    """Where the ZIP lies once it is ready, where there is no bucket."""
    return parcels.path_of(name_of(archive))


def pack_next() -> bool:
    """Claim and pack one archive; False when none waits."""
    silent = Now() - timedelta(seconds=settings.ARCHIVE_SILENT)
    waiting = Archive.objects.filter(
        Q(state=Archive.State.WAITING) | Q(state=Archive.State.PACKING, beat_at__lt=silent)
    )
    for archive in waiting.order_by("created_at")[:1]:
        mine = waiting.filter(pk=archive.pk, attempt=archive.attempt)
        if archive.attempt >= settings.MAX_ATTEMPTS:
            return bool(mine.update(state=Archive.State.FAILED, finished_at=Now()))
        if mine.update(state=Archive.State.PACKING, attempt=F("attempt") + 1, beat_at=Now(), done=0):
            archive.refresh_from_db()
            _pack(archive)
        return True
    return False


def _pack(archive: Archive) -> None:
    torn = parcels.draft(f".{archive.pk}-{archive.attempt}.tmp")
    try:
        with translation.override(archive.language):
            _write(archive, torn)
        _end(archive, Archive.State.READY, size=parcels.keep(torn, name_of(archive)))
        notices.tell(archive.owner_id, "archive_ready", link="/account/data/")
        _mail(archive)
    except TakenAway:
        log.info("archive %s is no longer wanted", archive.pk)
    except OSError:
        log.exception("archive %s could not be written", archive.pk)
        _end(archive, Archive.State.FAILED)
    finally:
        torn.unlink(missing_ok=True)


def _write(archive: Archive, target: Path) -> None:
    entries = list(_works(archive))
    if archive.works is None and archive.workshop is None:
        entries += [*_boards(archive), *_data(archive)]
    _held(archive).update(total=len(entries))
    told = time.monotonic()
    # Pictures are compressed already; only JSON gains by it.
    with zipfile.ZipFile(target, "x", zipfile.ZIP_STORED, strict_timestamps=False) as out:
        for done, entry in enumerate(entries, 1):
            data = entry.read()
            if data is not None:
                way = zipfile.ZIP_DEFLATED if entry.name.endswith(".json") else zipfile.ZIP_STORED
                out.writestr(entry.name, data, way)
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                if not _held(archive).update(done=done, beat_at=Now()):
                    raise TakenAway


def _works(archive: Archive) -> Iterator[Entry]:
    own = Work.objects.filter(owner=archive.owner)
    chosen = own if archive.works is None else own.filter(pk__in=archive.works, deleted_at=None)
    if archive.workshop is not None:
        chosen = Work.objects.on_wall(archive.workshop.pk, archive.owner).select_related("owner")
    for work in chosen.prefetch_related("files", "parents").order_by("created_at", "index"):
        folder = _slug(work.owner.get_username()).rstrip("-") or str(work.owner_id) if archive.workshop else _("works")
        yield from _work(work, folder, archive.owner)


def _work(work: Work, folder: str, reader: User) -> Iterator[Entry]:
    """What `reader` gets of a work: its owner all of it, a teacher what its page would show of it (Work.shows)."""
    words = work.title or (work.prompt if work.shows(reader, Reveals.RECIPE) else "")
    folder += f"/{work.created_at:%Y-%m-%d}-{_slug(words)}{work.pk.hex[:8]}"
    bare = not recipes.may_carry_recipe(work, reader)
    for file in work.files.all():
        if file.role.startswith("thumb") or (file.role in BEGUN_WITH and not work.shows(reader, Reveals.ALL)):
            continue
        plain = bare and file.role == WorkFile.Role.IMAGE and file.media_type == "image/png"
        read = _reader(files.WORKS, file.sha256)
        yield Entry(
            f"{folder}/{file.role}.{ENDINGS.get(file.media_type, 'bin')}", _without_words(read) if plain else read
        )
    yield Entry(f"{folder}/work.json", _constant(_about(work, reader)))


def _about(work: Work, reader: User) -> dict[str, Any]:
    columns = ("id", "created_at", "title", "description", "visibility", "moderation", "published_at", "deleted_at")
    recipe = ("tool", "model_name", "engine", "prompt", "negative_prompt", "seed", "recipe")
    told: tuple[str, ...] = (*columns, "saved", "favourite", "likes", "width", "height")
    if work.shows(reader, Reveals.RECIPE):
        told += recipe
    about = {name: getattr(work, name) for name in told}
    return about | {"made_from": [parent.pk for parent in work.parents.all()]}


def _without_words(read: Callable[[], bytes | None]) -> Callable[[], bytes | None]:
    def bare() -> bytes | None:
        data = read()
        return None if data is None else Bare(io.BytesIO(data)).read()

    return bare


def _boards(archive: Archive) -> Iterator[Entry]:
    for board in Board.objects.filter(owner=archive.owner).prefetch_related("pictures").order_by("created_at"):
        folder = f"{_('boards')}/{board.updated_at:%Y-%m-%d}-{_slug(board.title)}{board.pk.hex[:8]}"
        if board.kind == Board.Kind.DRAWING:
            with suppress(Refused):  # it was deleted just now
                board.document = folding.fold(board.pk).document
        yield Entry(f"{folder}/board.json", _constant(json.loads(board.document)))
        if board.thumbnail:
            yield Entry(f"{folder}/thumbnail.webp", _reader(boardfiles.BOARDS, board.thumbnail))
        for picture in board.pictures.all():
            yield Entry(f"{folder}/{picture.key}.webp", _reader(boardfiles.BOARDS, picture.sha256))
    theirs = Board.objects.filter(clients__user=archive.owner).exclude(owner=archive.owner).distinct()
    of_others = _("of others")
    for board in theirs.order_by("created_at"):
        marks = _constant(_own_marks(board, archive.owner))
        yield Entry(f"{_('boards')}/{of_others}/{board.pk.hex[:8]}.json", marks)


def _own_marks(board: Board, person: User) -> dict[str, Any]:
    """What a person drew on somebody else's board, without the rest of it."""
    layers = json.loads(board.document)["layers"]
    mine = [mark for layer in layers for mark in layer["marks"] if mark.get("by") == person.pk]
    return {"board": str(board.pk), "marks": mine}


def _data(archive: Archive) -> Iterator[Entry]:
    yield Entry("account.json", _constant(belongings.account(archive.owner)))
    for name, rows in belongings.tables(archive.owner):
        yield Entry(f"data/{name}.json", _constant(rows))


def _slug(words: str) -> str:
    short = slugify(words[:80], allow_unicode=True)[:40].strip("-_")
    return f"{short}-" if short else ""


def _reader(shelf: files.Shelf, digest: str) -> Callable[[], bytes | None]:
    def read() -> bytes | None:
        try:
            return shelf.store.read(digest)
        except FileNotFoundError:
            log.error("file %s is missing from the storage", digest)
            return None

    return read


def _constant(value: Any) -> Callable[[], bytes]:
    return lambda: json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()


def _held(archive: Archive) -> Any:
    return Archive.objects.filter(pk=archive.pk, state=Archive.State.PACKING, attempt=archive.attempt)


def _end(archive: Archive, state: Archive.State, **changes: Any) -> None:
    ended = _held(archive).update(state=state, done=F("total"), finished_at=Now(), **changes)
    if not ended:
        parcels.remove(name_of(archive))
        raise TakenAway


def _mail(archive: Archive) -> None:
    """Tell by mail; a mail server that is away loses the mail, not the archive."""
    if not archive.owner.email or archive.works is not None:
        return
    with translation.override(archive.language):
        words = _("Your archive is ready. Log in and fetch it within %(days)s days: %(address)s") % {
            "days": round(settings.ARCHIVES_KEPT_FOR / 86400),
            "address": f"{settings.PUBLIC_URL}/account/data/",
        }
        try:
            send_mail(_("[Brushwire] Your archive is ready"), words, None, [archive.owner.email])
        except OSError as error:
            log.warning("the mail about archive %s was not sent: %s", archive.pk, error)


def forget_old() -> int:
    """Remove archives past their time, and files that no row names; returns how many files went."""
    old = Now() - timedelta(seconds=settings.ARCHIVES_KEPT_FOR)
    Archive.objects.filter(finished_at__lt=old).delete()
    silent_since = time.time() - settings.ARCHIVE_SILENT
    found = [name for name, written_at in parcels.kept() if written_at < silent_since]
    named = {name_of(archive) for archive in Archive.objects.filter(state=Archive.State.READY).only("pk")}
    gone = [name for name in found if name not in named]
    for name in gone:
        parcels.remove(name)
    return len(gone) + parcels.remove_drafts(silent_since)
