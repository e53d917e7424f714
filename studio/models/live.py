"""What live drawing used of the device, for the fair share and the day's limit; frames themselves are kept nowhere."""

from django.conf import settings
from django.db import models


class LiveUse(models.Model):
    """Device seconds of one person's frames, summed up every few seconds (studio/live.py)."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seconds = models.FloatField()
    at = models.DateTimeField(auto_now_add=True, db_index=True)


class LiveDay(models.Model):
    """Device seconds of one person's frames on one day (in settings.TIME_ZONE), for the limit a day."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    day = models.DateField()
    seconds = models.FloatField(default=0.0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "day"], name="live_day_once")]
