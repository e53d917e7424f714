"""Form fields for values that come as JSON: a wrong type is an error, never converted. Numbers are in base.py."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from studio.tools.looks import Shown


class Switch(Shown, forms.Field):
    """True or false."""

    kind = "switch"

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def to_python(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(_("This must be yes or no."), code="invalid")
        return value


class Choice(Shown, forms.ChoiceField):
    """One of the names in `choices`."""

    kind = "choice"

    def to_python(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(_("This must be text."), code="invalid")
        return super().to_python(value)
