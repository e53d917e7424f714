"""Invitations: signing up by the link of one, and `/account/invitations/`, where staff make them."""

from typing import Any

from allauth.account.views import SignupView as AllauthSignupView
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import InvitationForm
from accounts.invitations import IN_SESSION
from accounts.models import Invitation, User
from accounts.visitor import person_of

SHOWN = 100


class SignupView(AllauthSignupView):
    """allauth's, which takes the code out of an invitation's link (`?code=…`)."""

    def get_initial(self) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_initial()
        code = self.request.GET.get("code", "")[:40]
        if code:
            initial["code"] = code
            # For those who go on by way of another site.
            self.request.session[IN_SESSION] = code
        return initial


@never_cache
@login_required
@permission_required("accounts.add_invitation", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def invitations_page(request: HttpRequest) -> HttpResponse:
    """The invitations one made (whoever may view all: all), and the form for a new one."""
    person = person_of(request)
    form = InvitationForm(request.POST if request.method == "POST" else None, inviter=person)
    if request.method == "POST" and form.is_valid():
        made = form.save()
        messages.success(request, gettext("The invitation is ready. Copy its link and send it."))
        return redirect(f"{reverse('accounts:invitations')}#invitation-{made.pk}")
    rows = _mine(person).select_related("group", "made_by")[:SHOWN]
    made_links = [(row, _link(request, row)) for row in rows]
    return render(request, "accounts/invitations.html", {"form": form, "invitations": made_links})


@require_POST
@login_required
@permission_required("accounts.add_invitation", raise_exception=True)
def withdraw(request: HttpRequest, invitation: int) -> HttpResponse:
    """Nobody can sign up with it any more. Accounts made with it stay."""
    person = person_of(request)
    get_object_or_404(_mine(person), pk=invitation).delete()
    messages.success(request, gettext("The invitation has been withdrawn."))
    return redirect("accounts:invitations")


def _mine(person: User) -> Any:
    everything = Invitation.objects.all()
    return everything if person.has_perm("accounts.change_user") else everything.filter(made_by=person)


def _link(request: HttpRequest, invitation: Invitation) -> str:
    return request.build_absolute_uri(f"{reverse('account_signup')}?code={invitation.code}")
