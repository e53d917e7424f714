"""Logging in by way of another site: the same rules about who may have an account. Loaded only where it is set up."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext

from accounts import invitations


class SocialAdapter(DefaultSocialAccountAdapter):
    """allauth's own, with our rules about signing up."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        if settings.SIGNUP == "invite":
            return invitations.find(request.session.get(invitations.IN_SESSION, "")) is not None
        return settings.SIGNUP == "open"

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        """The account and the use of the invitation, or neither where there is no coming in without one."""
        sociallogin.user.language = get_language() or ""
        invitation = invitations.find(request.session.pop(invitations.IN_SESSION, ""))
        with transaction.atomic():
            user = super().save_user(request, sociallogin, form)
            redeemed = invitation is not None and invitations.redeem(invitation, user)
            if redeemed or settings.SIGNUP != "invite":
                return user
            transaction.set_rollback(True)
        messages.error(request, gettext("This invitation is not valid, or it has been used up."))
        raise ImmediateHttpResponse(redirect("account_signup"))
