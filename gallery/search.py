"""Full-text search over prompt, title, description and tags, on SQLite (FTS5) and on PostgreSQL (tsvector).

`matching` only ever narrows works that the caller may show already, so nobody's private words are found by others. The
words are cut by gallery/words.py. Whatever changes a work's words calls `index` in the same transaction.
"""

import itertools
from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.db.models.expressions import RawSQL

from gallery import words
from gallery.models import Reveals, SearchText, Work, WorkQuerySet, WorkTag
from gallery.words import Term

CHUNK = 500

# Which words are looked at: what everybody may find, or everything.
SQLITE = (
    "SELECT work_id FROM gallery_searchtext "
    "WHERE id IN (SELECT rowid FROM gallery_search WHERE gallery_search MATCH %s)"
)
POSTGRESQL = {
    False: "SELECT work_id FROM gallery_searchtext WHERE shown @@ to_tsquery('simple', %s)",
    True: "SELECT work_id FROM gallery_searchtext WHERE whole @@ to_tsquery('simple', %s)",
}


def matching(works: WorkQuerySet, query: str, *, own: bool = False) -> WorkQuerySet:
    """Those of `works` that have every word of `query`; all of them when it is blank, none when it has no word.

    With `own`, which is for a person's own works only, also words that others are not shown (Work.reveals). Never
    raises, whatever `query` is: it is cut into words first, and only these reach the database.
    """
    if not query.strip():
        return works
    terms = words.terms(query)
    if not terms:
        return works.none()
    if connection.vendor == "sqlite":
        found = RawSQL(SQLITE, [_for_sqlite(terms, own)])  # noqa: S611 (a constant)
    else:
        found = RawSQL(POSTGRESQL[own], [_for_postgresql(terms)])  # noqa: S611 (one of two constants)
    return works.filter(pk__in=found)


def index(works: Iterable[UUID]) -> None:
    """Bring the words of these works up to date."""
    ids = list(works)
    found = Work.objects.filter(pk__in=ids).values_list("pk", "reveals", "title", "description", "prompt")
    tags: dict[UUID, list[str]] = {}
    for work, name in WorkTag.objects.filter(work__in=ids).order_by("id").values_list("work_id", "tag__name"):
        tags.setdefault(work, []).append(name)
    rows = [
        SearchText(work_id=pk, **_columns(reveals, prompt, title, description, *tags.get(pk, [])))
        for pk, reveals, title, description, prompt in found
    ]
    SearchText.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["work"], update_fields=["text", "hidden"]
    )


def _columns(reveals: str, prompt: str, *others: str) -> dict[str, str]:
    if reveals == Reveals.PICTURE:
        return {"text": words.for_index(*others), "hidden": words.for_index(prompt)}
    return {"text": words.for_index(prompt, *others), "hidden": ""}


def rebuild() -> int:
    """Cut the words of every work anew and let the database index them from nothing; how many works there are."""
    ids = Work.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=CHUNK)
    count = 0
    while chunk := list(itertools.islice(ids, CHUNK)):
        index(chunk)
        count += len(chunk)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO gallery_search (gallery_search) VALUES ('rebuild')")
        else:
            cursor.execute("REINDEX TABLE gallery_searchtext")
    return count


def _for_sqlite(terms: list[Term], own: bool) -> str:
    """Tokens are letters and digits only, so the quotes hold."""
    columns = "{text hidden}" if own else "{text}"
    return (
        f"{columns} : ("
        + " AND ".join(f'"{" ".join(term.tokens)}"{" *" if term.prefix else ""}' for term in terms)
        + ")"
    )


def _for_postgresql(terms: list[Term]) -> str:
    return " & ".join(
        "(" + " <-> ".join(f"'{token}'" for token in term.tokens) + (":*" if term.prefix else "") + ")"
        for term in terms
    )
