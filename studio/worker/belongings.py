"""Everything of a person in the database, found by the tables' own links. The export writes it, deletion removes it.

A new table with a link to a person is exported by itself; what must not go out is named here, with the reason.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from accounts.models import User

# Columns that are nobody's to read: digests of secrets, and the inner bookkeeping of queues.
SECRET = frozenset(
    {"password", "token", "secret", "key_hash", "token_hash", "data", "session_key"}
    | {"secret_sealed", "former_sealed"}
)
# Tables that repeat what others tell, or that hold secrets only.
LEFT_OUT = frozenset(
    {
        "admin.LogEntry",  # what staff did is the house's record
        "studio.Event",  # fifteen minutes of the page's news
        "studio.EventHead",
        "studio.Once",  # answers of the API that are given again
        "studio.Archive",
        "studio.Board",  # written as files
        "gallery.Work",  # written as files
        "mfa.Authenticator",  # secrets
    }
)
# Links that say what somebody did as a moderator: those rows are about other people.
IN_OFFICE = frozenset({"gallery.Case.claimed_by", "gallery.Decision.moderator", "gallery.Appeal.moderator"})


def links() -> Iterator[tuple[type[models.Model], models.ForeignKey[Any, Any]]]:
    """Every (table, column) that links a row to a person."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and issubclass(field.related_model, User):
                yield model, field


def tables(user: User) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """(name, rows) of each exported table that has rows of `user`; a row is its readable columns."""
    for model, field in links():
        if model._meta.label in LEFT_OUT or f"{model._meta.label}.{field.name}" in IN_OFFICE:
            continue
        columns = [column.attname for column in model._meta.concrete_fields if column.name not in SECRET]
        rows = list(model._base_manager.filter(**{field.name: user}).order_by("pk").values(*columns)[:100_000])
        if rows:
            yield f"{model._meta.label_lower}-{field.name}", rows


def account(user: User) -> dict[str, Any]:
    """The person's own row, without secrets."""
    columns = [column for column in user._meta.concrete_fields if column.name not in SECRET]
    return {column.attname: getattr(user, column.attname) for column in columns}
