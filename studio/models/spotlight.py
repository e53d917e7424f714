"""The board that a workshop's big screen shows."""

from django.db import models
from django.utils import timezone

from studio.models.board import Board


class Spotlight(models.Model):
    """At most one for each workshop; no row: the screen waits. It counts only as long as the board's owner is in the
    workshop (studio/commands/spotlights.py). Who chose it stands in the record."""

    workshop = models.OneToOneField("accounts.Workshop", models.CASCADE, related_name="spotlight")
    board = models.ForeignKey(Board, models.CASCADE, related_name="spotlights")
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"board {self.board_id} on the screen of workshop {self.workshop_id}"
