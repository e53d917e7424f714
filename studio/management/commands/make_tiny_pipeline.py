"""`manage.py make_tiny_pipeline PATH`: a tiny model of any family with random weights, for tests and try-outs."""

from pathlib import Path
from typing import Any, get_args

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Write a tiny random pipeline (about 1 MB) in diffusers format."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument(
            "--shape", default="sd", help="sd, sd2, turbo, lcm, inpaint, xl, xl-…; or flux, sd3, z_image …"
        )
        parser.add_argument("--controlnet", action="store_true", help="Add a scribble ControlNet beside it.")
        parser.add_argument("--seed", type=int, default=0, help="The same seed gives the same weights.")

    def handle(self, *args: Any, **options: Any) -> None:
        from studio.engines.local import tiny, tiny_flows

        shape, seed = options["shape"], options["seed"]
        if shape in tiny_flows.MAKERS:
            tiny_flows.write(options["path"], shape, seed=seed)
        elif shape in get_args(tiny.Shape):
            tiny.write(options["path"], shape=shape, controlnet=options["controlnet"], seed=seed)
        else:
            raise CommandError(f"There are: {', '.join([*get_args(tiny.Shape), *tiny_flows.MAKERS])}.")
        self.stdout.write(f"Written to {options['path']}")
