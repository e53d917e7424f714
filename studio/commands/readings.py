"""Settings out of a picture's file, fitted to what can be made here. Whatever the file says is checked like a form."""

import unicodedata
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from gallery import metadata
from studio import tools
from studio.engines import samplers
from studio.models import Adapter, Model
from studio.tools.base import Tool
from studio.tools.loras import MOST_LORAS
from studio.words.errors import Refused

SIDES = {"width", "height"}
TOLD = 60  # characters of a foreign name that are shown


@dataclass(slots=True)
class Reading:
    """`source` is None for a picture without settings. `params` fit `tool` and `model` (None: the one in use);
    `notes` say, in the person's language, what could not be taken over."""

    source: str | None = None
    tool: str = ""
    model: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read(user: User, data: bytes) -> Reading:
    """What the file's settings mean here. Raises Refused("too_large"); a file that says nothing is no error."""
    if len(data) > settings.INPUT_MAX_BYTES:
        raise Refused("too_large", limit=f"{settings.INPUT_MAX_BYTES // 2**20} MB")
    found = metadata.read(data)
    return Reading() if found is None else _fitted(user, found)


def texts(data: bytes) -> dict[str, str]:
    """The texts in a picture's file that say how it was made, by their names there. Raises Refused("too_large")."""
    if len(data) > settings.INPUT_MAX_BYTES:
        raise Refused("too_large", limit=f"{settings.INPUT_MAX_BYTES // 2**20} MB")
    return metadata.texts(data)


def missing(user: User, recipe: dict[str, Any]) -> list[str]:
    """What a work's recipe (gallery.recipes.recipe_for_studio) asks for and `user` cannot have, in sentences."""
    notes = []
    model = next((each for each in Model.objects.usable_by(user) if each.name == recipe["model"]), None)
    if model is None:
        notes.append(_("The model “%(name)s” is not here.") % {"name": _short(recipe["model"])})
    usable = Adapter.objects.usable_by(user).filter(kind=Adapter.Kind.LORA, family=model.family if model else "")
    known = set(usable.values_list("name", flat=True))
    absent = [each["name"] for each in recipe["params"].get("loras") or [] if each["name"] not in known]
    notes += [_("The LoRA “%(name)s” is not here.") % {"name": _short(name)} for name in absent]
    tool = tools.registry().get(recipe["tool"])
    if tool is not None and set(tool.needs) - set(recipe["inputs"]):
        notes.append(_("What it began with is not shown."))
    return notes


def _fitted(user: User, found: metadata.Found) -> Reading:
    reading = Reading(source=found.source)
    usable = list(Model.objects.usable_by(user))
    named = _model(found.model, usable)
    if named is None and found.model:
        reading.notes.append(_("The model “%(name)s” is not here.") % {"name": _short(found.model)})
    model = named or next(iter(usable), None)
    if model is None:
        reading.notes.append(_("There is no model here that could make pictures."))
        return reading
    tool = _tool(found, model)
    if tool is None:
        reading.notes.append(_("No tool of this model could make this picture."))
        return reading
    reading.model, reading.tool = named.name if named else None, tool.name
    params = {name: value for name, value in found.params.items() if value not in (None, "", [])}
    _take_words(params, reading)
    _take_sampler(params, model, reading)
    _take_loras(params, user, model, reading)
    reading.params = _clean(params, tool, model, reading)
    _tell_rest(found, reading)
    if tool.needs:
        reading.notes.append(_("It began with a picture or a drawing, which is not in the file."))
    return reading


def _model(name: str, usable: list[Model]) -> Model | None:
    """The model called so: by our name, its title, or the end of where its weights come from."""
    wanted = _plain(name)
    if not wanted:
        return None
    for model in usable:
        ends = model.source.rstrip("/").rpartition("/")[2].removesuffix(".safetensors")
        if wanted in (_plain(model.name), _plain(model.title), _plain(ends)):
            return model
    return None


def _tool(found: metadata.Found, model: Model) -> Tool | None:
    registry = tools.registry()
    for name in (found.tool, "text_to_image"):
        if name in registry and name in model.tools:
            return registry[name]
    return next((registry[name] for name in model.tools if name in registry), None)


def _take_words(params: dict[str, Any], reading: Reading) -> None:
    """Prompts without what no form takes; what is too long is cut."""
    for name in ("prompt", "negative_prompt"):
        if not isinstance(params.get(name), str):
            params.pop(name, None)
            continue
        text = unicodedata.normalize("NFC", params[name])
        text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
        if len(text) > settings.PROMPT_MAX:
            text = text[: settings.PROMPT_MAX]
            reading.notes.append(_("The prompt was cut after %(limit)s characters.") % {"limit": settings.PROMPT_MAX})
        params[name] = text


def _take_sampler(params: dict[str, Any], model: Model, reading: Reading) -> None:
    name = params.pop("sampler", "")
    if not isinstance(name, str) or not name:
        return
    if name in samplers.offered(model.family):
        params["sampler"] = name
    else:
        reading.notes.append(_("The sampler “%(name)s” is not here: the model's own is used.") % {"name": _short(name)})


def _take_loras(params: dict[str, Any], user: User, model: Model, reading: Reading) -> None:
    told = params.pop("loras", [])
    fitting = Adapter.objects.usable_by(user).filter(kind=Adapter.Kind.LORA, family=model.family)
    known = {_plain(adapter.name): adapter.name for adapter in fitting}
    taken: list[dict[str, Any]] = []
    for each in told if isinstance(told, list) else []:
        name = each.get("name") if isinstance(each, dict) else None
        if not isinstance(name, str):
            continue
        if _plain(name) in known and len(taken) < MOST_LORAS:
            taken.append({"name": known[_plain(name)], "weight": each.get("weight")})
        else:
            reading.notes.append(_("The LoRA “%(name)s” is not here.") % {"name": _short(name)})
    if taken:
        params["loras"] = taken


def _clean(params: dict[str, Any], tool: Tool, model: Model, reading: Reading) -> dict[str, Any]:
    """Those of `params` that the tool's own form takes; of the others it is said why not."""
    fields = tool.form_class.base_fields
    params = {name: value for name, value in params.items() if name in fields}
    for _again in range(len(params) + 1):
        try:
            tool.clean(params, model)
        except Refused as refused:
            faults = set(refused.fields) & set(params)
            # Width and height belong together: one alone would make another shape.
            if faults & SIDES:
                size = " × ".join(str(params.pop(side)) for side in ("width", "height") if side in params)
                why = next(refused.fields[side]["message"] for side in sorted(faults & SIDES))
                reading.notes.append(_not_taken(_("Size"), size, why))
            if not faults:
                return {}
            for name in sorted(faults - SIDES):
                label = str(fields[name].label or name)
                reading.notes.append(_not_taken(label, str(params.pop(name)), refused.fields[name]["message"]))
        else:
            break
    return params


def _not_taken(name: str, value: str, why: str) -> str:
    said = {"name": name, "value": _short(value), "why": why}
    return _("%(name)s %(value)s was not taken over. %(why)s") % said


def _tell_rest(found: metadata.Found, reading: Reading) -> None:
    rest = [name for name in found.left if name != "Clip skip"]
    if "Clip skip" in found.left or "clip_skip" in rest:
        rest = [name for name in rest if name != "clip_skip"]
        reading.notes.append(_("Clip skip is not known here and was left out."))
    if rest:
        reading.notes.append(_("Not taken over: %(names)s") % {"names": ", ".join(_short(name) for name in rest)})


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _short(text: str) -> str:
    """A foreign name as it is shown: bounded, one line."""
    line = " ".join(text.split())
    return line if len(line) <= TOLD else line[:TOLD] + "…"
