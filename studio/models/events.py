"""The event log: what a person's browsers must learn, in order, without a gap."""

from django.conf import settings
from django.db import models


class EventHead(models.Model):
    """The number of the newest event of one person. Raising it takes the row's lock, which makes numbers gapless."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    seq = models.PositiveBigIntegerField(default=0)


class Event(models.Model):
    """One event as codes and parameters; it is put into words when it is delivered."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seq = models.PositiveBigIntegerField()
    payload = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["owner", "seq"]
        constraints = [models.UniqueConstraint(fields=["owner", "seq"], name="event_seq_once")]
        indexes = [models.Index(fields=["created_at"])]
