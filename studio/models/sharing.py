"""Whom a board is shared with: people, whole workshops, and links that let people in."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Workshop
from studio.models.board import Board

# How long a link is kept that leads nowhere any more.
KEPT_FOR = timedelta(days=30)


class BoardRole(models.TextChoices):
    """What somebody may do on a board that is not theirs, from the least to the most (studio/rooms/access.py)."""

    WATCH = "watch", _("can watch")
    COMMENT = "comment", _("can comment")
    DRAW = "draw", _("can draw")
    OWNER = "owner", _("co-owner")

    @property
    def rank(self) -> int:
        """The higher, the more is allowed."""
        return list(BoardRole).index(self)


class BoardInvitationQuerySet(models.QuerySet["BoardInvitation"]):
    def lasting(self) -> "BoardInvitationQuerySet":
        """Links that were not revoked and have not run out, whatever became of their boards."""
        later = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        return self.filter(later, revoked_at=None)

    def forget_old(self) -> int:
        """Delete what has led nowhere for KEPT_FOR; how many. Who came by it stays."""
        before = timezone.now() - KEPT_FOR
        old = models.Q(expires_at__lt=before) | models.Q(revoked_at__lt=before)
        return self.filter(old).delete()[0]


class BoardInvitation(models.Model):
    """Whoever has the address becomes a member with `role`, until `expires_at` (None: for good) or `revoked_at`.

    The secret in the address is no column: it is derived from `id` (accounts/secretlinks.py). `used` counts those who
    came by it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    board = models.ForeignKey(Board, models.CASCADE, related_name="invitations", verbose_name=_("board"))
    role = models.CharField(_("role"), max_length=10, choices=BoardRole)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    used = models.PositiveIntegerField(_("used by"), default=0, editable=False)

    objects = BoardInvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("link to a board")
        verbose_name_plural = _("links to boards")
        constraints = [models.CheckConstraint(condition=models.Q(role__in=BoardRole.values), name="board_link_role")]

    def __str__(self) -> str:
        # Never the address: it opens the board.
        return f"link to board {self.board_id}"


class BoardMember(models.Model):
    """`user` may do on the board what `role` says. `invitation`: the link by which they came, None for those that were
    added by name."""

    board = models.ForeignKey(Board, models.CASCADE, related_name="members", verbose_name=_("board"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="shared_boards", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=10, choices=BoardRole)
    invitation = models.ForeignKey(BoardInvitation, models.SET_NULL, null=True, blank=True, related_name="members")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("added by")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("member of a board")
        verbose_name_plural = _("members of boards")
        indexes = [models.Index(fields=["user", "-created_at", "-id"], name="board_member_of_person")]
        constraints = [
            models.UniqueConstraint(fields=["board", "user"], name="board_member_once"),
            models.CheckConstraint(condition=models.Q(role__in=BoardRole.values), name="board_member_role"),
        ]


class BoardGroup(models.Model):
    """Everybody in `workshop`, and its teacher, may do on the board what `role` says."""

    board = models.ForeignKey(Board, models.CASCADE, related_name="groups", verbose_name=_("board"))
    workshop = models.ForeignKey(Workshop, models.CASCADE, related_name="boards", verbose_name=_("workshop"))
    role = models.CharField(_("role"), max_length=10, choices=BoardRole)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("added by")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("workshop of a board")
        verbose_name_plural = _("workshops of boards")
        constraints = [
            models.UniqueConstraint(fields=["board", "workshop"], name="board_group_once"),
            models.CheckConstraint(condition=models.Q(role__in=BoardRole.values), name="board_group_role"),
        ]


class BoardKeptOut(models.Model):
    """`user` was removed from the board: neither a link nor their workshop lets them in again. Being added by name
    does. Who has `left` by themselves may come back by a link."""

    board = models.ForeignKey(Board, models.CASCADE, related_name="kept_out")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    left = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["board", "user"], name="board_kept_out_once")]
