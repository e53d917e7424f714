"""`manage.py models`: the catalogue on the command line, e.g. `models add sd15 org/name`, `models pull sd15`.

What each act does is in studio/management/catalogue; here is only what it is called and what it takes."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.management.catalogue import adding, keeping, warming
from studio.models import Model


class Command(BaseCommand):
    help = "The models of this instance: list, add, pull, verify, warm, enable, disable, queue, remove, convert."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", help="without one: the list")
        listing = actions.add_parser("list", help="what there is")
        listing.add_argument("--long", action="store_true", help="with queue, bytes here, licence and commit")
        self._add_arguments_of_add(actions.add_parser("add", help="offer another model"))
        pull = actions.add_parser("pull", help="fetch and check the files of a model on a hub")
        pull.add_argument("name")
        pull.add_argument("--accept-licence", default="", metavar="LICENCE", help="what you read and accept")
        pull.add_argument("--max-gb", type=float, default=100.0, help="refuse what is larger; default: 100")
        pull.add_argument("--look", action="store_true", help="only say what would be fetched")
        verify = actions.add_parser("verify", help="hold files against what was known of them")
        verify.add_argument("names", nargs="*", metavar="name", help="default: all")
        verify.add_argument("--write", action="store_true", help="keep what they are now")
        warm = actions.add_parser("warm", help="have the workers load a model now")
        warm.add_argument("name")
        warm.add_argument("--wait", type=float, default=900.0, help="seconds; default: 900")
        for action in ("enable", "disable"):
            actions.add_parser(action).add_argument("name")
        queue = actions.add_parser("queue", help="pin a model to workers of a queue")
        queue.add_argument("name")
        queue.add_argument("queue", nargs="?", default="", help="such as gpu-large; default: that of its engine")
        remove = actions.add_parser("remove", help="take a model out of the catalogue")
        remove.add_argument("name")
        remove.add_argument("--files", action="store_true", help="its files go, too, where nobody else uses them")
        convert = actions.add_parser("convert", help="write a published .pth, .pt or .bin file as safetensors")
        convert.add_argument("file", type=Path, help="read as numbers only: nothing in it is run")
        convert.add_argument("target", type=Path, help="a file that ends in .safetensors, or a folder for it")

    def _add_arguments_of_add(self, add: CommandParser) -> None:
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
        add.add_argument("--queue", default="", help="only workers that listen to it make it, such as gpu-large")

    def handle(self, *args: Any, action: str | None, **options: Any) -> None:
        say = self.stdout.write
        name = options.get("name", "")
        if action == "convert":
            self._convert(options["file"], options["target"])
        elif action == "pull":
            from studio.management.catalogue import pulling  # here only: it reads the hub's library

            wish = {"accept": options["accept_licence"], "most": options["max_gb"], "only_look": options["look"]}
            pulling.pull(name, **wish, say=say)
        elif action == "verify":
            keeping.verify(options["names"], write=options["write"], say=say)
        elif action == "warm":
            warming.warm(name, wait=options["wait"], say=say)
        elif action == "queue":
            try:
                keeping.put(name, options["queue"], say)
            except ValidationError as error:
                raise CommandError("; ".join(error.messages)) from error
        elif action == "remove":
            keeping.remove(name, with_files=options["files"], say=say)
        else:
            if action == "add":
                adding.add(options, say)
            elif action in ("enable", "disable") and not _switch(name, on=action == "enable"):
                raise CommandError(f"There is no model called {name}.")
            keeping.tell(much=bool(options.get("long")), say=say)

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


def _switch(name: str, *, on: bool) -> int:
    return Model.objects.filter(name=name).update(enabled=on)
