"""Forms of the accounts: signing up, invitations, settings."""

from datetime import timedelta
from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts import invitations
from accounts.models import Invitation, User


class SignupForm(AllauthSignupForm):
    """allauth's with the code of an invitation: needed where SIGNUP is "invite", else it gives a role if it fits."""

    code = forms.CharField(
        label=_("Invitation code"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.invitation: Invitation | None = None
        self.fields["code"].required = settings.SIGNUP == "invite"
        if settings.SIGNUP != "invite" and not (self.data.get("code") or self.initial.get("code")):
            self.fields["code"].widget = forms.HiddenInput()
        self.order_fields(["code"])

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        self.invitation = invitations.find(code)
        if code and self.invitation is None:
            raise ValidationError(_("This invitation is not valid, or it has been used up."), code="invitation_invalid")
        return code

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """The account and the use of the invitation, or neither."""
        with transaction.atomic():
            user, response = super().try_save(request)
            if user is not None:
                user.language = get_language() or ""
                user.save(update_fields=["language"])
            if user is None or self.invitation is None or invitations.redeem(self.invitation, user):
                return user, response
            transaction.set_rollback(True)
        messages.error(request, gettext("This invitation is not valid, or it has been used up."))
        return None, redirect("account_signup")


class InvitationForm(forms.ModelForm):
    """A new invitation. `days` counts from now."""

    days = forms.IntegerField(label=_("Valid for how many days"), min_value=1, max_value=365, initial=14)

    class Meta:
        model = Invitation
        fields = ("group", "uses", "note")
        labels = {
            "group": _("Role"),
            "uses": _("For how many people"),
            "note": _("Note (for yourself)"),
        }

    def __init__(self, *args: Any, inviter: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.inviter = inviter
        group: Any = self.fields["group"]
        group.queryset, group.empty_label = invitations.roles_for(inviter), gettext("member")
        self.fields["uses"].widget.attrs["max"] = 1000
        self.order_fields(["uses", "days", "group", "note"])

    def save(self, commit: bool = True) -> Invitation:
        self.instance.made_by = self.inviter
        self.instance.expires_at = timezone.now() + timedelta(days=self.cleaned_data["days"])
        saved: Invitation = super().save(commit)
        return saved
