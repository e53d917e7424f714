"""Full-text search over prompt, title, description and tags, on SQLite (FTS5) and on PostgreSQL (tsvector).

`matching` only ever narrows works that the caller may show already, so nobody's private words are found by others. The
words are cut by gallery/finding/words.py. Whatever changes a work's words calls `index` in the same transaction.
"""

import itertools
from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, OuterRef, Subquery
from django.db.models.expressions import RawSQL

from gallery.finding import words
from gallery.finding.words import Term
from gallery.models import Reveals, SearchText, Tag, Work, WorkQuerySet, WorkTag

CHUNK = 500

# More works than this with the words asked for: then it is quicker to go through the list in its order and look at each
# work's words, since a page is full soon. Fewer: then all of them are fetched and put in order.
MANY = 1500

MATCHES = {
    "sqlite": "SELECT rowid FROM gallery_search WHERE gallery_search MATCH %s",
    "postgresql": "SELECT work_id FROM gallery_searchtext WHERE {column} @@ to_tsquery('simple', %s)",
}


def matching(works: WorkQuerySet, query: str, *, tag: str = "", own: bool = False) -> WorkQuerySet:
    """Those of `works` that have every word of `query`, and `tag` (as gallery/finding/tags.py folds it) if given.

    All of them when both are blank, none when `query` has no word. With `own`, which is for a person's own works only,
    also words that others are not shown (Work.reveals). Never raises, whatever `query` is: it is cut into words first,
    and only these reach the database. One query to see how common all that is together; the planners of both databases
    are wrong about it by orders of magnitude.
    """
    if not query.strip() and not tag:
        return works
    terms = words.terms(query)
    if not terms and query.strip():
        return works.none()
    if tag:
        row = Tag.objects.filter(name=tag).first()
        if row is None:
            return works.none()
        terms.append(Term((_token(row.pk),), prefix=False))
    if connection.vendor == "sqlite":
        return _on_sqlite(works, _for_sqlite(terms, own), own)
    return _on_postgresql(works, _for_postgresql(terms), "whole" if own else "shown")


def _token(tag_id: int) -> str:
    """A tag as a word of its own, so that "the tag sea and the word cat" is one question to one index.

    Whoever types it finds the works with that tag; nobody has it in a prompt.
    """
    return f"qqtag{tag_id}"


def _on_sqlite(works: WorkQuerySet, asked: str, own: bool) -> WorkQuerySet:
    matches = MATCHES["sqlite"]
    if own or _are_many(matches, asked):
        words_of = Subquery(SearchText.objects.filter(work=OuterRef("pk")).values("id"))
        return works.alias(words=words_of).filter(words__in=RawSQL(matches, [asked]))  # noqa: S611 (a constant)
    of_works = f"SELECT work_id FROM gallery_searchtext WHERE id IN ({matches})"  # noqa: S608 (constants)
    return works.filter(pk__in=RawSQL(of_works, [asked]))  # noqa: S611 (constants)


def _on_postgresql(works: WorkQuerySet, asked: str, column: str) -> WorkQuerySet:
    matches = MATCHES["postgresql"].format(column=column)
    if column == "whole" or _are_many(matches, asked):
        has_words = RawSQL(f"{column} @@ to_tsquery('simple', %s)", [asked], BooleanField())  # noqa: S611 (constants)
        # A subquery of one value, not EXISTS: that one the planner would turn round, and fetch all that match.
        found = Subquery(SearchText.objects.alias(has=has_words).filter(has=True, work=OuterRef("pk")).values("id"))
        return works.alias(words=found).filter(words__isnull=False)
    # An array is made first, whatever the planner thinks of the order.
    return works.filter(pk__in=RawSQL(f"SELECT unnest(ARRAY({matches}))", [asked]))  # noqa: S611 (constants)


def _are_many(matches: str, asked: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({matches} LIMIT {MANY + 1}) AS found", [asked])  # noqa: S608 (constants)
        return bool(cursor.fetchone()[0] > MANY)


def begin(works: Iterable[Work]) -> None:
    """Index works that were made just now, in this transaction: they have no words yet, and no tags."""
    SearchText.objects.bulk_create(
        SearchText(work_id=work.pk, **_columns(work.reveals, work.prompt, work.title, work.description))
        for work in works
    )


def index(works: Iterable[UUID]) -> None:
    """Bring the words of these works up to date."""
    ids = list(works)
    found = Work.objects.filter(pk__in=ids).values_list("pk", "reveals", "title", "description", "prompt")
    tags: dict[UUID, list[str]] = {}
    links = WorkTag.objects.filter(work__in=ids).order_by("id")
    for work, tag, name in links.values_list("work_id", "tag_id", "tag__name"):
        tags.setdefault(work, []).extend((name, _token(tag)))
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
