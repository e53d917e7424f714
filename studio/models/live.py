"""What live drawing used of the device: only for the fair share, frames themselves are kept nowhere."""

from django.conf import settings
from django.db import models


class LiveUse(models.Model):
    """Device seconds of one person's frames, summed up every few seconds (studio/live.py)."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seconds = models.FloatField()
    at = models.DateTimeField(auto_now_add=True, db_index=True)
