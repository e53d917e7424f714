"""The studio in Django's admin: generations without the words and pictures of private ones, and the model catalogue."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.recorded import ReadOnlyAdmin, RecordedAdmin
from studio.models import Adapter, Generation, Model, Preset


@admin.register(Model)
class ModelAdmin(RecordedAdmin):
    list_display = ("title", "name", "engine", "family", "cost_weight", "enabled", "position")
    list_filter = ("engine", "enabled")
    search_fields = ("name", "title", "source")
    filter_horizontal = ("groups",)


@admin.register(Adapter)
class AdapterAdmin(RecordedAdmin):
    list_display = ("title", "name", "kind", "family", "enabled", "position")
    list_filter = ("kind", "family", "enabled")
    search_fields = ("name", "title", "source", "token", "words")
    filter_horizontal = ("groups",)


@admin.register(Preset)
class PresetAdmin(RecordedAdmin):
    """The public ones only: what people save for themselves is theirs."""

    list_display = ("name", "slug")
    exclude = ("owner",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Preset]:
        return super().get_queryset(request).filter(owner__isnull=True)


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin):
    """Read only: lifecycle.py alone changes states. Prompts are private, so parameters are not shown."""

    list_display = (
        "id",
        "owner",
        "tool",
        "model_name",
        "lane",
        "state",
        "attempt",
        "cost",
        "device_seconds",
        "created_at",
    )
    ordering = ("-created_at", "-id")
    list_filter = ("state", "tool", "model_name", "queue", "lane")
    search_fields = ("id", "owner__username")
    date_hierarchy = "created_at"
    fields = (
        "id", "owner", "tool", "model_name", "queue", "lane", "state", "attempt", "lease_until",
        "cancel_requested_at", "error_code", "cost", "refunded", "device_seconds", "created_at", "started_at",
        "finished_at",
    )  # fmt: skip
    readonly_fields = fields
