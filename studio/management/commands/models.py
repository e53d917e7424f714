"""`manage.py models`: the catalogue on the command line, e.g. `models add sd15 org/name`, `models disable starter`."""

import json
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Max

from studio import tools
from studio.models import Model


class Command(BaseCommand):
    help = "Lists the models of this instance, adds one, switches one on or off."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", help="without one: the list")
        add = actions.add_parser("add", help="offer another model")
        add.add_argument("name", help="how programs call it: letters, digits, dashes")
        add.add_argument("source", help="a folder in diffusers format, or a hub id such as org/name; safetensors only")
        add.add_argument("--title", help="how people see it; default: the name")
        add.add_argument("--engine", default="local", choices=sorted(settings.ENGINES))
        add.add_argument("--family", default="sd", help="default: sd (Stable Diffusion 1 and 2)")
        add.add_argument("--revision", default="", help="the hub's commit; without one the newest")
        add.add_argument(
            "--part", action="append", default=[], metavar="ROLE=SOURCE", help="e.g. controlnet_scribble=…"
        )
        add.add_argument("--tools", default=",".join(tools.registry()), help="with commas; default: all")
        add.add_argument("--defaults", default="{}", help='JSON, e.g. {"steps": 25, "width": 512, "height": 512}')
        add.add_argument("--max-side", type=int, default=768, help="longest side in pixels; default: 768")
        add.add_argument("--licence", default="")
        for action in ("enable", "disable"):
            actions.add_parser(action).add_argument("name")

    def handle(self, *args: Any, action: str | None, **options: Any) -> None:
        if action == "add":
            self._add(options)
        elif action and not Model.objects.filter(name=options["name"]).update(enabled=action == "enable"):
            raise CommandError(f"There is no model called {options['name']}.")
        for model in Model.objects.all():
            state = "" if model.enabled else "  (off)"
            self.stdout.write(f"{model.name:<20} {model.engine}/{model.family:<8} {model.source}{state}")

    def _add(self, options: dict[str, Any]) -> None:
        wanted = [name for name in options["tools"].split(",") if name]
        if unknown := set(wanted) - set(tools.registry()):
            raise CommandError(f"There is no tool called {', '.join(sorted(unknown))}.")
        if Model.objects.filter(name=options["name"]).exists():
            raise CommandError(f"There is a model called {options['name']} already.")
        last = Model.objects.aggregate(last=Max("position"))["last"] or 0
        fields = ("name", "source", "engine", "family", "revision", "licence", "max_side")
        model = Model(
            **{name: options[name] for name in fields},
            title=options["title"] or options["name"],
            parts=_parts(options["part"]),
            tools=wanted,
            defaults=_defaults(options["defaults"]),
            position=last + 1,
        )
        try:
            model.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        model.save()


def _parts(given: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if not all(equals and source for _role, equals, source in pairs):
        raise CommandError("A part is ROLE=SOURCE.")
    return {role: source for role, _equals, source in pairs}


def _defaults(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise CommandError(f"--defaults is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise CommandError("--defaults must be a JSON object.")
    return value
