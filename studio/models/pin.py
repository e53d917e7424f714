"""What was kept from the live picture of a board that several people draw on."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from studio.models.board import Board


class BoardPin(models.Model):
    """Somebody kept the live picture. `generation` makes it, and whoever pays for it owns it; its works are shown to
    the people of the board. `command` is the name that the page gave its wish, so that the same one is kept once."""

    board = models.ForeignKey(Board, models.CASCADE, related_name="pins", verbose_name=_("board"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="board_pins", verbose_name=_("kept by")
    )
    # The row of a generation goes after a while, its works stay: no foreign key.
    generation = models.UUIDField(_("generation"), unique=True, editable=False)
    command = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("kept at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("picture kept from a board")
        verbose_name_plural = _("pictures kept from boards")
        indexes = [models.Index(fields=["board", "-created_at", "-id"], name="pin_of_board_newest_first")]

    def __str__(self) -> str:
        return f"pin {self.generation}"
