"""Bases for the admin's pages: whatever staff change there stands in the record, with what it was before and after."""

from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest

from accounts import records

# Columns whose values are nobody's to read, not even in the record: only that they changed is told.
SECRET = ("password", "secret", "token", "hash", "session")
WHY = "_why"
WHY_MOST = 1000


class RecordedAdmin(admin.ModelAdmin):
    """A page whose adding, changing and deleting is recorded in the same transaction. No counting of all rows."""

    show_full_result_count = False
    save_on_top = False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        old = type(obj)._base_manager.filter(pk=obj.pk).first() if change else None
        request._before = snapshot(old) if old is not None else {}  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        obj = type(form.instance)._base_manager.get(pk=form.instance.pk)
        before, after = request._before, snapshot(obj)  # type: ignore[attr-defined]
        told = changed(before, after)
        if told[0] or told[1]:
            self._record(request, "admin_change" if change else "admin_add", obj, *told)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            self._record(request, "admin_delete", obj, snapshot(obj), {})
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with transaction.atomic():
            for obj in queryset:
                self._record(request, "admin_delete", obj, snapshot(obj), {})
            super().delete_queryset(request, queryset)

    def _record(
        self, request: HttpRequest, action: str, obj: Any, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        why = request.POST.get(WHY, "").strip()[:WHY_MOST]
        records.record(request.user, action, obj, why=why, before=before, after=after)  # type: ignore[arg-type]


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows to look at: nobody adds, changes or deletes them here."""

    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def snapshot(obj: models.Model) -> dict[str, Any]:
    """What the row says, links by their names; secrets only as whether they are the same."""
    told: dict[str, Any] = {}
    for field in obj._meta.concrete_fields:
        value = field.value_from_object(obj)
        if any(word in field.name for word in SECRET):
            value = f"…{records.hidden(str(value))}" if value else ""
        told[field.name] = value
    for link in obj._meta.many_to_many:
        through = link.remote_field.through
        if through is not None and through._meta.auto_created:
            told[link.name] = sorted(str(each) for each in getattr(obj, link.name).all())
    return told


def changed(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what differs."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before[name] for name in names if name in before}, {name: after[name] for name in names}
