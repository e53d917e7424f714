"""How much boards may hold, and when an earlier state of one is kept. Charged to the boards' owner, whoever draws."""

import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from studio.models import Board, BoardPicture, BoardVersion
from studio.words.errors import Refused


def as_text(plain: dict[str, Any]) -> str:
    """A drawing as its board keeps it."""
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def check_room(owner_id: int) -> None:
    """Refused("boards_full") when the person has as many boards as they may."""
    if Board.objects.filter(owner_id=owner_id).count() >= settings.BOARDS_PER_PERSON:
        raise Refused("boards_full", limit=settings.BOARDS_PER_PERSON)


def spare(owner_id: int) -> int:
    """How many bytes the person's boards may still take; below 0 where they hold more than they may."""
    versions = BoardVersion.objects.filter(board__owner_id=owner_id)
    rows = (Board.objects.filter(owner_id=owner_id), versions, BoardPicture.objects.filter(board__owner_id=owner_id))
    return settings.BOARDS_BYTES - sum(row.aggregate(bytes=Sum("size"))["bytes"] or 0 for row in rows)


def check_bytes(owner_id: int, more: int) -> None:
    """Refused("boards_too_large") when the person's boards would hold more than BOARDS_BYTES. The oldest versions of
    all the boards go first."""
    versions = BoardVersion.objects.filter(board__owner_id=owner_id)
    over = more - spare(owner_id)
    for pk, size in versions.order_by("created_at", "pk").values_list("pk", "size") if over > 0 else ():
        versions.filter(pk=pk).delete()
        over -= size
        if over <= 0:
            return
    if over > 0:
        raise Refused("boards_too_large", limit=f"{settings.BOARDS_BYTES // 2**20} MB")


def remember(board: Board, *, always: bool, but: BoardVersion | None = None) -> None:
    """Before a board is overwritten: what it was becomes a version, when the last one is old enough. `but` is not
    forgotten for it."""
    last = board.versions.first()
    since = last.created_at if last else board.created_at
    if not always and timezone.now() - since < timedelta(seconds=settings.BOARD_VERSION_EVERY):
        return
    size = len(board.document.encode())
    board.versions.create(document=board.document, revision=board.revision, size=size, thumbnail=board.thumbnail)
    forget_oldest(board, but)


def forget_oldest(board: Board, but: BoardVersion | None = None) -> None:
    """Keep the newest BOARD_VERSIONS versions and `but`, and of the pictures those that the board or a version still
    shows."""
    kept = list(board.versions.values_list("pk", flat=True)[: settings.BOARD_VERSIONS])
    kept += [but.pk] if but else []
    if not board.versions.exclude(pk__in=kept).delete()[0]:
        return
    shown = [board.document, *board.versions.values_list("document", flat=True)]
    old = board.pictures.filter(created_at__lt=timezone.now() - timedelta(days=1))
    gone = [picture.pk for picture in old if not any(picture.key in document for document in shown)]
    board.pictures.filter(pk__in=gone).delete()
