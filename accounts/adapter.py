"""What allauth asks us: who may sign up and log in, and what a new password ends."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts import said, secondfactor
from accounts.addresses import address_of, network_of
from accounts.models import User
from accounts.settings_page import keep_language


class AccountAdapter(DefaultAccountAdapter):
    """allauth's own way, except where ours differs."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Where only the invited may come in the form itself asks for the invitation (accounts/forms.py)."""
        return settings.SIGNUP in ("open", "invite")

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """A name is read by everybody: what may not be said may not be a name either."""
        name: str = super().clean_username(username, shallow)
        said.ask(name)
        return name

    def pre_login(self, request: HttpRequest, user: User, **about: Any) -> HttpResponse | None:
        """Whoever is suspended proved who they are, and is told why and until when. Nobody else gets to know."""
        if user.is_active and user.is_suspended:
            clear_login(request)
            return render(request, "account/suspended.html", {"person": user}, status=403)
        if user.is_active and user.is_closed:
            clear_login(request)
            return render(
                request, "account/workshop_over.html", {"workshop": user.workshop, "person": user}, status=403
            )
        response: HttpResponse | None = super().pre_login(request, user, **about)
        return response

    def post_login(self, request: HttpRequest, user: User, **about: Any) -> HttpResponse:
        """The pages are in the language that the person chose, on a new device, too."""
        response: HttpResponse = super().post_login(request, user, **about)
        if user.language:
            keep_language(response, user)
        return response

    def get_client_ip(self, request: HttpRequest) -> str:
        """For the limits of trying to log in. Of IPv6 the network counts; where no address is known all share one."""
        return network_of(address_of(request.META)) or "unknown"

    def set_password(self, user: User, password: str) -> None:
        """A new password ends the other log-ins (accounts/receivers.py), not the one in which it is set."""
        request: Any = self.request
        user.keep_session = request.session.session_key if request else None  # type: ignore[attr-defined]
        super().set_password(user, password)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:settings")


class MFAAdapter(DefaultMFAAdapter):
    """allauth's own, with the secrets of second factors encrypted."""

    def encrypt(self, text: str) -> str:
        return secondfactor.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secondfactor.unseal(encrypted_text)
