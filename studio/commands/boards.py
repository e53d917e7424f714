"""Commands about boards: save, open, name, duplicate, delete, go back to a version, and the pictures laid on them."""

import json
import time
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from studio.files import boardfiles, placing
from studio.models import Board, BoardPicture, BoardState, BoardVersion
from studio.rooms import access, document, folding, log, replacing, storing
from studio.values import drawing, worlds
from studio.words.errors import Refused


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


def find(user: User, board_id: UUID, right: str = "watch") -> Board:
    """A board for somebody who has this right on it (studio/rooms/access.py). Raises Refused: not_found for everybody
    who may not see it, forbidden, board_frozen."""
    return access.find(user, board_id, right)


def current(user: User, board_id: UUID) -> Board:
    """As `find`, with everything in its document that was drawn up to now."""
    board = find(user, board_id)
    return folding.fold(board_id) if board.kind == Board.Kind.DRAWING else board


def save(user: User, board_id: UUID, change: Save) -> Board:
    """Keep a board; the first save makes it. Saving the same document again changes nothing.

    Raises Refused: too_large, invalid_board (or invalid_world), world_model_gone, not_found (somebody else's id),
    board_conflict (the board has another revision by now; nothing was kept), boards_full, boards_too_large, and those
    of studio/files/intake.py for the thumbnail.
    """
    text = _document(change.document, change.kind)
    if change.thumbnail and len(change.thumbnail) > settings.BOARD_THUMBNAIL_BYTES:
        raise Refused("too_large", limit=f"{settings.BOARD_THUMBNAIL_BYTES // 1024} kB")
    small = boardfiles.thumbnail(change.thumbnail) if change.thumbnail else None
    if small is not None:
        boardfiles.BOARDS.store.keep(small)
    try:
        with transaction.atomic():
            return _saved(user, board_id, change, text, small)
    except IntegrityError:
        # Somebody else's board has this id, or two windows began the same one at once.
        raise Refused("board_conflict" if access.rights_of(user, board_id) else "not_found") from None


def _saved(user: User, board_id: UUID, change: Save, text: str, small: bytes | None) -> Board:
    board = Board.objects.select_for_update().filter(pk=board_id).first()
    digest = _named(small)
    if board is None:
        if change.revision != 0:
            raise Refused("not_found")
        return _begun(user, board_id, change, text, digest)
    access.find(user, board_id, "draw")
    if change.kind != board.kind:
        raise Refused("not_found")
    drawn = board.kind == Board.Kind.DRAWING
    if drawn:
        board = folding.fold(board_id)
    if text == board.document or (drawn and _looks_like(board, change.document)):
        return board
    if change.revision != board.revision:
        raise Refused("board_conflict", revision=board.revision)
    _check_models(user, board.kind, text, board)
    storing.check_bytes(board.owner_id, len(change.document) - len(board.document.encode()))
    if drawn:
        if change.keep:
            storing.remember(board, always=True)
        log.act(board_id, partial(_replace, plain=replacing.checked(change.document), user=user), user)
        board = folding.fold(board_id)
    else:
        storing.remember(board, always=change.keep)
        board.document, board.size, board.revision = text, len(change.document), board.revision + 1
    board.thumbnail, board.updated_at = digest or board.thumbnail, timezone.now()
    board.save(update_fields=["document", "size", "revision", "thumbnail", "updated_at"])
    return board


def _begun(user: User, board_id: UUID, change: Save, text: str, digest: str) -> Board:
    """A new board with this document."""
    storing.check_room(user.pk)
    storing.check_bytes(user.pk, len(change.document))
    _check_models(user, change.kind, text)
    board = Board(pk=board_id, owner=user, kind=change.kind, document=text, size=len(change.document), thumbnail=digest)
    if change.kind == Board.Kind.DRAWING:
        state = document.update_of(replacing.checked(change.document), by=user.pk)
        board.document = storing.as_text(document.drawing_of(document.opened([state])))
        board.size = len(state) + len(board.document.encode())
    board.save(force_insert=True)
    if change.kind == Board.Kind.DRAWING:
        BoardState.objects.create(board=board, data=state)
    return board


def _looks_like(board: Board, data: bytes) -> bool:
    """Whether the board shows this drawing already, whoever made its marks."""
    return replacing.look(json.loads(board.document)) == replacing.look(json.loads(data))


def _replace(doc: log.Doc, plain: document.Plain, user: User, *, keep_authors: bool = False) -> None:
    replacing.replace(doc, plain, user.pk, int(time.time() * 1000), keep_authors=keep_authors)


def rename(user: User, board_id: UUID, title: str) -> Board:
    """Name a board; an empty title is none. For whoever may share it. Raises Refused: not_found, forbidden."""
    board = access.find(user, board_id, "share")
    board.title = " ".join(title.split())[:100]
    with transaction.atomic():
        board.save(update_fields=["title"])
        access.announce(board.pk, "access")
    return board


def duplicate(user: User, board_id: UUID) -> Board:
    """A second board like this one, one's own, without its versions and its people. Who drew what is kept.

    Raises Refused: not_found, boards_full, boards_too_large.
    """
    with transaction.atomic():
        boardfiles.BOARDS.hold_names()
        storing.check_room(user.pk)
        board = current(user, board_id)
        pictures = list(board.pictures.all())
        storing.check_bytes(user.pk, board.size + sum(picture.size for picture in pictures))
        title = _("%(title)s, copy") % {"title": board.title or _("Untitled")}
        copy = Board(pk=uuid4(), owner=user, kind=board.kind, title=title[:100])
        copy.document, copy.size, copy.thumbnail = board.document, board.size, board.thumbnail
        copy.save(force_insert=True)
        if board.kind == Board.Kind.DRAWING:
            # A document of its own: what lies in the other's past is not copied.
            data = document.update_of(json.loads(board.document))
            BoardState.objects.create(board=copy, data=data)
            copy.size = len(data) + len(copy.document.encode())
            copy.save(update_fields=["size"])
        for picture in pictures:
            picture.pk, picture.board = None, copy
        BoardPicture.objects.bulk_create(pictures)
    return copy


def delete(user: User, board_id: UUID) -> None:
    """Delete a board with its versions; whoever has it open is told, and the files go with the sweep. Raises Refused:
    not_found, forbidden."""
    with transaction.atomic():
        find(user, board_id, "own").delete()
        access.announce(board_id, "deleted")


def versions(user: User, board_id: UUID) -> list[BoardVersion]:
    """A board's earlier versions, the newest first, without their documents. Raises Refused("not_found")."""
    return list(find(user, board_id).versions.defer("document"))


def version(user: User, board_id: UUID, number: int) -> BoardVersion:
    """One earlier version. Raises Refused("not_found")."""
    return _version(find(user, board_id), number)


def _version(board: Board, number: int) -> BoardVersion:
    found = board.versions.filter(pk=number).first()
    if found is None:
        raise Refused("not_found")
    return found


def restore(user: User, board_id: UUID, number: int) -> Board:
    """Go back to an earlier version: every open page gets it, as a change like any other. What the board is now becomes
    a version first, and every mark keeps its author.

    Raises Refused: not_found, forbidden, board_frozen, boards_too_large, invalid_board where it is a world.
    """
    board = find(user, board_id, "draw")
    if board.kind != Board.Kind.DRAWING:
        raise Refused("invalid_board")
    with transaction.atomic():
        board = folding.fold(board_id)
        earlier = _version(board, number)
        storing.check_bytes(board.owner_id, earlier.size)
        storing.remember(board, always=True, but=earlier)
        try:
            plain = replacing.checked(earlier.document.encode())
        except ValueError:  # nested more deeply than a drawing may be: to be looked at, not to be drawn on
            raise Refused("invalid_board") from None
        log.act(board_id, partial(_replace, plain=plain, user=user, keep_authors=True), user)
        board = folding.fold(board_id)
        board.thumbnail = earlier.thumbnail or board.thumbnail
        board.save(update_fields=["thumbnail"])
        told = {"type": "restored", "by": user.get_username(), "revision": earlier.revision}
        access.announce(board_id, "tell", message=told)
    return board


def keep_version(user: User, board_id: UUID, data: bytes) -> None:
    """Keep a document as a version without changing the board: what the person drew before taking over another
    device's state. Raises Refused: not_found, forbidden, too_large, invalid_board (or invalid_world)."""
    board = find(user, board_id, "draw")
    text = _document(data, board.kind)
    with transaction.atomic():
        board = find(user, board_id, "draw")
        storing.check_bytes(board.owner_id, len(data))
        board.versions.create(document=text, revision=board.revision, size=len(data))
        storing.forget_oldest(board)


def lay(user: User, board_id: UUID, key: str, data: bytes) -> BoardPicture:
    """Keep a picture for a board under the name that its document uses; the same name again changes nothing. For
    whoever may draw on it; it counts as its owner's.

    Raises Refused: not_found, forbidden, board_frozen, board_full, boards_too_large, and the codes of
    studio/files/intake.py.
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
    return boardfiles.small_of(access.find(user, board_id))


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


def _check_pictures(board: Board, size: int) -> None:
    if board.pictures.count() >= settings.BOARD_MAX_PICTURES:
        raise Refused("board_full", limit=settings.BOARD_MAX_PICTURES)
    storing.check_bytes(board.owner_id, size)
