"""A generation: one thing that somebody asked for, from `queued` to its end. Only lifecycle.py changes its state."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    FINISHED = "finished", _("finished")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired")


class QueueLane(models.TextChoices):
    """Those who wait for one picture go before those who left many to be made. Live frames wait nowhere."""

    INTERACTIVE = "interactive", _("interactive")
    BULK = "bulk", _("bulk")


TERMINAL = (State.FINISHED, State.FAILED, State.CANCELLED, State.EXPIRED)


class Generation(models.Model):
    """The row is the truth; a broker message is only a doorbell.

    `token` fences a claim: whoever does not hold the current one changes nothing. `lease_until` is by the database's
    clock. `inputs` maps roles to ids of `Input`, `parents` ids of works to a Lineage.Kind. `notes` are codes of what
    its owner is told (studio/commands/wording.py). `after` is another one whose picture it waits for, as its input of
    the role `wanted` (studio/queue/sequels.py); both are empty once that is there.

    `device_seconds` is what the device worked, for the fair share. `cost` and `refunded` are the ledger: the device
    seconds that were charged for it when it was asked for (studio/queue/prices.py), and what of them was given back.
    `passed` counts those that went before it because their model was in memory, the first of them at `passed_at`.

    `request_id` is that of the request that asked for it, for the logs of all processes. `timings` says where the time
    of its last attempt went (studio/process/stopwatch.py), `delivered_at` when its end was first sent to a page or a
    program.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="generations", verbose_name=_("owner")
    )
    command = models.CharField(_("command"), max_length=64)
    tool = models.CharField(_("tool"), max_length=40)
    model = models.ForeignKey("studio.Model", models.SET_NULL, null=True, verbose_name=_("model"))
    model_name = models.CharField(_("model name"), max_length=64)
    queue = models.CharField(_("queue"), max_length=20, default="gpu")
    params = models.JSONField(_("parameters"), default=dict)
    inputs = models.JSONField(_("inputs"), default=dict)
    # The browser names a board before it first saves it, and a deleted one leaves its pictures: no foreign key.
    board = models.UUIDField(_("board"), null=True, blank=True, editable=False)
    parents = models.JSONField(_("made from"), default=dict, blank=True)
    after = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="sequels", verbose_name=_("waits for")
    )
    wanted = models.CharField(_("as its"), max_length=12, blank=True)
    notes = models.JSONField(_("notes"), default=list, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    token = models.UUIDField(_("token"), null=True, editable=False)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    cancel_requested_at = models.DateTimeField(_("cancel requested at"), null=True)
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    error_params = models.JSONField(_("error parameters"), default=dict, blank=True)
    device_seconds = models.FloatField(_("device seconds"), default=0.0)
    lane = models.CharField(_("lane"), max_length=12, choices=QueueLane, default=QueueLane.INTERACTIVE)
    cost = models.FloatField(_("cost (device seconds)"), default=0.0)
    refunded = models.FloatField(_("given back (device seconds)"), default=0.0)
    api_key = models.ForeignKey(
        "accounts.ApiKey", models.SET_NULL, null=True, blank=True, related_name="generations", verbose_name=_("API key")
    )
    passed = models.PositiveSmallIntegerField(default=0, editable=False)
    passed_at = models.DateTimeField(null=True, editable=False)
    request_id = models.CharField(max_length=64, blank=True, editable=False)
    timings = models.JSONField(default=dict, blank=True, editable=False)
    delivered_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    rung_at = models.DateTimeField(_("rung at"), null=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("generation")
        verbose_name_plural = _("generations")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "command"], name="generation_once_per_command"),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="generation_state_known"),
        ]
        indexes = [
            models.Index(fields=["queue", "state", "created_at"]),
            models.Index(fields=["owner", "state", "created_at"]),
            models.Index(fields=["state", "lease_until"]),
            models.Index(fields=["owner", "finished_at"]),
            models.Index(fields=["owner", "board", "-created_at"], name="generation_of_a_board"),
            models.Index(fields=["model_name", "tool", "state", "-finished_at"], name="generation_times"),
            models.Index(fields=["-finished_at"], name="generation_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.tool} {self.id}"
