"""`manage.py create_key USER [--scopes read,generate]`: makes an API key and prints its secret, and nothing else."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import keys
from accounts.models import User
from studio.commands import keyforms
from studio.words.errors import Refused, text


class Command(BaseCommand):
    help = "Make an API key of a person and print it. Nobody can read it again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="the person's name")
        parser.add_argument("--name", default="made on the server", help="what the person's page calls it")
        parser.add_argument(
            "--scopes", default="read,generate", help=f"what it may do: {', '.join(keys.SCOPES)}, or all"
        )
        parser.add_argument("--days", type=int, default=0, help="for how many days it is valid (0: for ever)")
        parser.add_argument("--models", default="", help="only with these models of the catalogue, a,b,…")
        parser.add_argument("--addresses", default="", help="only from these addresses or networks, a,b,…")
        parser.add_argument("--images-per-day", type=int, help="pictures that may be asked for with it in a day")
        parser.add_argument("--gpu-seconds-per-day", type=int, help="device seconds that it may use in a day")
        parser.add_argument("--code", action="store_true", help="a connect code for programs made for ComfyUI")

    def handle(self, *args: Any, **given: Any) -> None:
        owner = User.objects.filter(username=given["user"]).first()
        if owner is None:
            raise CommandError(f"There is nobody called {given['user']}.")
        wanted = ["comfy"] if given["code"] else _listed(given["scopes"])
        wish = keys.Wish(
            name=given["name"],
            scopes=list(keys.SCOPES) if wanted == ["all"] else wanted,
            model_names=_listed(given["models"]),
            images_per_day=given["images_per_day"],
            gpu_seconds_per_day=given["gpu_seconds_per_day"],
            addresses=_listed(given["addresses"]),
            expires_at=timezone.now() + timedelta(days=given["days"]) if given["days"] else None,
        )
        try:
            _key, secret = keyforms.make(owner, wish, in_path=given["code"])
        except Refused as refused:
            wrong = [f"{name}: {told['message']}" for name, told in refused.fields.items()]
            raise CommandError("\n".join(wrong) or text(refused.code, refused.params)) from None
        self.stdout.write(secret)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
