"""People and roles in the admin."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import invitations
from accounts.models import Invitation, Role, User, Workshop


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


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    """Invitations, to the roles only that one may give oneself."""

    list_display = ("code", "note", "group", "used", "uses", "expires_at", "made_by")
    list_select_related = ("group", "made_by")
    readonly_fields = ("used", "made_by", "created_at")
    search_fields = ("code", "note")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "group" and isinstance(request.user, User):
            options["queryset"] = invitations.roles_for(request.user)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        if not change and isinstance(request.user, User):
            obj.made_by = request.user
        super().save_model(request, obj, form, change)


@admin.register(Workshop)
class WorkshopAdmin(admin.ModelAdmin):
    """Workshops, for looking; their teacher's page is where things are changed."""

    list_display = ("name", "teacher", "code", "seats", "ends_at", "frozen")
    list_select_related = ("teacher",)
    list_filter = ("frozen", "ends_at")
    search_fields = ("name", "code", "teacher__username")
    fields = ("name", "teacher", "code", "group", "seats", "ends_at", "frozen", "created_at")
    readonly_fields = ("code", "group", "created_at")
    raw_id_fields = ("teacher",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
