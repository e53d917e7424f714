"""`models add`: another row of the catalogue, by what the model says of itself."""

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db.models import Max

from studio import tools
from studio.engines.comfyui import known as on_comfyui
from studio.engines.local.recognise import COLOURS, Unknown, check_faces, recognise
from studio.engines.mesh_http.known import suits as meshes_of
from studio.engines.openai_images.known import suits
from studio.models import Model, Server

SUITS = {"comfyui": on_comfyui.suits, "mesh_http": meshes_of}


def add(options: dict[str, Any], say: Callable[[str], Any]) -> Model:
    """A new row, by the options of the command line. Raises CommandError."""
    if Model.objects.filter(name=options["name"]).exists():
        raise CommandError(f"There is a model called {options['name']} already.")
    # What needs no model stays behind all of them.
    last = Model.objects.exclude(engine="plain").aggregate(last=Max("position"))["last"] or 0
    fields = ("name", "source", "engine", "family", "revision", "licence", "dtype", "queue")
    model = Model(
        **{name: options[name] for name in fields},
        title=options["title"] or options["name"],
        parts=_parts(options["part"]),
        position=last + 1,
        server=_server(options["server"]),
    )
    _suit(model, options, say)
    if unknown := set(model.tools) - set(tools.registry()):
        raise CommandError(f"There is no tool called {', '.join(sorted(unknown))}.")
    try:
        model.full_clean()
    except ValidationError as error:
        raise CommandError("; ".join(error.messages)) from error
    model.save()
    return model


def _suit(model: Model, options: dict[str, Any], say: Callable[[str], Any]) -> None:
    """Set what was asked for, and the rest by what the model is."""
    if model.engine == "local":
        try:
            found = recognise(model.ref().source, model.revision, model.family)
            if found.family == COLOURS and "faces" in model.parts:
                check_faces(model.ref().parts["faces"])
        except Unknown as error:
            raise CommandError(str(error)) from error
        if found.guessed:
            say(f"The hub cannot be asked now; by its name this is of the family {found.family}.")
        model.family, model.defaults, model.schedule = found.family, found.defaults, found.schedule
        can = [*found.tools, *(["upscale"] if "upscaler" in model.parts else [])]
        model.tools, model.max_side = [name for name in can if name in tools.registry()], found.max_side
    elif model.engine == "openai_images":
        servers = Server.objects.filter(kind=model.engine, **({"pk": model.server.pk} if model.server else {}))
        for field, value in suits(model.source, set(servers.values_list("dialect", flat=True))).items():
            setattr(model, field, model.family or value if field == "family" else value)
    elif model.engine in SUITS:
        for field, value in SUITS[model.engine](model.source).items():
            setattr(model, field, model.family or value if field == "family" else value)
    else:
        model.tools = list(tools.registry())
    model.defaults |= _json(options, "defaults")
    if options["tools"] is not None:
        model.tools = [name for name in options["tools"].split(",") if name]
    if options["schedule"] is not None:
        model.schedule = _json(options, "schedule")
    if options["max_side"] is not None:
        model.max_side = options["max_side"]


def _server(name: str | None) -> Server | None:
    found = Server.objects.filter(name=name).first()
    if name and found is None:
        raise CommandError(f"There is no server called {name}.")
    return found


def _parts(given: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if not all(equals and source for _role, equals, source in pairs):
        raise CommandError("A part is ROLE=SOURCE.")
    return {role: source for role, _equals, source in pairs}


def _json(options: dict[str, Any], name: str) -> dict[str, Any]:
    try:
        value = json.loads(options[name])
    except ValueError as error:
        raise CommandError(f"--{name} is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise CommandError(f"--{name} must be a JSON object.")
    return value
