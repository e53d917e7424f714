"""The admin site: logging in is the studio's own (with its limits and second factor), never Django's."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import secondfactor


class StudioAdminSite(admin.AdminSite):
    """For active staff; where STAFF_SECOND_FACTOR says so, only with a second factor."""

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and secondfactor.suffices(request.user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send whoever may not come in where that can be changed."""
        wanted = request.GET.get("next") or reverse("admin:index")
        if self.has_permission(request):
            return redirect("admin:index")
        if super().has_permission(request):
            messages.warning(request, _("Staff need a second factor. Please add an authenticator app or a passkey."))
            return redirect("mfa_index")
        if request.user.is_authenticated:
            messages.error(request, _("This account is not one of the staff."))
            return redirect("accounts:settings")
        return redirect_to_login(wanted)
