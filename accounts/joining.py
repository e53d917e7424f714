"""`/join/` and `/join/<code>/`: coming into a workshop with its code, without an e-mail address."""

from typing import Any

from allauth.decorators import rate_limit
from django import forms
from django.contrib import messages
from django.contrib.auth import login, password_validation
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import said, workshops
from accounts.models import User, Workshop


class CodeForm(forms.Form):
    """The code from the board."""

    code = forms.CharField(label=_("Code of the workshop"), max_length=16)


class JoinForm(forms.Form):
    """A name and a password of one's own."""

    username = forms.CharField(
        label=_("Your name here"),
        max_length=40,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    password1 = forms.CharField(label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))
    password2 = forms.CharField(
        label=_("Password (again)"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        said.ask(name)
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("This name is taken. Please choose another one."), code="taken")
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("You must type the same password each time."))
        elif first:
            try:
                password_validation.validate_password(first, User(username=cleaned.get("username", "")))
            except forms.ValidationError as error:
                self.add_error("password1", error)
        return cleaned


@method_decorator([never_cache, sensitive_post_parameters(), rate_limit(action="signup")], name="dispatch")
class Join(View):
    """The door of a workshop."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        return self.show(request, _open(code), JoinForm())

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        workshop, form = _open(code), JoinForm(request.POST)
        if request.user.is_authenticated:
            return redirect("accounts:join", code=code)
        if form.is_valid():
            try:
                user = workshops.join(workshop, form.cleaned_data["username"], form.cleaned_data["password1"])
            except workshops.Full:
                form.add_error(None, _("There is no free place in this workshop. Please ask your teacher."))
            except IntegrityError:
                form.add_error("username", _("This name is taken. Please choose another one."))
            else:
                login(request, user)
                messages.success(request, gettext("Welcome! Remember your name and your password."))
                return redirect("studio:studio")
        return self.show(request, workshop, form)

    def show(self, request: HttpRequest, workshop: Workshop, form: JoinForm) -> HttpResponse:
        return render(request, "accounts/join.html", {"workshop": workshop, "form": form})


@never_cache
@rate_limit(action="signup")
def code_page(request: HttpRequest) -> HttpResponse:
    """Type the code, where there is no link."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"].strip().lower()
        if Workshop.objects.filter(code=code).exists():
            return redirect("accounts:join", code=code)
        form.add_error("code", _("There is no workshop with this code."))
    return render(request, "accounts/join_code.html", {"form": form})


def _open(code: str) -> Workshop:
    workshop = Workshop.objects.select_related("teacher").filter(code=code.lower()).first()
    if workshop is None or workshop.is_closed:
        raise Http404
    return workshop
