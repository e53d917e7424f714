"""The form field of LoRAs: which, and how strongly. Whether a person may use them is not known here."""

import math
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from studio.models.adapters import MOST_WEIGHT
from studio.tools.looks import Shown

MOST_LORAS = 3


class LorasField(Shown, forms.Field):
    """A list of at most three `{"name": …, "weight": …}`, weight from -2 to 2, None where it was left out."""

    kind = "loras"

    def __init__(self) -> None:
        super().__init__(required=False, label="LoRA", look={"personal": True})

    def to_python(self, value: Any) -> list[dict[str, Any]]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise ValidationError(_("This must be a list of LoRAs."), code="invalid")
        if len(value) > MOST_LORAS:
            raise ValidationError(_("At most %(limit)s."), "max_length", {"limit": MOST_LORAS})
        entries = [_entry(entry) for entry in value]
        if len({entry["name"] for entry in entries}) < len(entries):
            raise ValidationError(_("Each LoRA counts once."), code="twice")
        return entries


def _entry(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict) or set(entry) - {"name", "weight"} or not isinstance(entry.get("name"), str):
        raise ValidationError(_("This must be a list of LoRAs."), code="invalid")
    weight = entry.get("weight")
    if weight is not None and (isinstance(weight, bool) or not isinstance(weight, int | float)):
        raise ValidationError(_("This must be a number."), code="invalid")
    if weight is not None and not (math.isfinite(weight) and abs(weight) <= MOST_WEIGHT):
        raise ValidationError(_("The weight of a LoRA is from -2 to 2."), code="weight")
    return {"name": entry["name"], "weight": weight}
