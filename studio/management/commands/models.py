"""`manage.py models`: the catalogue on the command line, e.g. `models add sd15 org/name`, `models disable starter`.

`models convert FILE.pth FILE.safetensors` makes a published file readable here, without the catalogue."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Max

from studio import tools
from studio.engines.comfyui import known as on_comfyui
from studio.engines.local.recognise import COLOURS, Unknown, check_faces, recognise
from studio.engines.mesh_http.known import suits as meshes_of
from studio.engines.openai_images.known import suits
from studio.models import Model, Server

# What suits a model of engines on other servers, by its name there.
SUITS = {"comfyui": on_comfyui.suits, "mesh_http": meshes_of}


class Command(BaseCommand):
    help = "Lists the models of this instance, adds one, switches one on or off, converts a published weights file."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", help="without one: the list")
        add = actions.add_parser("add", help="offer another model")
        add.add_argument("name", help="how programs call it: letters, digits, dashes")
        add.add_argument("source", help="a folder in diffusers format, or a hub id such as org/name; safetensors only")
        add.add_argument("--title", help="how people see it; default: the name")
        add.add_argument("--engine", default="local", choices=sorted(settings.ENGINES))
        add.add_argument("--server", help="for engines on other servers: only the one of this name")
        add.add_argument("--family", default="", help="default: as the model says itself, see studio/engines/local")
        add.add_argument("--revision", default="", help="the hub's commit; without one the newest")
        add.add_argument(
            "--part", action="append", default=[], metavar="ROLE=SOURCE", help="e.g. controlnet_scribble=…, faces=…"
        )
        add.add_argument("--dtype", default="auto", choices=["auto", "float32", "float16", "bfloat16"])
        add.add_argument("--tools", help="with commas; default: all that it can do")
        add.add_argument("--defaults", default="{}", help='JSON, e.g. {"steps": 25}; the rest: what suits the model')
        add.add_argument("--schedule", help='JSON for its scheduler, e.g. {"timestep_spacing": "trailing"}')
        add.add_argument("--max-side", type=int, help="longest side in pixels; default: what suits the model")
        add.add_argument("--licence", default="")
        for action in ("enable", "disable"):
            actions.add_parser(action).add_argument("name")
        convert = actions.add_parser("convert", help="write a published .pth, .pt or .bin file as safetensors")
        convert.add_argument("file", type=Path, help="read as numbers only: nothing in it is run")
        convert.add_argument("target", type=Path, help="a file that ends in .safetensors, or a folder for it")

    def handle(self, *args: Any, action: str | None, **options: Any) -> None:
        if action == "convert":
            self._convert(options["file"], options["target"])
            return
        if action == "add":
            self._add(options)
        elif action and not Model.objects.filter(name=options["name"]).update(enabled=action == "enable"):
            raise CommandError(f"There is no model called {options['name']}.")
        for model in Model.objects.all():
            state = "" if model.enabled else "  (off)"
            self.stdout.write(f"{model.name:<20} {model.engine}/{model.family:<8} {model.source}{state}")

    def _convert(self, file: Path, target: Path) -> None:
        from studio.engines.local.convert import Unreadable, convert

        try:
            made = convert(file, target)
        except Unreadable as error:
            raise CommandError(str(error)) from error
        except FileExistsError as error:
            raise CommandError(f"There is a file {error} already.") from error
        found = f" (of its {made.wrapper})" if made.wrapper else ""
        self.stdout.write(f"{made.file}: {made.tensors} tensors, {made.numbers:,} numbers{found}")

    def _add(self, options: dict[str, Any]) -> None:
        if Model.objects.filter(name=options["name"]).exists():
            raise CommandError(f"There is a model called {options['name']} already.")
        # What needs no model stays behind all of them.
        last = Model.objects.exclude(engine="plain").aggregate(last=Max("position"))["last"] or 0
        fields = ("name", "source", "engine", "family", "revision", "licence", "dtype")
        model = Model(
            **{name: options[name] for name in fields},
            title=options["title"] or options["name"],
            parts=_parts(options["part"]),
            position=last + 1,
            server=_server(options["server"]),
        )
        self._suit(model, options)
        if unknown := set(model.tools) - set(tools.registry()):
            raise CommandError(f"There is no tool called {', '.join(sorted(unknown))}.")
        try:
            model.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        model.save()

    def _suit(self, model: Model, options: dict[str, Any]) -> None:
        """Set what was asked for, and the rest by what the model is."""
        if model.engine == "local":
            try:
                found = recognise(model.ref().source, model.revision, model.family)
                if found.family == COLOURS and "faces" in model.parts:
                    check_faces(model.ref().parts["faces"])
            except Unknown as error:
                raise CommandError(str(error)) from error
            if found.guessed:
                self.stdout.write(f"The hub cannot be asked now; by its name this is of the family {found.family}.")
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
