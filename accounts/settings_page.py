"""`/account/`: what a person says about themselves and how the studio treats them."""

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import said
from accounts.models import User
from accounts.signals import about_changed
from accounts.visitor import person_of


class SettingsForm(forms.ModelForm):
    """Language, words about oneself, and what goes into one's files."""

    language = forms.ChoiceField(label=_("Language"), required=False)

    class Meta:
        model = User
        fields = ("language", "about", "embed_prompt")
        labels = {"about": _("About me"), "embed_prompt": _("Put my prompt into files that others download")}
        help_texts = {
            "about": _("Shown on your public page."),
            "embed_prompt": _(
                "Your own downloads always have it. Others see it on the page of a public picture anyway."
            ),
        }
        widgets = {"about": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        language: Any = self.fields["language"]
        known = [(code, translation.get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]
        language.choices = [("", gettext("As the browser asks for")), *known]

    def clean_about(self) -> str:
        about: str = self.cleaned_data["about"]
        said.ask(about)
        return about

    def save(self, commit: bool = True) -> User:
        saved: User = super().save(commit)
        if "about" in self.changed_data:
            about_changed.send(sender=None, user=saved)
        return saved


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """The form, and the ways to everything else about the account."""
    person = person_of(request)
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        answer = redirect("accounts:settings")
        keep_language(answer, person)
        with translation.override(person.language or translation.get_language()):
            messages.success(request, gettext("Saved."))
        return answer
    address = EmailAddress.objects.filter(user=person, primary=True).first()
    return render(
        request, "accounts/settings.html", {"form": form, "address": address.email if address else person.email}
    )


def keep_language(answer: HttpResponse, person: User) -> None:
    """Let the pages of this browser be in the person's language from now on."""
    if person.language:
        name: str = settings.LANGUAGE_COOKIE_NAME
        answer.set_cookie(name, person.language, max_age=settings.LANGUAGE_COOKIE_AGE, samesite="Lax")
    else:
        answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
