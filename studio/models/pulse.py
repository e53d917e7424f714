"""Signs of life of the processes behind the pages, for /readyz, for alarms, and for the admin's list of workers."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Pulse(models.Model):
    """The last sign of life of one process: `name` is unique to it, `kind` is "worker:<queue>" or "reconciler".

    A worker says besides what it does (`running`: {"generation", "tool", "model", "since"} of each), and how much
    memory it and its engine's process hold (bytes). `device` is what its engine computes on, with the bytes in use
    there and all that it has; `rows` are the pictures of the engine's newest step, `most_rows` the generations that it
    takes at once. `drain_at`: staff asked then that it finish what it has and take nothing new. `warm` are names of
    models that it is asked to load before anybody needs them.
    """

    class State(models.TextChoices):
        READY = "ready", _("ready")
        BUSY = "busy", _("busy")
        DRAINING = "draining", _("draining")
        LEAVING = "leaving", _("making room")

    name = models.CharField(_("name"), max_length=200, primary_key=True)
    kind = models.CharField(_("kind"), max_length=40, db_index=True)
    seen_at = models.DateTimeField(_("last sign of life"))
    host = models.CharField(_("host"), max_length=100, blank=True)
    pid = models.PositiveIntegerField(_("process"), default=0)
    version = models.CharField(_("version"), max_length=20, blank=True)
    started_at = models.DateTimeField(_("started"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READY)
    running = models.JSONField(_("what it makes"), default=list)
    in_memory = models.JSONField(_("models in memory"), default=list)
    memory = models.BigIntegerField(_("memory"), default=0)
    engine_memory = models.BigIntegerField(_("memory of its engine"), default=0)
    device = models.CharField(_("device"), max_length=100, blank=True)
    device_memory = models.BigIntegerField(_("memory in use on the device"), default=0)
    device_total = models.BigIntegerField(_("memory of the device"), default=0)
    rows = models.PositiveIntegerField(_("pictures in a step"), default=0)
    most_rows = models.PositiveIntegerField(_("at once"), default=0)
    warm = models.JSONField(default=list, editable=False)
    drain_at = models.DateTimeField(_("asked to drain"), null=True)


class Worker(Pulse):
    """The rows of workers, for the admin."""

    class Meta:
        proxy = True
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        permissions = [
            ("drain_worker", "Can drain workers and forget those that are gone"),
            ("operate", "Can look after workers and queues on the operations page"),
        ]
