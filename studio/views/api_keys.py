"""`/account/keys/`: a person's API keys and connect codes: making one, seeing the secret once, revoking it."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.decorators import reauthentication_required
from cryptography.fernet import InvalidToken
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import keys
from accounts.models import ApiKey, User
from accounts.models.key import NUMBER_MOST
from accounts.secondfactor import seal, unseal
from accounts.visitor import person_of
from studio.commands import keyforms
from studio.models import Model
from studio.words.errors import Refused, text

# Where the session keeps the secret of a key that was just made, sealed, until the page has shown it.
FRESH = "fresh_key"
SHOWN = 100
NEVER = "0"


class KeyForm(forms.Form):
    """A new key. Nothing chosen among models and addresses means all of them; empty numbers no limit of its own."""

    kind = forms.ChoiceField(
        label=_("What for?"),
        choices=[
            ("key", _("A program that sends a key (an API key)")),
            ("code", _("A program made for ComfyUI that knows only an address (a connect code)")),
        ],
        widget=forms.RadioSelect,
        initial="key",
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=keys.NAME_MAX,
        help_text=_("So that you know later what uses it: “Notebook”, “Krita on my laptop”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(name, scope.title) for name, scope in keys.SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        initial=["read", "generate"],
        required=False,
    )
    days = forms.ChoiceField(
        label=_("Valid for"),
        choices=[
            ("7", _("a week")),
            ("30", _("30 days")),
            ("90", _("90 days")),
            ("365", _("a year")),
            (NEVER, _("ever")),
        ],
        initial="90",
    )
    models = forms.MultipleChoiceField(
        label=_("Only with these models"), widget=forms.CheckboxSelectMultiple, required=False
    )
    addresses = forms.CharField(
        label=_("Only from these addresses"),
        help_text=_("One a line, such as 192.0.2.7 or 192.0.2.0/24. Empty: from anywhere."),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "off"}),
        max_length=2000,
        required=False,
    )
    images_per_day = forms.IntegerField(label=_("Pictures a day"), min_value=0, max_value=NUMBER_MOST, required=False)
    gpu_seconds_per_day = forms.IntegerField(
        label=_("Seconds of computing a day"), min_value=0, max_value=NUMBER_MOST, required=False
    )

    def __init__(self, *args: Any, owner: User, **options: Any) -> None:
        super().__init__(*args, **options)
        models: Any = self.fields["models"]
        models.choices = [(model.name, model.title) for model in Model.objects.usable_by(owner)]

    @property
    def scope_rows(self) -> list[tuple[Any, keys.Scope]]:
        """Each box with what it means in words."""
        return [(box, keys.SCOPES[str(box.data["value"])]) for box in self["scopes"]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == "key" and not cleaned.get("scopes") and "scopes" not in self.errors:
            self.add_error("scopes", gettext("Choose at least one."))
        return cleaned

    def wish(self) -> keys.Wish:
        """What was asked for."""
        told = self.cleaned_data
        days = int(told["days"])
        return keys.Wish(
            name=told["name"],
            scopes=["comfy"] if self.is_code else told["scopes"],
            model_names=told["models"],
            images_per_day=told["images_per_day"],
            gpu_seconds_per_day=told["gpu_seconds_per_day"],
            addresses=told["addresses"].replace(",", " ").split(),
            expires_at=timezone.now() + timedelta(days=days) if days else None,
        )

    @property
    def is_code(self) -> bool:
        """Whether a connect code is wanted."""
        return bool(self.cleaned_data["kind"] == "code")


@dataclass(frozen=True, slots=True)
class Fresh:
    """A secret that is shown now and never again. Of a connect code it is the whole address."""

    key: ApiKey
    secret: str


@require_safe
@never_cache
@login_required
def key_list(request: HttpRequest) -> HttpResponse:
    """The keys that open something, then those that do no more; above them the one that was just made."""
    person = person_of(request)
    found = list(keys.of(person)[:SHOWN])
    context = {
        "fresh": _fresh(request, person),
        "living": [key for key in found if key.is_living],
        "ended": [key for key in found if not key.is_living],
        "titles": {name: scope.title for name, scope in keys.SCOPES.items()},
        "origin": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "studio/api_keys.html", context)


@never_cache
@login_required
@reauthentication_required(allow_get=True)
@require_http_methods(["GET", "HEAD", "POST"])
def key_new(request: HttpRequest) -> HttpResponse:
    """The form for a new key. Whoever sends it is asked for the password, unless that was a moment ago."""
    person = person_of(request)
    form = KeyForm(request.POST if request.method == "POST" else None, owner=person)
    if request.method == "POST" and form.is_valid():
        try:
            key, secret = keyforms.make(person, form.wish(), in_path=form.is_code)
        except Refused as refused:
            _tell(form, refused)
        else:
            if key.in_path:
                secret = request.build_absolute_uri(f"/comfy/c/{secret}")
            request.session[FRESH] = seal(json.dumps([key.pk, secret]))
            return redirect("studio:api_keys")
    return render(request, "studio/api_key_new.html", {"form": form})


@require_POST
@login_required
def key_revoke(request: HttpRequest, prefix: str) -> HttpResponse:
    """Revoke one of one's own keys, at once."""
    person = person_of(request)
    key = keys.of(person).filter(prefix=prefix).first()
    if key is None:
        raise Http404
    keys.revoke(key, person)
    messages.success(request, gettext("“%(name)s” has been revoked and opens nothing any more.") % {"name": key.name})
    return redirect(f"{reverse('studio:api_keys')}#keys")


def _fresh(request: HttpRequest, person: User) -> Fresh | None:
    sealed = request.session.pop(FRESH, "") if request.method == "GET" else ""
    try:
        pk, secret = json.loads(unseal(sealed)) if sealed else (None, "")
    except InvalidToken:
        return None
    key = keys.of(person).filter(pk=pk).first() if pk else None
    return Fresh(key, secret) if key else None


def _tell(form: KeyForm, refused: Refused) -> None:
    """What was refused, at the fields that it is about."""
    for name, told in refused.fields.items():
        form.add_error(name if name in form.fields else None, told["message"])
    if not refused.fields:
        form.add_error(None, text(refused.code, refused.params))
