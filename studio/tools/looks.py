"""How a form's field stands in the studio's panel. What it accepts is the field's own matter (base.py, fields.py)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Look:
    """What the panel should know of a field besides its label, help and limits.

    `kind` is one of those in static/js/studio/panels/kinds.js. `advanced`: it stands folded away. `personal`: it is the
    person's matter, which "the model's own settings" leaves as it is. `step`: how far a slider moves at a time.
    """

    kind: str
    advanced: bool = False
    personal: bool = False
    step: float | None = None
    placeholder: str | Promise = ""


class Shown:
    """Mixed into form fields: `look` says how the panel shows it. With `shown=False` the value comes from the board or
    from programs, and the panel has nothing to show."""

    kind: ClassVar[str]

    def __init__(
        self, *, shown: bool = True, kind: str = "", look: dict[str, Any] | None = None, **options: Any
    ) -> None:
        self.look = Look(kind or self.kind, **(look or {})) if shown else None
        super().__init__(**options)


def look_of(field: forms.Field) -> Look | None:
    """How `field` stands in the panel; None: it does not."""
    return field.look if isinstance(field, Shown) else None
