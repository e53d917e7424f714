"""Cases, reports, decisions and appeals in the admin: to read. They are worked on at /moderation/."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.recorded import ReadOnlyAdmin
from gallery.models import Appeal, Case, Decision, PromptHit, Report, UnwantedFile


class ReportInline(admin.TabularInline):
    model = Report
    fields = readonly_fields = ("reason", "text", "reporter", "created_at")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    list_display = ("id", "person", "work", "collection", "remark", "sources", "priority", "opened_at", "closed_at")
    list_filter = ("about_person", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("person", "work", "collection", "remark")
    search_fields = ("=person__username",)
    list_per_page = 50
    inlines = (ReportInline,)


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ("id", "reason", "reporter", "case", "created_at")
    list_filter = ("reason",)
    list_select_related = ("reporter", "case")
    search_fields = ("=reporter__username",)
    ordering = ("-created_at", "-id")
    list_per_page = 50
    exclude = ("address",)


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ("id", "act", "reason", "person", "moderator", "created_at", "undone_at")
    list_filter = ("act", "reason")
    list_select_related = ("person", "moderator")
    search_fields = ("=person__username", "=moderator__username")
    list_per_page = 50


@admin.register(Appeal)
class AppealAdmin(ReadOnlyAdmin):
    list_display = ("id", "decision", "outcome", "moderator", "created_at", "decided_at")
    list_filter = ("outcome",)
    list_select_related = ("decision", "moderator")
    list_per_page = 50


@admin.register(PromptHit)
class PromptHitAdmin(ReadOnlyAdmin):
    """What rules are good for: how often each is met. The words themselves are not kept."""

    list_display = ("rule", "action", "user", "times", "last_at")
    list_filter = ("action", "rule__category")
    list_select_related = ("rule", "user")
    search_fields = ("=user__username", "=rule__pattern")
    list_per_page = 50


@admin.register(UnwantedFile)
class UnwantedFileAdmin(ReadOnlyAdmin):
    list_display = ("digest", "decision")
    list_select_related = ("decision",)
    search_fields = ("=digest",)
    list_per_page = 50
