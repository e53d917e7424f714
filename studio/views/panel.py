"""A tool's form as the studio's panel shows it: one description a field. Knows no tool and no field by name.

static/js/studio/panels/kinds.js makes them into controls.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.templatetags.static import static

from studio.models import Adapter, Model
from studio.tools.base import Tool, ToolForm
from studio.tools.looks import Look, look_of

# A slider's step where its look does not say: of whole numbers, and of others.
WHOLE, PART = 1, 0.05


def panel(tool: Tool, model: Model, adapters: Sequence[Adapter] = ()) -> list[dict[str, Any]]:
    """What `model` lets a person choose with `tool`, in the form's order.

    Each has name, label, help, kind, value (what it is when nobody chooses), advanced and personal; numbers min, max
    and step; choices their choices, "pictured" ones with the address of a picture of each; texts maxLength and
    placeholder; "size" stands for `width` and `height`, with maxSide; "loras" has `adapters`, those that the person may
    use with this model.
    """
    form = tool.form_class({}, model)
    fields = {name: field for name, field in form.fields.items() if name not in model.unused}
    looks = {name: look for name, field in fields.items() if (look := look_of(field))}
    described = [_described(form, name, look) for name, look in looks.items()]
    fitting = [{"name": a.name, "title": a.title, "words": a.words, "weight": a.weight} for a in adapters]
    shown = [each | {"adapters": fitting} if each["kind"] == "loras" else each for each in described if each]
    return [each for each in shown if each.get("adapters") != []]


def _described(form: ToolForm, name: str, look: Look) -> dict[str, Any] | None:
    field = form.fields[name]
    default = form.data.get(name)
    common: dict[str, Any] = {"name": name, "label": str(field.label), "help": str(field.help_text), "kind": look.kind}
    common |= {"value": default, "advanced": look.advanced, "personal": look.personal}
    match look.kind:
        case "text":
            longest = getattr(field, "max_length", None)
            return common | {"value": default or "", "maxLength": longest, "placeholder": str(look.placeholder)}
        case "number" | "seed":
            return common | _limits(field, look)
        case "choice" | "pictured":
            offered = [[value, str(words)] for value, words in form.offered(name)]
            if look.kind == "pictured":
                offered = [[*each, static(f"img/{name}/{each[0]}.webp")] for each in offered]
            return (
                common | {"value": "" if default is None else default, "choices": offered} if len(offered) > 1 else None
            )
        case "size":
            size = {side: form.data.get(side) for side in ("width", "height")}
            return common | {"name": "size", "value": size, "maxSide": form.model.max_side}
        case "loras":
            return common | {"value": []}
    return common


def _limits(field: forms.Field, look: Look) -> dict[str, Any]:
    # Django's FloatField is an IntegerField too.
    step = PART if isinstance(field, forms.FloatField) else WHOLE
    least, most = getattr(field, "min_value", None), getattr(field, "max_value", None)
    return {"min": least, "max": most, "step": look.step or step}
