"""What people say about places of a board: threads of comments, and signs that others leave on them."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from studio.models.board import Board


class Sign(models.TextChoices):
    """What can be left on a comment, and called over the board (a cheer)."""

    LIKE = "like", _("Like")
    LOVE = "love", _("Love")
    LAUGH = "laugh", _("Laugh")
    PARTY = "party", _("Hooray")
    STAR = "star", _("Star")


class BoardThread(models.Model):
    """A place of a board (`x`, `y` in board units) at which people talk. `id` is chosen by the page.

    It is there as long as a comment in it is: who deletes theirs takes nobody else's away.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    board = models.ForeignKey(Board, models.CASCADE, related_name="threads")
    x = models.FloatField()
    y = models.FloatField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["board", "-created_at", "-id"], name="board_thread_newest_first")]


class BoardComment(models.Model):
    """What `author` said. `id` is chosen by the page, so that one sent twice is kept once.

    A deleted one keeps its row for a day (commands/comments.py), without its words. `hidden`: a moderator has hidden it
    from everybody but its author.
    """

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(BoardThread, models.CASCADE, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="board_comments", verbose_name=_("by")
    )
    text = models.TextField(_("words"), max_length=1000)
    hidden = models.BooleanField(_("hidden by a moderator"), default=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    edited_at = models.DateTimeField(_("changed at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        indexes = [models.Index(fields=["thread", "created_at", "id"], name="board_comment_in_order")]

    def __str__(self) -> str:
        # Never the words: this line stands in logs.
        return f"comment {self.pk}"


class BoardReaction(models.Model):
    """`user` has left `sign` on a comment; each at most once."""

    comment = models.ForeignKey(BoardComment, models.CASCADE, related_name="reactions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="board_reactions")
    sign = models.CharField(max_length=8, choices=Sign)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["comment", "user", "sign"], name="board_reaction_once")]
