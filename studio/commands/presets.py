"""Commands about styles: list, save, change and delete one's own, and add the public ones of ours."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from studio.commands import wording
from studio.models import Preset
from studio.tools.base import Decimal, PromptField, SamplerField, WholeNumber, is_writable
from studio.values.styles import STYLES
from studio.words.errors import Refused

PLACE = "{prompt}"
WORDS = ("name", "prompt", "negative_prompt")


class PresetForm(forms.Form):
    """What a style may hold. The numbers may all be missing: then the settings keep theirs."""

    name = forms.CharField(max_length=60, label=_("Name"), error_messages={"required": _("Please give it a name.")})
    prompt = PromptField(label=_("Prompt"))
    negative_prompt = PromptField(required=False)
    steps = WholeNumber(min_value=1, max_value=100, required=False)
    guidance_scale = Decimal(min_value=0, max_value=30, required=False)
    strength = Decimal(min_value=0, max_value=1, required=False)
    sampler = SamplerField()

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not is_writable(name) or len(name.splitlines()) > 1:
            raise ValidationError(_("This text has characters that cannot be used."), code="invalid")
        return name

    def clean_prompt(self) -> str:
        prompt: str = self.cleaned_data["prompt"]
        if prompt.count(PLACE) != 1:
            raise ValidationError(_("Write {prompt} once, where the words of a picture belong."), code="invalid")
        return prompt


def offered(user: User) -> QuerySet[Preset]:
    """The public styles, then the person's own."""
    return Preset.objects.filter(Q(owner=user) | Q(owner__isnull=True)).order_by("owner_id", "created_at", "id")


def find(user: User, preset_id: int) -> Preset:
    """One's own style; Refused("not_found") for anything else."""
    preset = Preset.objects.filter(pk=preset_id, owner=user).first()
    if preset is None:
        raise Refused("not_found")
    return preset


def save(user: User, values: dict[str, Any]) -> Preset:
    """Keep a new style of one's own. Raises Refused: invalid (with fields), prompt_blocked, presets_full."""
    cleaned = _checked(user, values)
    if Preset.objects.filter(owner=user).count() >= settings.PRESETS_PER_PERSON:
        raise Refused("presets_full", limit=settings.PRESETS_PER_PERSON)
    return Preset.objects.create(owner=user, **cleaned)


def change(user: User, preset_id: int, values: dict[str, Any]) -> Preset:
    """Give one's own style other words and numbers. Raises Refused: not_found, invalid (with fields),
    prompt_blocked."""
    preset = find(user, preset_id)
    for name, value in _checked(user, values).items():
        setattr(preset, name, value)
    preset.save()
    return preset


def delete(user: User, preset_id: int) -> None:
    """Delete one's own style. Raises Refused("not_found")."""
    find(user, preset_id).delete()


def seed() -> list[str]:
    """Add the public styles that are missing; returns their names. What an administrator changed stays."""
    added = []
    for slug, (name, prompt, negative) in STYLES.items():
        values = {"name": name, "prompt": prompt, "negative_prompt": negative}
        if Preset.objects.get_or_create(owner=None, slug=slug, defaults=values)[1]:
            added.append(slug)
    return added


def _checked(user: User, values: dict[str, Any]) -> dict[str, Any]:
    form = PresetForm(values)
    if not form.is_valid():
        found = {name: errors[0] for name, errors in form.errors.as_data().items()}
        raise Refused(
            "invalid",
            fields={n: {"code": e.code or "invalid", "message": " ".join(e.messages)} for n, e in found.items()},
        )
    cleaned, _softened = wording.admit(user, form.cleaned_data)
    wording.judge(user, cleaned["name"])
    numbers = {name: value for name, value in cleaned.items() if name not in WORDS and value not in (None, "")}
    return {name: cleaned[name] for name in WORDS} | {"params": numbers}
