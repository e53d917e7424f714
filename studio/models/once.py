"""Answers that are given again where a program sends the same request again (`Idempotency-Key`)."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Once(models.Model):
    """A request that must be carried out once: `key` is the client's name for it, `fingerprint` what was asked.

    `status` is 0 as long as it is being carried out. `answer` is its body, sealed: it may tell a secret that nobody
    shall read again.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True)
    begun_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="once_per_key")]
