"""People and roles in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Django's page for users, with what ours have besides. Suspending is the moderation page's: it says why."""

    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        (_("On the site"), {"fields": ("about", "language", "embed_prompt")}),
        (_("Suspension"), {"fields": ("suspended_at", "suspended_until", "suspended_reason")}),
    )
    readonly_fields = ("suspended_at", "suspended_until", "suspended_reason", "last_login", "date_joined")


@admin.register(Role)
class RoleAdmin(admin.ModelAdmin):
    """The limits of a group."""

    list_display = ("group", "weight", "running", "queued", "images_per_day", "gpu_seconds_per_day", "hold_public")
    list_select_related = ("group",)

    def has_delete_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.group.name != "member")
