"""A person's boards: what is drawn or built, earlier versions to go back to, and the pictures laid on them."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Board(models.Model):
    """One board. `document` is JSON text, by its `kind` a drawing (studio/values/drawing.py) or a world
    (studio/values/worlds.py); `size` are its bytes.

    `revision` counts the saves from 1: whoever saves names the one that was drawn upon. `thumbnail` is the SHA-256 of a
    WebP on the shelf of boards, or empty. The id is chosen by the browser, so that a board begun offline keeps it.

    Whom it is shared with stands in studio/models/sharing.py. `payer`: whose pictures the ones are that members ask
    for. While it is `frozen` only those draw who may share it, or, where it is `frozen_by_teacher`, the teacher alone.
    With `closed_at` a moderator has closed it to everybody but its owner.

    Of a drawing the truth is its BoardState and what BoardUpdate has after it; `document` is what that was when it was
    last folded (docs/rooms.md), and `size` are the bytes of both. `seq` numbers the newest of those updates.
    """

    class Kind(models.TextChoices):
        DRAWING = "drawing", _("drawing")
        WORLD = "world", _("world")

    class Payer(models.TextChoices):
        OWNER = "owner", _("the owner pays for everybody")
        EACH = "each", _("everybody pays for themselves")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="boards", verbose_name=_("owner"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.DRAWING, editable=False)
    title = models.CharField(_("title"), max_length=100, blank=True)
    document = models.TextField(_("document"))
    revision = models.PositiveIntegerField(_("revision"), default=1)
    seq = models.PositiveBigIntegerField(default=0, editable=False)
    size = models.PositiveIntegerField(_("bytes"))
    thumbnail = models.CharField(max_length=64, blank=True, db_index=True)
    payer = models.CharField(_("who pays"), max_length=10, choices=Payer, default=Payer.OWNER)
    frozen = models.BooleanField(_("frozen"), default=False)
    frozen_by_teacher = models.BooleanField(_("frozen by the teacher"), default=False, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    closed_reason = models.CharField(_("why it was closed"), max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-updated_at", "-id"]
        verbose_name = _("board")
        verbose_name_plural = _("boards")
        permissions = [("close_board", _("Can close boards to others"))]
        indexes = [models.Index(fields=["owner", "-updated_at", "-id"], name="board_own_newest_first")]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=("drawing", "world")), name="board_kind_known")
        ]

    def __str__(self) -> str:
        # Never the title: this line stands in admin lists and logs.
        return f"board {self.id}"


class BoardVersion(models.Model):
    """What a board looked like at an earlier revision."""

    board = models.ForeignKey(Board, models.CASCADE, related_name="versions")
    document = models.TextField()
    revision = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    thumbnail = models.CharField(max_length=64, blank=True, db_index=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["board", "-created_at", "-id"]


class BoardPicture(models.Model):
    """A picture laid on a board, re-encoded as WebP. `key` is its name in the document, chosen by the browser."""

    board = models.ForeignKey(Board, models.CASCADE, related_name="pictures")
    key = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64, db_index=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["board", "key"], name="board_picture_once_per_key")]


class BoardState(models.Model):
    """The document of a drawing as one Yjs update, with all updates up to `seq`. Boards that are older than rooms have
    none until they are first opened: then it is made from their `document`."""

    board = models.OneToOneField(Board, models.CASCADE, primary_key=True, related_name="state")
    data = models.BinaryField()
    seq = models.PositiveBigIntegerField(default=0)


class BoardUpdate(models.Model):
    """Changes of a drawing that are not folded into its state yet: Yjs updates that were accepted together, numbered
    without a gap. `by` is one of their authors; None: the server, or somebody who is gone."""

    board = models.ForeignKey(Board, models.CASCADE, related_name="updates")
    seq = models.PositiveBigIntegerField()
    data = models.BinaryField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["board", "seq"]
        constraints = [models.UniqueConstraint(fields=["board", "seq"], name="board_update_once")]


class BoardClient(models.Model):
    """Who writes under a client id of a drawing's document: whoever did so first, and nobody else. Without a `user` it
    is the server's, or that of somebody who is gone: then nobody writes under it any more."""

    board = models.ForeignKey(Board, models.CASCADE, related_name="clients")
    client = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["board", "client"]
        constraints = [models.UniqueConstraint(fields=["board", "client"], name="board_client_once")]
