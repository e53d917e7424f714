"""Commands about boards: save, open, name, duplicate, delete, go back to a version, and the pictures laid on them."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from studio import boardfiles, drawing, placing, worlds
from studio.errors import Refused
from studio.models import Board, BoardPicture, BoardVersion
from studio.rooms import access


@dataclass(frozen=True, slots=True)
class Save:
    """What a browser saves: the document (JSON) drawn upon `revision` (0: a new board), perhaps with a thumbnail.

    `kind` is what a new board becomes, and what one that is there must be. With `keep` the revision that is replaced
    becomes a version whatever its age: somebody else drew it.
    """

    revision: int
    document: bytes
    thumbnail: bytes | None = None
    keep: bool = False
    kind: str = Board.Kind.DRAWING


def find(user: User, board_id: UUID) -> Board:
    """One's own board; Refused("not_found") for anything else."""
    board = Board.objects.filter(pk=board_id, owner=user).first()
    if board is None:
        raise Refused("not_found")
    return board


def save(user: User, board_id: UUID, change: Save) -> Board:
    """Keep a board; the first save makes it. Saving the same document again changes nothing.

    Raises Refused: too_large, invalid_board (or invalid_world), world_model_gone, not_found (somebody else's id),
    board_conflict (the board has another revision by now; nothing was kept), boards_full, boards_too_large, and those
    of studio/intake.py for the thumbnail.
    """
    document = _document(change.document, change.kind)
    if change.thumbnail and len(change.thumbnail) > settings.BOARD_THUMBNAIL_BYTES:
        raise Refused("too_large", limit=f"{settings.BOARD_THUMBNAIL_BYTES // 1024} kB")
    small = boardfiles.thumbnail(change.thumbnail) if change.thumbnail else None
    if small is not None:
        boardfiles.BOARDS.store.keep(small)
    try:
        with transaction.atomic():
            return _saved(user, board_id, change, document, small)
    except IntegrityError:
        # Somebody else's board has this id, or two windows began the same one at once.
        mine = Board.objects.filter(pk=board_id, owner=user).exists()
        raise Refused("board_conflict" if mine else "not_found") from None


def _saved(user: User, board_id: UUID, change: Save, document: str, small: bytes | None) -> Board:
    board = Board.objects.select_for_update().filter(pk=board_id, owner=user).first()
    digest = _named(small)
    if board is None:
        if change.revision != 0:
            raise Refused("not_found")
        _check_room(user)
        _check_bytes(user, len(change.document))
        _check_models(user, change.kind, document)
        made = {"document": document, "size": len(change.document), "thumbnail": digest}
        return Board.objects.create(pk=board_id, owner=user, kind=change.kind, **made)
    if change.kind != board.kind:
        raise Refused("not_found")
    if document == board.document:
        return board
    if change.revision != board.revision:
        raise Refused("board_conflict", revision=board.revision)
    _check_models(user, board.kind, document, board)
    _remember(board, always=change.keep)
    _check_bytes(user, len(change.document) - board.size)
    board.document, board.size, board.revision = document, len(change.document), board.revision + 1
    board.thumbnail, board.updated_at = digest or board.thumbnail, timezone.now()
    board.save()
    return board


def rename(user: User, board_id: UUID, title: str) -> Board:
    """Name a board; an empty title is none. For whoever may share it. Raises Refused: not_found, forbidden."""
    board = access.find(user, board_id, "share")
    board.title = " ".join(title.split())[:100]
    with transaction.atomic():
        board.save(update_fields=["title"])
        access.announce(board.pk, "access")
    return board


def duplicate(user: User, board_id: UUID) -> Board:
    """A second board like this one, without its versions. Raises Refused: not_found, boards_full,
    boards_too_large."""
    with transaction.atomic():
        boardfiles.BOARDS.hold_names()
        _check_room(user)
        board = find(user, board_id)
        pictures = list(board.pictures.all())
        _check_bytes(user, board.size + sum(picture.size for picture in pictures))
        title = _("%(title)s, copy") % {"title": board.title or _("Untitled")}
        copy = Board(pk=uuid4(), owner=user, kind=board.kind, title=title[:100])
        copy.document, copy.size = board.document, board.size
        copy.thumbnail = board.thumbnail
        copy.save()
        for picture in pictures:
            picture.pk, picture.board = None, copy
        BoardPicture.objects.bulk_create(pictures)
    return copy


def delete(user: User, board_id: UUID) -> None:
    """Delete a board with its versions; the files go with the sweep. Raises Refused("not_found")."""
    board = find(user, board_id)
    with transaction.atomic():
        board.delete()
        access.announce(board_id, "access")


def versions(user: User, board_id: UUID) -> list[BoardVersion]:
    """A board's earlier versions, the newest first, without their documents. Raises Refused("not_found")."""
    return list(find(user, board_id).versions.defer("document"))


def version(user: User, board_id: UUID, number: int) -> BoardVersion:
    """One earlier version. Raises Refused("not_found")."""
    found = find(user, board_id).versions.filter(pk=number).first()
    if found is None:
        raise Refused("not_found")
    return found


def keep_version(user: User, board_id: UUID, document: bytes) -> None:
    """Keep a document as a version without changing the board: what the person drew before taking over another
    device's state. Raises Refused: not_found, too_large, invalid_board (or invalid_world)."""
    board = find(user, board_id)
    text = _document(document, board.kind)
    with transaction.atomic():
        board = find(user, board_id)
        _check_bytes(user, len(document))
        board.versions.create(document=text, revision=board.revision, size=len(document))
        _forget_oldest(board)


def lay(user: User, board_id: UUID, key: str, data: bytes) -> BoardPicture:
    """Keep a picture for a board under the name that its document uses; the same name again changes nothing. For
    whoever may draw on it; it counts as its owner's.

    Raises Refused: not_found, forbidden, board_frozen, board_full, boards_too_large, and the codes of studio/intake.py.
    """
    board = access.find(user, board_id, "draw")
    known = board.pictures.filter(key=key).first()
    if known is not None:
        return known
    webp, width, height = boardfiles.picture(data)
    boardfiles.BOARDS.store.keep(webp)  # the slow part before the transaction; inside, the file is only touched
    with transaction.atomic():
        boardfiles.BOARDS.hold_names()
        _check_pictures(board, len(webp))
        digest = boardfiles.BOARDS.store.keep(webp)
        made = {"sha256": digest, "width": width, "height": height, "size": len(webp)}
        return board.pictures.get_or_create(key=key, defaults=made)[0]


def picture(user: User, board_id: UUID, key: str) -> bytes:
    """The bytes (WebP) of a picture on a board that one may watch. Raises Refused("not_found")."""
    found = access.find(user, board_id).pictures.filter(key=key).first()
    if found is None:
        raise Refused("not_found")
    return boardfiles.BOARDS.store.read(found.sha256)


def thumbnail(user: User, board_id: UUID) -> bytes:
    """The small picture (WebP) of a board that one may watch. Raises Refused("not_found") also where there is none
    yet."""
    board = access.find(user, board_id)
    if not board.thumbnail:
        raise Refused("not_found")
    return boardfiles.BOARDS.store.read(board.thumbnail)


def _document(data: bytes, kind: str) -> str:
    if len(data) > settings.BOARD_MAX_BYTES:
        raise Refused("too_large", limit=f"{settings.BOARD_MAX_BYTES // 2**20} MB")
    world = kind == Board.Kind.WORLD
    try:
        (worlds.check if world else drawing.check)(data)
        return data.decode()
    except ValueError:
        raise Refused("invalid_world" if world else "invalid_board") from None


def _check_models(user: User, kind: str, document: str, board: Board | None = None) -> None:
    """Refused("world_model_gone") when a model is placed that `user` may not use. What stands in the `board` already,
    or did in one of its versions, may have gone since: the world can be saved all the same, or nothing could be. One's
    own that are placed are saved for good: a world does not lose them because nobody saved them otherwise."""
    if kind != Board.Kind.WORLD:
        return
    placed = worlds.works(worlds.check(document.encode()))
    if board is not None:
        placed = {work for work in placed if str(work) not in board.document}
        before = board.versions.values_list("document", flat=True) if placed else ()
        placed = {work for work in placed if not any(str(work) in earlier for earlier in before)}
    placing.check(user, placed)
    placing.save(user, placed)


def _named(small: bytes | None) -> str:
    if small is None:
        return ""
    boardfiles.BOARDS.hold_names()
    return boardfiles.BOARDS.store.keep(small)


def _check_room(user: User) -> None:
    if Board.objects.filter(owner=user).count() >= settings.BOARDS_PER_PERSON:
        raise Refused("boards_full", limit=settings.BOARDS_PER_PERSON)


def _check_pictures(board: Board, size: int) -> None:
    if board.pictures.count() >= settings.BOARD_MAX_PICTURES:
        raise Refused("board_full", limit=settings.BOARD_MAX_PICTURES)
    _check_bytes(board.owner, size)


def _check_bytes(user: User, more: int) -> None:
    """Refused("boards_too_large") when the person's boards would hold more than BOARDS_BYTES. The oldest versions of
    all the boards go first."""
    versions = BoardVersion.objects.filter(board__owner=user)
    rows = (Board.objects.filter(owner=user), versions, BoardPicture.objects.filter(board__owner=user))
    over = sum(row.aggregate(bytes=Sum("size"))["bytes"] or 0 for row in rows) + more - settings.BOARDS_BYTES
    for pk, size in versions.order_by("created_at", "pk").values_list("pk", "size") if over > 0 else ():
        versions.filter(pk=pk).delete()
        over -= size
        if over <= 0:
            return
    if over > 0:
        raise Refused("boards_too_large", limit=f"{settings.BOARDS_BYTES // 2**20} MB")


def _remember(board: Board, *, always: bool) -> None:
    """Before a board is overwritten: what it was becomes a version, when the last one is old enough."""
    last = board.versions.first()
    since = last.created_at if last else board.created_at
    if not always and timezone.now() - since < timedelta(seconds=settings.BOARD_VERSION_EVERY):
        return
    board.versions.create(document=board.document, revision=board.revision, size=board.size, thumbnail=board.thumbnail)
    _forget_oldest(board)


def _forget_oldest(board: Board) -> None:
    """Keep the newest BOARD_VERSIONS versions, and of the pictures those that the board or a version still shows."""
    kept = list(board.versions.values_list("pk", flat=True)[: settings.BOARD_VERSIONS])
    if not board.versions.exclude(pk__in=kept).delete()[0]:
        return
    shown = [board.document, *board.versions.values_list("document", flat=True)]
    old = board.pictures.filter(created_at__lt=timezone.now() - timedelta(days=1))
    gone = [picture.pk for picture in old if not any(picture.key in document for document in shown)]
    board.pictures.filter(pk__in=gone).delete()
