"""Commands about comments on boards: say, change, delete, settle, leave a sign, cheer. Every page of the room hears.

Rights are those of studio/rooms/access.py: to read takes `watch`, everything else `comment`; somebody else's comment is
deleted by whoever may share or steer the board, and that is recorded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import records
from accounts.models import User
from gallery.models import Moderation, Remark
from studio.commands import wording
from studio.gates import rates
from studio.models import BoardComment, BoardReaction, BoardThread, Sign
from studio.protocol import comments as told
from studio.rooms import access, people
from studio.tools.base import is_writable
from studio.words.errors import Refused

# A deleted comment is known for so long, so that one that is sent again does not come back.
REMEMBERED = timedelta(days=1)
# Signs on one comment, all together.
REACTIONS_MOST = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to say. `x` and `y` (board units) begin a new thread with the id `thread`."""

    id: UUID
    thread: UUID
    text: str
    x: float | None = None
    y: float | None = None


# Reading ------------------------------------------------------------------------------------------------------------


def threads(user: User, board_id: UUID, *, resolved: bool | None = None) -> QuerySet[BoardThread]:
    """The places of a board at which something was said. Raises Refused("not_found")."""
    access.find(user, board_id, "watch")
    living = BoardComment.objects.filter(thread=OuterRef("pk"), deleted_at=None)
    found = BoardThread.objects.filter(Exists(living), board_id=board_id).select_related("resolved_by")
    if resolved is not None:
        found = found.filter(resolved_at__isnull=not resolved)
    said = BoardComment.objects.filter(deleted_at=None).select_related("author").prefetch_related("reactions")
    return found.prefetch_related(Prefetch("comments", said, to_attr="said"))


def views(user: User, found: Iterable[BoardThread]) -> list[told.ThreadView]:
    """As the API tells `user` of what `threads` found."""
    return [
        told.ThreadView(**place(thread).model_dump(), comments=[view(each, user) for each in thread.said])  # type: ignore[attr-defined]
        for thread in found
    ]


def view(comment: BoardComment, reader: User | None = None) -> told.CommentView:
    """A comment for `reader`; None: for everybody at once. Hidden words are shown to their author alone."""
    shown = not comment.hidden or (reader is not None and reader.pk == comment.author_id)
    return told.CommentView(
        id=comment.pk,
        thread=comment.thread_id,
        author=people.author(comment.author),
        text=comment.text if shown else "",
        at=comment.created_at.isoformat(),
        edited=comment.edited_at is not None,
        hidden=comment.hidden,
        reactions=_signs(comment.reactions.all()),
    )


def reportable(user: User, comment_id: UUID) -> BoardComment:
    """A comment that `user` may report: not their own. Raises Refused("not_found")."""
    found = BoardComment.objects.select_related("thread", "author").filter(pk=comment_id, deleted_at=None).first()
    if found is None or found.author_id == user.pk or access.rights_of(user, found.thread.board_id) is None:
        raise Refused("not_found")
    return found


# Changing -----------------------------------------------------------------------------------------------------------


def add(user: User, board_id: UUID, wish: Wish) -> BoardComment:
    """Say something at a place of the board; the same again changes nothing.

    Raises Refused: not_found, forbidden, rate_limited, invalid, prompt_blocked, comments_full.
    """
    access.find(user, board_id, "comment")
    known = _of(board_id).filter(pk=wish.id, author=user).first()
    if known is not None:
        return known
    rates.check("comment", user.pk)
    said = _allowed(user, wish.text)
    try:
        with transaction.atomic():
            comment = _added(user, board_id, wish, said)
            _tell_of(comment)
    except IntegrityError:
        # Sent twice at once; or an id that is somebody else's.
        known = _of(board_id).filter(pk=wish.id, author=user).first()
        if known is None:
            raise Refused("not_found") from None
        return known
    return comment


def _added(user: User, board_id: UUID, wish: Wish, said: str) -> BoardComment:
    _forget(board_id)
    here = BoardThread.objects.filter(board_id=board_id)
    if _of(board_id).filter(deleted_at=None).count() >= settings.BOARD_COMMENTS:
        raise Refused("comments_full", limit=settings.BOARD_COMMENTS)
    thread = here.filter(pk=wish.thread).first()
    if thread is None:
        if wish.x is None or wish.y is None:
            raise Refused("not_found")
        if here.count() >= settings.BOARD_THREADS:
            raise Refused("comments_full", limit=settings.BOARD_THREADS)
        thread = BoardThread.objects.create(pk=wish.thread, board_id=board_id, x=wish.x, y=wish.y)
    elif thread.resolved_at is not None:
        # Who goes on talking is not done yet.
        thread.resolved_at = thread.resolved_by = None
        thread.save(update_fields=["resolved_at", "resolved_by"])
    return BoardComment.objects.create(pk=wish.id, thread=thread, author=user, text=said)


def edit(user: User, board_id: UUID, comment_id: UUID, said: str) -> BoardComment:
    """Say one's own comment in other words. Raises Refused: not_found, forbidden, rate_limited, invalid,
    prompt_blocked."""
    comment = _found(user, board_id, comment_id)
    if comment.author_id != user.pk:
        raise Refused("forbidden")
    rates.check("comment", user.pk)
    said = _allowed(user, said)
    if said == comment.text:
        return comment
    with transaction.atomic():
        comment.text, comment.edited_at = said, timezone.now()
        comment.save(update_fields=["text", "edited_at"])
        _tell_of(comment)
    return comment


def delete(user: User, board_id: UUID, comment_id: UUID) -> None:
    """Take a comment away; one that is gone already is no error. Raises Refused: not_found, forbidden."""
    _board, rights = access.find_with_rights(user, board_id, "watch")
    comment = _of(board_id).filter(pk=comment_id).first()
    if comment is None:
        raise Refused("not_found")
    own = comment.author_id == user.pk
    if not own and not (rights.share or rights.steer):
        raise Refused("forbidden")
    with transaction.atomic():
        gone = _of(board_id).filter(pk=comment_id, deleted_at=None)
        if not gone.update(text="", deleted_at=timezone.now()):
            return
        BoardReaction.objects.filter(comment=comment).delete()
        if not own:
            told_of = {"author": comment.author.get_username(), "board": str(board_id)}
            records.record(user, "comment_delete", comment, before=told_of)
        _tell(board_id, told.CommentGone(thread=comment.thread_id, comment=comment.pk))


def resolve(user: User, board_id: UUID, thread_id: UUID, *, on: bool) -> BoardThread:
    """What is talked about at a place is settled, or not yet. Raises Refused: not_found, forbidden, rate_limited."""
    access.find(user, board_id, "comment")
    rates.check("react", user.pk)
    thread = BoardThread.objects.filter(pk=thread_id, board_id=board_id).first()
    if thread is None:
        raise Refused("not_found")
    if (thread.resolved_at is not None) == on:
        return thread
    with transaction.atomic():
        thread.resolved_at, thread.resolved_by = (timezone.now(), user) if on else (None, None)
        thread.save(update_fields=["resolved_at", "resolved_by"])
        _tell(board_id, told.ThreadChanged(place=place(thread)))
    return thread


def react(user: User, board_id: UUID, comment_id: UUID, sign: str, *, on: bool) -> BoardComment:
    """Leave a sign on a comment, or take it back. Raises Refused: not_found, forbidden, rate_limited, invalid,
    comments_full."""
    if sign not in Sign.values:
        raise Refused("invalid")
    comment = _found(user, board_id, comment_id)
    rates.check("react", user.pk)
    with transaction.atomic():
        if not on:
            BoardReaction.objects.filter(comment=comment, user=user, sign=sign).delete()
        else:
            if comment.reactions.count() >= REACTIONS_MOST:
                raise Refused("comments_full", limit=REACTIONS_MOST)
            BoardReaction.objects.get_or_create(comment=comment, user=user, sign=sign)
        signs = _signs(BoardReaction.objects.filter(comment=comment))
        _tell(board_id, told.Reaction(thread=comment.thread_id, comment=comment.pk, reactions=signs))
    return comment


def cheer(user: User, board_id: UUID, sign: str, x: float, y: float) -> None:
    """Call a sign over the board; nothing of it is kept. Raises Refused: not_found, forbidden, rate_limited."""
    access.find(user, board_id, "comment")
    rates.check("react", user.pk)
    _tell(board_id, told.Cheered(by=people.author(user), sign=sign, x=x, y=y))  # type: ignore[arg-type]


def judged(remark: Remark) -> None:
    """A moderator has decided about a comment that was reported. Call it in the transaction of the decision."""
    hidden = remark.moderation != Moderation.CLEAR
    if BoardComment.objects.filter(pk=remark.pk, hidden=not hidden).update(hidden=hidden):
        comment = BoardComment.objects.select_related("thread", "author").get(pk=remark.pk)
        if comment.deleted_at is None:
            _tell_of(comment)


def as_remark(comment: BoardComment) -> Remark:
    """The comment as moderators would see it, to be reported: a row of its own, not saved yet."""
    remark = Remark.objects.filter(pk=comment.pk).first() or Remark(pk=comment.pk, owner=comment.author)
    remark.text = comment.text
    return remark


def _of(board_id: UUID) -> QuerySet[BoardComment]:
    return BoardComment.objects.filter(thread__board_id=board_id).select_related("thread", "author")


def _found(user: User, board_id: UUID, comment_id: UUID) -> BoardComment:
    """A comment that is there, for somebody who may comment."""
    access.find(user, board_id, "comment")
    comment = _of(board_id).filter(pk=comment_id, deleted_at=None).first()
    if comment is None:
        raise Refused("not_found")
    return comment


def _allowed(user: User, said: str) -> str:
    """The words as they may stand: trimmed, and softened where the rules of the house ask for it."""
    said = said.strip()
    if not said or len(said) > told.TEXT_MAX or not is_writable(said):
        message = _("This text has characters that cannot be used.") if said else _("Please write something.")
        raise Refused("invalid", fields={"text": {"code": "invalid", "message": message}})
    return wording.judge(user, said).text[: told.TEXT_MAX]


def _forget(board_id: UUID) -> None:
    """Rows of comments that were deleted a while ago, and places at which nothing is left."""
    before = timezone.now() - REMEMBERED
    _of(board_id).filter(deleted_at__lt=before).delete()
    left = BoardComment.objects.filter(thread=OuterRef("pk"))
    BoardThread.objects.filter(~Exists(left), board_id=board_id, created_at__lt=before).delete()


def _signs(reactions: Iterable[BoardReaction]) -> dict[str, list[int]]:
    signs: dict[str, list[int]] = {}
    for each in reactions:
        signs.setdefault(each.sign, []).append(each.user_id)
    return signs


def place(thread: BoardThread) -> told.PlaceView:
    """A place as pages are told of it."""
    return told.PlaceView(
        id=thread.pk,
        x=thread.x,
        y=thread.y,
        at=thread.created_at.isoformat(),
        resolved=thread.resolved_at is not None,
        resolved_by=thread.resolved_by.get_username() if thread.resolved_by else "",
    )


def _tell_of(comment: BoardComment) -> None:
    said = told.CommentSaid(place=place(comment.thread), comment=view(comment))
    _tell(comment.thread.board_id, said)


def _tell(board_id: UUID, message: Any) -> None:
    access.announce(board_id, "tell", message=message.model_dump(mode="json"))
