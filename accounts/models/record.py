"""What staff did: rows that are only ever added. accounts/records.py writes them; nothing changes or deletes them."""

from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import recordwords


class AppendOnly(Exception):
    """Somebody tried to change or delete what staff did."""


class StaffActionQuerySet(models.QuerySet["StaffAction"]):
    """Reading only."""

    def update(self, **changes: Any) -> NoReturn:
        raise AppendOnly

    def delete(self) -> NoReturn:
        raise AppendOnly

    def bulk_create(self, *args: Any, **options: Any) -> NoReturn:
        raise AppendOnly

    def bulk_update(self, *args: Any, **options: Any) -> NoReturn:
        raise AppendOnly


class StaffAction(models.Model):
    """One act of one member of staff. `number` counts from 1 without a gap.

    Who and what are kept as plain values, not as links: the record stands when the account or the work is gone. The
    target of an act is named by its id alone, so that a deleted person's name is not kept here. `hash` is SHA-256 over
    all of it and the hash before (accounts/records.py). Triggers in the database refuse UPDATE and DELETE as well.
    """

    number = models.PositiveBigIntegerField(_("number"), primary_key=True, editable=False)
    at = models.DateTimeField(_("at"), editable=False)
    actor_id = models.BigIntegerField(_("who (id)"), null=True, editable=False)
    actor = models.CharField(_("who"), max_length=150, editable=False)
    action = models.CharField(_("what"), max_length=40, editable=False)
    target_kind = models.CharField(_("kind of target"), max_length=60, editable=False)
    target_id = models.CharField(_("target"), max_length=64, editable=False)
    why = models.TextField(_("why"), blank=True, editable=False)
    before = models.JSONField(_("before"), default=dict, editable=False)
    after = models.JSONField(_("after"), default=dict, editable=False)
    previous = models.CharField(max_length=64, editable=False)
    hash = models.CharField(max_length=64, editable=False)

    objects = StaffActionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        verbose_name = _("staff action")
        verbose_name_plural = _("record of staff actions")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["target_kind", "target_id", "-number"], name="staffaction_of_target"),
            models.Index(fields=["actor_id", "-number"], name="staffaction_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {recordwords.act(self.action)}"

    def save(self, *args: Any, **options: Any) -> None:
        if not options.get("force_insert"):
            raise AppendOnly
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise AppendOnly


class RecordHead(models.Model):
    """One row: where the record ends. Locked while a row is added, so that the chain never forks."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    class Meta:
        default_permissions = ()
