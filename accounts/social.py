"""Logging in by way of another site: the same rules about who may have an account. Loaded only where it is set up."""

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts import invitations


class SocialAdapter(DefaultSocialAccountAdapter):
    """allauth's own, with our rules about signing up."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        if settings.SIGNUP == "invite":
            return invitations.find(request.session.get(invitations.IN_SESSION, "")) is not None
        return settings.SIGNUP == "open"

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        user = super().save_user(request, sociallogin, form)
        invitation = invitations.find(request.session.pop(invitations.IN_SESSION, ""))
        if invitation is not None:
            invitations.redeem(invitation, user)
        return user
