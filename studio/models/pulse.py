"""Signs of life of the processes behind the pages, for /readyz and for alarms."""

from django.db import models


class Pulse(models.Model):
    """The last sign of life of one process: `name` is unique to it, `kind` is "worker:<queue>" or "reconciler"."""

    name = models.CharField(max_length=200, primary_key=True)
    kind = models.CharField(max_length=40, db_index=True)
    seen_at = models.DateTimeField()
