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
from gallery.models import SearchText, Work, WorkQuerySet, WorkTag
from gallery.words import Term

CHUNK = 500

FOUND = {
    "sqlite": (
        "SELECT work_id FROM gallery_searchtext WHERE id IN "
        "(SELECT rowid FROM gallery_search WHERE gallery_search MATCH %s)"
    ),
    "postgresql": "SELECT work_id FROM gallery_searchtext WHERE vector @@ to_tsquery('simple', %s)",
}


def matching(works: WorkQuerySet, query: str) -> WorkQuerySet:
    """Those of `works` that have every word of `query`; all of them when it is blank, none when it has no word.

    Never raises, whatever `query` is: it is cut into words first, and only these reach the database.
    """
    if not query.strip():
        return works
    terms = words.terms(query)
    if not terms:
        return works.none()
    vendor = connection.vendor
    asked = (_for_sqlite if vendor == "sqlite" else _for_postgresql)(terms)
    return works.filter(pk__in=RawSQL(FOUND[vendor], [asked]))  # noqa: S611 (one of two constants)


def index(works: Iterable[UUID]) -> None:
    """Bring the words of these works up to date."""
    ids = list(works)
    found = Work.objects.filter(pk__in=ids).values_list("pk", "title", "prompt", "description")
    tags: dict[UUID, list[str]] = {}
    for work, name in WorkTag.objects.filter(work__in=ids).order_by("id").values_list("work_id", "tag__name"):
        tags.setdefault(work, []).append(name)
    rows = [SearchText(work_id=pk, text=words.for_index(*texts, *tags.get(pk, []))) for pk, *texts in found]
    SearchText.objects.bulk_create(rows, update_conflicts=True, unique_fields=["work"], update_fields=["text"])


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
            cursor.execute("REINDEX INDEX gallery_searchtext_vector")
    return count


def _for_sqlite(terms: list[Term]) -> str:
    """Tokens are letters and digits only, so the quotes hold."""
    return " AND ".join(f'"{" ".join(term.tokens)}"{" *" if term.prefix else ""}' for term in terms)


def _for_postgresql(terms: list[Term]) -> str:
    return " & ".join(
        "(" + " <-> ".join(f"'{token}'" for token in term.tokens) + (":*" if term.prefix else "") + ")"
        for term in terms
    )
