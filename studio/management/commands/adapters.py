"""`manage.py adapters`: LoRAs and embeddings on the command line, e.g. `adapters add pencil pencil.safetensors`."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Max

from studio.models import Adapter, Model


class Command(BaseCommand):
    help = "Lists the LoRAs and embeddings of this instance, adds one, switches one on or off."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", help="without one: the list")
        add = actions.add_parser("add", help="offer another one")
        add.add_argument("name", help="how programs and <lora:name:1> call it: letters, digits, dashes")
        add.add_argument("source", help="a safetensors file, or a folder with one")
        add.add_argument("--title", help="how people see it; default: the name")
        add.add_argument("--token", default="", help="makes it an embedding: the word in prompts that it stands for")
        add.add_argument("--family", default="sd", help="the models it fits; default: sd (Stable Diffusion 1 and 2)")
        add.add_argument("--weight", type=float, default=1.0, help="how strongly a LoRA counts; default: 1")
        add.add_argument("--words", default="", help="trigger words, shown beside it")
        add.add_argument("--licence", default="")
        for action in ("enable", "disable"):
            actions.add_parser(action).add_argument("name")

    def handle(self, *args: Any, action: str | None, **options: Any) -> None:
        if action == "add":
            self._add(options)
        elif action and not Adapter.objects.filter(name=options["name"]).update(enabled=action == "enable"):
            raise CommandError(f"There is no LoRA or embedding called {options['name']}.")
        for row in Adapter.objects.all():
            state = "" if row.enabled else "  (off)"
            self.stdout.write(f"{row.name:<20} {row.kind}/{row.family:<8} {row.source}{state}")

    def _add(self, options: dict[str, Any]) -> None:
        last = Adapter.objects.aggregate(last=Max("position"))["last"] or 0
        fields = ("name", "source", "token", "family", "weight", "words", "licence")
        row = Adapter(
            **{name: options[name] for name in fields},
            title=options["title"] or options["name"],
            kind=Adapter.Kind.EMBEDDING if options["token"] else Adapter.Kind.LORA,
            position=last + 1,
        )
        try:
            row.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        row.save()
        if not Model.objects.filter(family=row.family).exists():
            self.stderr.write(f"No model of the family {row.family} is in the catalogue yet: nobody is offered it.")
