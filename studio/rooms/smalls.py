"""Small pictures of boards, as the pages that draw on them send them: checked, encoded anew, kept for lists and walls.

A picture only ever replaces another one; which state of the board it shows is not asked. The file of the old one goes
with the sweep of boards' files (studio/files/boardfiles.py).
"""

import time
from uuid import UUID

import redis
from django.conf import settings
from django.db import transaction

from studio.files import boardfiles
from studio.models import Board
from studio.rooms import crowd
from studio.words.errors import Refused

# Seconds between two pictures from one page, and of one board from all its pages.
PAGE_EVERY, BOARD_EVERY = 2.0, 1.0
# Pages whose last picture one process remembers.
REMEMBERED = 5000


def keep(board_id: UUID, page: str, data: bytes) -> None:
    """Take `data` as the board's small picture. The caller has made sure that the page may draw there.

    Raises Refused: rate_limited (send a newer one later), too_large, not_found, and those of studio/files/intake.py.
    """
    if len(data) > settings.BOARD_THUMBNAIL_BYTES:
        raise Refused("too_large", limit=f"{settings.BOARD_THUMBNAIL_BYTES // 1024} kB")
    _check_pace(board_id, page)
    small = boardfiles.thumbnail(data)
    boardfiles.BOARDS.store.keep(small)  # the slow part before the transaction; inside, the file is only touched
    with transaction.atomic():
        boardfiles.BOARDS.hold_names()
        digest = boardfiles.BOARDS.store.keep(small)
        if not Board.objects.filter(pk=board_id).update(thumbnail=digest):
            raise Refused("not_found")


def _check_pace(board_id: UUID, page: str) -> None:
    now = time.monotonic()
    if now - _last.get(page, -PAGE_EVERY) < PAGE_EVERY:
        raise Refused("rate_limited")
    try:
        if not crowd.first_within(f"small:{board_id.hex}", BOARD_EVERY):
            raise Refused("rate_limited")
    except redis.RedisError:
        pass  # the pace of each page is enough for a while
    if len(_last) >= REMEMBERED:
        _last.clear()
    _last[page] = now


_last: dict[str, float] = {}
