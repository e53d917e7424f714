"""Fills the catalogue from settings MODELS; what the admin edited stays as it is. Imports no engine."""

from django.conf import settings

from studio.models import Model


def seed() -> list[str]:
    """Add the rows of settings MODELS that are missing, in their order; returns the names added."""
    added: list[str] = []
    for position, entry in enumerate(settings.MODELS, start=1):
        fields = {name: value for name, value in entry.items() if name != "name"}
        _row, created = Model.objects.get_or_create(name=entry["name"], defaults=fields | {"position": position})
        if created:
            added.append(str(entry["name"]))
    return added
