"""A tool's form as the studio's panel shows it, without what has a place of its own there or comes from the board."""

from typing import Any

from django import forms

from studio.models import Model
from studio.tools.base import Decimal, Tool, WholeNumber, can_enlarge
from studio.tools.fields import Choice, Switch

# static/js/studio/panels/form.js has these.
OWN_PLACE = {
    *("prompt", "negative_prompt", "steps", "guidance_scale", "strength", "sampler", "loras", "seed", "count"),
    *("width", "height"),
}
# The board has the picture's shape already, and what is empty on it is what outpaint fills.
OF_THE_BOARD = {"fit", "left", "right", "top", "bottom"}
SIZES = [[1, "1 ×"], [2, "2 ×"]]


def panel(tool: Tool, model: Model) -> dict[str, Any]:
    """`strength`, its default or None, and `fields`: name, label, kind (number, switch, choice), value, limits."""
    form = tool.form_class({}, model)
    defaults = tool.form_class.defaults(model)
    known = {name: field for name, field in form.fields.items() if name not in OWN_PLACE | OF_THE_BOARD}
    shown = [_shown(name, field, model) for name, field in known.items()]
    fields = [entry | {"value": defaults.get(entry["name"])} for entry in shown if entry]
    return {"strength": defaults.get("strength"), "fields": fields}


def _shown(name: str, field: forms.Field, model: Model) -> dict[str, Any] | None:
    base = {"name": name, "label": str(field.label)}
    if name == "upscale":
        return base | {"kind": "choice", "choices": SIZES} if can_enlarge(model) else None
    match field:
        case Choice():
            offered: Any = field.choices
            choices = [[value, str(text)] for value, text in offered]
            return base | {"kind": "choice", "choices": choices} if len(choices) > 1 else None
        case Switch():
            return base | {"kind": "switch"}
        case WholeNumber() | Decimal():
            step = 1 if isinstance(field, WholeNumber) else 0.05
            return base | {"kind": "number", "min": field.min_value, "max": field.max_value, "step": step}
    return None
