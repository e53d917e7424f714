"""What people used of the device: lately, for the fair share, and by live drawing on each day, for the day's limit.

Live frames themselves are kept nowhere.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q


class FairUse(models.Model):
    """Device seconds of a person, or of a workshop's people together: `seconds` as of `at` (Unix seconds), from when on
    they fade. Only studio/queue/shares.py reads and changes it."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    workshop = models.OneToOneField("accounts.Workshop", models.CASCADE, null=True, related_name="+")
    seconds = models.FloatField(default=0.0)
    at = models.FloatField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=True, workshop__isnull=False) | Q(owner__isnull=False, workshop__isnull=True),
                name="fair_use_of_one",
            )
        ]


class LiveDay(models.Model):
    """Device seconds of one person's frames on one day (in settings.TIME_ZONE), for the limit a day."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    day = models.DateField()
    seconds = models.FloatField(default=0.0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "day"], name="live_day_once")]
