"""Other servers in Django's admin: their addresses, their health, and secrets that nobody gets to see again."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from studio import tasks
from studio.admin.checked import CheckedAdmin
from studio.engines.remote.allow import Allowlist
from studio.models import Server
from studio.models.server import place_of

# A server's errors in few words, for staff; whoever made the picture reads those of studio/words/errors.py.
SHORT = {
    "engine_unreachable": _("cannot be reached"),
    "engine_timeout": _("too slow"),
    "engine_busy": _("busy"),
    "engine_error": _("reports faults"),
    "engine_broken": _("answers cannot be used"),
    "engine_unauthorised": _("does not accept the secret"),
    "engine_not_allowed": _("leads to a place that is not allowed"),
}


class ServerForm(forms.ModelForm):
    """`secret` is only written: an empty one changes nothing."""

    secret = forms.CharField(
        label=_("New secret"),
        required=False,
        max_length=500,
        strip=True,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text=_("Sent as Bearer token. It is kept encrypted and never shown; leave it empty to keep it as it is."),
    )
    no_secret = forms.BooleanField(label=_("Remove the secret"), required=False)

    class Meta:
        model = Server
        fields = ["name", "kind", "dialect", "base_url", "streams", "timeout", "at_once", "weight", "enabled"]

    def clean_base_url(self) -> str:
        """Refuses what could never be connected to, and says what to do about it."""
        url: str = self.cleaned_data["base_url"]
        try:
            host, port = place_of(url)
        except ValidationError:
            return url  # the model says what is wrong
        if not Allowlist(settings.ENGINE_ALLOWED_HOSTS).names(host, port):
            words = _("Nothing at %(place)s may be connected to: name it in BRUSHWIRE_ENGINE_HOSTS and start anew.")
            raise ValidationError(words % {"place": f"{host}:{port}"})
        return url

    def save(self, commit: bool = True) -> Any:
        """A secret that is handed to another address would be given away: a changed address asks for it again."""
        if self.cleaned_data["secret"]:
            self.instance.secret = self.cleaned_data["secret"]
        elif self.cleaned_data["no_secret"] or "base_url" in self.changed_data:
            self.instance.secret = ""
        return super().save(commit)


@admin.register(Server)
class ServerAdmin(CheckedAdmin):
    """Servers that make pictures. How they do is written by the workers."""

    form = ServerForm
    list_display = ("name", "health", "in_hand", "kind", "base_url", "enabled", "last_ok_at")
    list_filter = ("kind", "enabled")
    search_fields = ("name", "base_url")
    actions = ("look",)
    readonly_fields = ("health", "has_secret", "models", "in_hand", "last_ok_at", "last_error_at", "checked_at")
    fieldsets = (
        (None, {"fields": ("name", "kind", "dialect", "base_url", "has_secret", "secret", "no_secret", "enabled")}),
        (_("How it works"), {"fields": ("streams", "timeout", "at_once", "weight")}),
        (_("How it is"), {"fields": ("health", "in_hand", "models", "last_ok_at", "last_error_at", "checked_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Server]:
        used = Count("uses", filter=Q(uses__until__gte=Now()))
        return super().get_queryset(request).annotate(used=used)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new server, or one with another address, is looked at right away, and starts without a past."""
        if "base_url" in form.changed_data or "kind" in form.changed_data:
            obj.offers, obj.failures, obj.open_until, obj.last_error = [], 0, None, ""
        super().save_model(request, obj, form, change)
        tasks.look_soon([obj.pk])

    @admin.display(description=_("health"), ordering="failures")
    def health(self, server: Server) -> Any:
        if not (server.last_ok_at or server.last_error_at):
            return _("not looked at yet")
        why = SHORT.get(server.last_error, server.last_error)
        if server.open_until and server.open_until > timezone.now():
            return _("left alone for now: %(why)s") % {"why": why}
        failed = server.last_error_at and (not server.last_ok_at or server.last_error_at > server.last_ok_at)
        return why if failed else _("well")

    @admin.display(description=_("in hand"))
    def in_hand(self, server: Server) -> Any:
        used = getattr(server, "used", 0)
        return _("%(used)s of %(limit)s") % {"used": used, "limit": server.at_once}

    @admin.display(description=_("has a secret"), boolean=True)
    def has_secret(self, server: Server) -> bool:
        return bool(server.secret_sealed)

    @admin.display(description=_("its models"))
    def models(self, server: Server) -> str:
        return ", ".join(server.offers) or "–"

    @admin.action(description=_("Look at them now"), permissions=["check"])
    def look(self, request: HttpRequest, servers: QuerySet[Server]) -> None:
        """How they are, and which models they have."""
        self.ask(request, servers, "server_look", tasks.look_soon)
