"""People and roles in the admin."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import invitations, keys, records, recordwords, workshops
from accounts.models import ApiKey, Invitation, Role, StaffAction, User, Workshop
from accounts.recorded import ReadOnlyAdmin, RecordedAdmin


@admin.register(User)
class PersonAdmin(RecordedAdmin, UserAdmin):
    """Django's page for users, with what ours have besides. Suspending is the moderation page's: it says why.

    Only who is a superuser makes others one, or changes one.
    """

    list_display = ("username", "email", "is_active", "is_staff", "suspended_at", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    list_per_page = 50
    ordering = ("username",)

    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        (_("On the site"), {"fields": ("about", "language", "embed_prompt")}),
        (_("Suspension"), {"fields": ("suspended_at", "suspended_until", "suspended_reason")}),
    )
    readonly_fields = ("suspended_at", "suspended_until", "suspended_reason", "last_login", "date_joined")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        own = super().get_readonly_fields(request, obj)
        return own if request.user.is_superuser else (*own, "is_superuser", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_delete_permission(request, obj) and not above

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        with transaction.atomic():
            answer = super().user_change_password(request, id, form_url)
            if request.method == "POST" and answer.status_code == 302 and isinstance(request.user, User):
                records.record(request.user, "admin_password", ("accounts.user", str(id)))
        return answer


@admin.register(Role)
class RoleAdmin(RecordedAdmin):
    """The limits of a group."""

    list_display = ("group", "weight", "running", "queued", "images_per_day", "gpu_seconds_per_day", "hold_public")
    list_select_related = ("group",)

    def has_delete_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.group.name != "member")


@admin.register(Invitation)
class InvitationAdmin(RecordedAdmin):
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
class WorkshopAdmin(RecordedAdmin):
    """Workshops, for looking; their teacher's page is where things are changed."""

    list_display = ("name", "teacher", "code", "seats", "ends_at", "frozen")
    list_select_related = ("teacher",)
    list_filter = ("frozen", "ends_at")
    search_fields = ("name", "code", "teacher__username")
    fields = ("name", "teacher", "code", "group", "seats", "ends_at", "frozen", "drawing_frozen", "created_at")
    readonly_fields = ("code", "group", "created_at")
    raw_id_fields = ("teacher",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Workshop, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        workshops.changed(obj)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Everybody's API keys, without what would open anything: to look at, and to revoke."""

    list_display = (
        "name",
        "prefix",
        "owner",
        "allows",
        "created_at",
        "used_at",
        "used_from",
        "expires_at",
        "revoked_at",
    )
    list_select_related = ("owner",)
    list_filter = ("created_at", "used_at", "revoked_at")
    list_per_page = 50
    search_fields = ("=prefix", "=owner__username", "name")
    search_help_text = _("A prefix, the name of a person, or a word of the key's name")
    fields = (
        *("owner", "name", "prefix", "allows", "model_names", "addresses", "images_per_day", "gpu_seconds_per_day"),
        *("created_at", "expires_at", "used_at", "used_from", "revoked_at"),
    )
    readonly_fields = fields
    actions = ("revoke",)  # type: ignore[assignment]

    @admin.display(description=_("scopes"))
    def allows(self, key: ApiKey) -> str:
        """What it may do, in words."""
        return ", ".join(str(keys.SCOPES[scope].title) for scope in key.scopes if scope in keys.SCOPES)

    @admin.action(description=_("Revoke the chosen keys"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """At once, and recorded."""
        actor = request.user if isinstance(request.user, User) else None
        ended = sum(keys.revoke(key, actor) for key in queryset)
        told = ngettext("%(number)s key has been revoked.", "%(number)s keys have been revoked.", ended)
        self.message_user(request, told % {"number": ended})

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_apikey")


admin.site.unregister(Group)


@admin.register(Group)
class RecordedGroupAdmin(RecordedAdmin, GroupAdmin):
    """Groups and their permissions."""


class InWords(admin.AllValuesFieldListFilter):
    """Codes of the record, told in words."""

    def choices(self, changelist: Any) -> Any:
        """See Django; "All" is no code and stays."""
        words = recordwords.act if self.field_path == "action" else recordwords.kind
        for choice in super().choices(changelist):
            yield choice | {"display": words(str(choice["display"]))}


@admin.register(StaffAction)
class StaffActionAdmin(ReadOnlyAdmin):
    """The record of what staff did: to read, nothing else. Codes are told in words."""

    list_display = ("number", "at", "actor", "act", "kind", "target_id", "reason")
    list_filter = (("action", InWords), ("target_kind", InWords))
    search_fields = ("=actor", "=target_id")
    search_help_text = _("A name of staff, or the id of what was acted on")
    ordering = ("-number",)
    list_per_page = 50
    readonly_fields = ("number", "at", "actor", "act", "kind", "target_id", "reason", "was", "became", "hash")
    fields = readonly_fields

    @admin.display(description=_("what"), ordering="action")
    def act(self, row: StaffAction) -> str:
        return recordwords.act(row.action)

    @admin.display(description=_("kind of target"), ordering="target_kind")
    def kind(self, row: StaffAction) -> str:
        return recordwords.kind(row.target_kind)

    @admin.display(description=_("why"))
    def reason(self, row: StaffAction) -> str:
        return recordwords.reason(row.why)

    @admin.display(description=_("before"))
    def was(self, row: StaffAction) -> str:
        return _in_lines(row.target_kind, row.before)

    @admin.display(description=_("after"))
    def became(self, row: StaffAction) -> str:
        return _in_lines(row.target_kind, row.after)


def _in_lines(kind: str, told: dict[str, Any]) -> str:
    return format_html_join(mark_safe("<br>"), "{}: {}", recordwords.values(kind, told)) or "–"
