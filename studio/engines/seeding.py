"""Fills the catalogue from settings MODELS; what the admin edited stays as it is. Imports no engine."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from studio.engines.chat_scene import settled
from studio.models import Model, Server


def seed() -> list[str]:
    """Add the rows of settings MODELS that are missing, in their order; returns the names added.

    A row that is there learns what a newer version's settings say, in each field that nobody has edited.
    """
    added: list[str] = []
    _seed_chat()
    for position, entry in enumerate([*settings.MODELS, *_chat_model()], start=1):
        fields = {name: value for name, value in entry.items() if name != "name"}
        row, created = Model.objects.get_or_create(
            name=entry["name"], defaults={"position": position, "seeded": fields} | fields
        )
        if created:
            added.append(str(entry["name"]))
        else:
            _renew(row, fields)
    return added


def _renew(row: Model, fields: Mapping[str, Any]) -> None:
    untouched = {name: value for name, value in fields.items() if getattr(row, name) == row.seeded.get(name)}
    if row.seeded and row.seeded != fields:
        Model.objects.filter(pk=row.pk).update(**untouched, seeded=row.seeded | untouched)


def _chat_model() -> list[dict[str, Any]]:
    """The chat model of the settings; one that they no longer name is switched off."""
    on = settled.is_on()
    if not on and not Model.objects.filter(name=settled.NAME, engine=settled.KIND).exists():
        return []
    named = {"title": settings.CHAT_MODEL[:100], "source": settings.CHAT_MODEL} if on else {}
    about = {"engine": settled.KIND, "family": "chat", "tools": ["code_scene"], "defaults": {}, "enabled": on}
    about |= {"position": 2000}  # behind all that make pictures: the first model is the default
    return [{"name": settled.NAME} | about | named]


def _seed_chat() -> None:
    """The row of its server follows the settings: they are edited there, not in the admin."""
    if not settled.is_on():
        Server.objects.filter(name=settled.NAME, kind=settled.KIND).update(enabled=False)
        return
    told = {"base_url": settings.CHAT_URL, "timeout": settings.CHAT_TIMEOUT, "at_once": settings.CHAT_AT_ONCE}
    about = {"kind": settled.KIND, "enabled": True} | told
    row, created = Server.objects.get_or_create(name=settled.NAME, defaults=about)
    if not created and row.kind == settled.KIND:
        moved = {"offers": [], "failures": 0, "open_until": None} if row.base_url != settings.CHAT_URL else {}
        Server.objects.filter(pk=row.pk).update(**about, **moved)
