"""The API's addresses of what there is to make pictures with: tools, with every parameter, and models."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from ninja import Router, Schema

from accounts.models import User
from studio import tools
from studio.api.auth import by, person
from studio.api.paging import Page
from studio.commands.generations import model_for
from studio.gates import keyring
from studio.models import Adapter, Model
from studio.tools.base import Tool
from studio.tools.fields import Switch
from studio.tools.world import WorldField
from studio.words.errors import Refused

router = Router(tags=["catalogue"], auth=by("read", "generate"))
# What a form's field is in JSON, the more special first.
KINDS = (
    (forms.FloatField, "number"),
    (forms.IntegerField, "integer"),
    (Switch, "boolean"),
    (WorldField, "object"),
)


class ParameterView(Schema):
    """One parameter of a tool. `type` as in JSON; `choices`, if not null, are all that it can be. What is left out of a
    request takes `default`."""

    name: str
    title: str
    help: str
    type: str
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    choices: list[Any] | None = None


class ToolView(Schema):
    """What can be made: `needs` are the roles of pictures it must be given, `takes` of those it may be given besides.

    `parameters` are those with the model `model`, the first of `models`, which are all that can be used with it.
    """

    name: str
    title: str
    makes: str
    needs: list[str]
    takes: list[str]
    models: list[str]
    model: str
    parameters: list[ParameterView]


class LoraView(Schema):
    """A LoRA that may be used with a model: `words` to put into the prompt for it, `weight` where none is said."""

    name: str
    title: str
    words: str
    weight: float


class ModelView(Schema):
    """A model of the catalogue. `defaults` are its own values of parameters, `max_side` is in pixels."""

    name: str
    title: str
    family: str
    engine: str
    licence: str
    tools: list[str]
    defaults: dict[str, Any]
    max_side: int
    loras: list[LoraView]


@router.get("/tools", response=Page[ToolView])
def all_tools(request: HttpRequest) -> Any:
    """Everything that can be made here, with the parameters for each tool's first model."""
    usable = _usable(request)
    known = [(tool, [model for model in usable if tool.name in model.tools]) for tool in tools.registry().values()]
    return {"items": [_tool(tool, fitting[0], fitting) for tool, fitting in known if fitting]}


@router.get("/tools/{name}", response=ToolView)
def one_tool(request: HttpRequest, name: str, model: str | None = None) -> Any:
    """One tool, with the parameters as they are with `model` (its first one where none is named)."""
    tool = tools.find(name)
    chosen = model_for(person(request), tool, model, keyring.key_of(request))
    fitting = [each for each in _usable(request) if tool.name in each.tools]
    if chosen.name not in {each.name for each in fitting}:
        raise Refused("model_unavailable")
    return _tool(tool, chosen, fitting)


@router.get("/models", response=Page[ModelView])
def all_models(request: HttpRequest) -> Any:
    """The models that one may use (with this key), the default first."""
    loras = list(Adapter.objects.usable_by(person(request)).filter(kind=Adapter.Kind.LORA))
    return {"items": [_model(model, loras) for model in _usable(request)]}


@router.get("/models/{name}", response=ModelView)
def one_model(request: HttpRequest, name: str) -> Any:
    """One model."""
    loras = list(Adapter.objects.usable_by(person(request)).filter(kind=Adapter.Kind.LORA))
    for model in _usable(request):
        if model.name == name:
            return _model(model, loras)
    raise Refused("not_found")


def usable_by(user: User, key: Any) -> list[Model]:
    """The models that `user` may use, with an API `key` only those that it allows."""
    models = Model.objects.usable_by(user)
    if key is not None and key.model_names:
        models = models.filter(name__in=key.model_names)
    return list(models)


def _usable(request: HttpRequest) -> list[Model]:
    return usable_by(person(request), keyring.key_of(request))


def _tool(tool: Tool, model: Model, fitting: Sequence[Model]) -> dict[str, Any]:
    form = tool.form_class({}, model)
    return {
        "name": tool.name,
        "title": str(tool.title),
        "makes": tool.makes,
        "needs": list(tool.needs),
        "takes": list(tool.takes),
        "models": [each.name for each in fitting],
        "model": model.name,
        "parameters": [_parameter(name, field, form.data.get(name)) for name, field in form.fields.items()],
    }


def _parameter(name: str, field: forms.Field, default: Any) -> dict[str, Any]:
    kind = next((kind for cls, kind in KINDS if isinstance(field, cls)), "string")
    choices = [value for value, _words in getattr(field, "choices", None) or ()]
    if name == "loras":
        kind, default = "array", []
    return {
        "name": name,
        "title": str(field.label or name),
        "help": str(field.help_text),
        "type": kind,
        "default": default,
        "minimum": getattr(field, "min_value", None),
        "maximum": getattr(field, "max_value", None),
        "max_length": getattr(field, "max_length", None),
        "choices": choices or None,
    }


def _model(model: Model, loras: Sequence[Adapter]) -> dict[str, Any]:
    fitting = [each for each in loras if each.family == model.family]
    named = ("name", "title", "family", "engine", "licence", "tools", "defaults", "max_side")
    told = [{"name": a.name, "title": a.title, "words": a.words, "weight": a.weight} for a in fitting]
    return {name: getattr(model, name) for name in named} | {"loras": told}
