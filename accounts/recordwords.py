"""What the codes in the record of staff actions mean; rooms above say it of theirs when the apps are ready."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, str | Promise]

# What was done, by the code of the act.
ACTS: dict[str, str | Promise] = {
    "admin_add": _("add"),
    "admin_change": _("change"),
    "admin_delete": _("delete"),
    "admin_password": _("set a password"),
    "key_create": _("make an API key"),
    "key_revoke": _("revoke an API key"),
    "workshop_pause": _("pause a workshop"),
    "workshop_go_on": _("let a workshop go on"),
    "workshop_freeze": _("freeze the drawing of a workshop"),
    "workshop_unfreeze": _("let a workshop draw again"),
}
# Names in `before` and `after` that are no columns of the target: what they are called, and what their values mean.
NAMES: dict[str, tuple[str | Promise, Words]] = {
    "prefix": (_("prefix"), {}),
    "scopes": (_("scopes"), {}),
    "with": (_("made with the key"), {}),
    "act": (_("what"), ACTS),
}


def register(acts: Words, names: Mapping[str, tuple[str | Promise, Words]] = {}) -> None:
    """Make acts and names known; each room has its own."""
    ACTS.update(acts)
    NAMES.update(names)


def act(code: str) -> str:
    """In words; the code itself where nobody knows it any more."""
    return str(ACTS.get(code, code))


def kind(label: str) -> str:
    """What a target is, by the label of its model."""
    model = _model(label)
    return str(model._meta.verbose_name) if model else label


def reason(code: str) -> str:
    """Why: usually said in words, sometimes by a code alone."""
    return str(NAMES.get("reason", ("", {}))[1].get(code, code))


def values(label: str, told: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Names and values that were recorded of a target, as its forms call them."""
    model = _model(label)
    columns = (
        {field.name: field for field in model._meta.get_fields() if isinstance(field, models.Field)} if model else {}
    )
    for name, value in told.items():
        if name in columns:
            yield str(columns[name].verbose_name), _value(value, dict(columns[name].flatchoices))
        else:
            called, known = NAMES.get(name, (name, {}))
            yield str(called), _value(value, known)


def _value(value: Any, known: Words) -> str:
    match value:
        case None | "" | [] | {}:
            return "–"
        case bool():
            return gettext("Yes") if value else gettext("No")
        case list():
            return ", ".join(_value(each, known) for each in value)
        case _:
            return str(known.get(str(value), value))


def _model(label: str) -> type[models.Model] | None:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None
