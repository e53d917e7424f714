"""Webhooks: addresses of a person that are told what happens, and what is still to be told to them."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from studio.process import sealing


class Webhook(models.Model):
    """An address (`url`) that hears of `events` (names of Occasion). `failures` in a row since `failing_since`.

    The secret signs what is sent; until `former_until` the one before it does so, too. `off_because` is "" or why we
    switched it off: `failing` or `gone`.
    """

    class Occasion(models.TextChoices):
        QUEUED = "queued", _("waits to be made")
        STARTED = "started", _("begins to be made")
        REQUEUED = "requeued", _("waits once more")
        FINISHED = "finished", _("is finished")
        FAILED = "failed", _("has failed")
        CANCELLED = "cancelled", _("was stopped")
        EXPIRED = "expired", _("waited too long")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhooks", verbose_name=_("owner")
    )
    url = models.CharField(_("address"), max_length=500)
    events = models.JSONField(_("events"), default=list)
    enabled = models.BooleanField(_("enabled"), default=True)
    off_because = models.CharField(_("switched off because"), max_length=20, blank=True, editable=False)
    secret_sealed = models.TextField(editable=False)
    former_sealed = models.TextField(blank=True, editable=False)
    former_until = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.url

    @property
    def secret(self) -> str:
        """Raises sealing.Unreadable."""
        return sealing.unseal(self.secret_sealed)

    @secret.setter
    def secret(self, secret: str) -> None:
        self.secret_sealed = sealing.seal(secret)


class Delivery(models.Model):
    """One message for a webhook: its `body`, the very bytes that are signed, and each try to hand it over.

    `tries` are `{"at", "status", "ms", "answer", "error"}`, the oldest first. While it waits, `next_at` is when to try
    (again), by the database's clock; a task that tries it holds it by `token`, and moves `next_at` behind its own end.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    event = models.CharField(_("event"), max_length=20)
    generation = models.UUIDField(_("generation"), null=True)
    seq = models.PositiveBigIntegerField(default=0)
    body = models.TextField()
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    tries = models.JSONField(default=list)
    token = models.UUIDField(null=True, editable=False)
    next_at = models.DateTimeField(_("next try"), null=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["state", "next_at"], name="delivery_due"),
            models.Index(fields=["webhook", "-created_at"], name="delivery_log"),
            models.Index(fields=["created_at"], name="delivery_age"),
        ]

    @property
    def last(self) -> dict[str, object]:
        """The newest try; empty before the first."""
        return self.tries[-1] if self.tries else {}
