"""Fills the catalogue from settings MODELS; what the admin edited stays as it is. Imports no engine."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from studio.models import Model


def seed() -> list[str]:
    """Add the rows of settings MODELS that are missing, in their order; returns the names added.

    A row that is there learns what a newer version's settings say, in each field that nobody has edited.
    """
    added: list[str] = []
    for position, entry in enumerate(settings.MODELS, start=1):
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
