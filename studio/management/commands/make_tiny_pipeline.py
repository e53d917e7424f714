"""`manage.py make_tiny_pipeline PATH`: a tiny Stable Diffusion with random weights, for tests and try-outs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Write a tiny random Stable Diffusion pipeline (about 1 MB) in diffusers format."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--controlnet", action="store_true", help="Add a scribble ControlNet beside it.")
        parser.add_argument("--seed", type=int, default=0, help="The same seed gives the same weights.")

    def handle(self, *args: Any, **options: Any) -> None:
        from studio.engines.local import tiny

        tiny.write(options["path"], controlnet=options["controlnet"], seed=options["seed"])
        self.stdout.write(f"Written to {options['path']}")
