"""Prepares the database for a start: tables, catalogue, and on the very first start an account to look around with."""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections

# Letters and digits nobody mixes up when reading them off a terminal; 14 of 31 are 69 bits.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
PASSWORD_LENGTH = 14


def prepare(say: Callable[[str], None]) -> None:
    """Migrate, seed the catalogue, make the demo account; `say` gets the account's line. Blocks; safe to repeat."""
    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("seed_models", verbosity=0)
        call_command("seed_presets", verbosity=0)
        if made := make_demo_account():
            say("account: {} / {}".format(*made))
    finally:
        connections.close_all()  # this may be a thread that ends now


def make_demo_account() -> tuple[str, str] | None:
    """Name and password of a new ordinary account, only while there is none at all: whoever deletes it means it."""
    people = get_user_model()
    if not settings.DEMO_ACCOUNT or people.objects.exists():
        return None
    password = "".join(secrets.choice(ALPHABET) for _ in range(PASSWORD_LENGTH))
    people.objects.create_user(username=settings.DEMO_ACCOUNT, password=password)
    return settings.DEMO_ACCOUNT, password
