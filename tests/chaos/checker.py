"""Reads the history that people noted and the database that is left, and says what does not agree.

It knows nothing of how the studio works inside: every accepted request has one row with one end; finished means its
pictures are there, whole, once; numbers have no gap; nobody heard of anybody else's.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from gallery import files
from gallery.models import Work, WorkFile
from studio.invariants import problems
from studio.models import TERMINAL, Generation, State
from tests.chaos.people import History


def violations(history: History) -> list[str]:
    """One sentence for each promise that was broken; empty when all were kept."""
    return [*_requests(history), *_pictures(), *_ledger(), *_told(history), *problems()]


def _requests(history: History) -> Iterator[str]:
    accepted = {UUID(e["generation"]): e for e in history if e["what"] == "accepted"}
    rows = {row.pk: row for row in Generation.objects.all()}
    for pk, entry in accepted.items():
        row = rows.get(pk)
        if row is None:
            yield f"lost: {entry['command']} was accepted as {pk}, and there is no such row"
        elif row.owner_id != entry["who"]:
            yield f"mixed up: {pk} was accepted from {entry['who']} and belongs to {row.owner_id}"
        elif row.state not in TERMINAL:
            yield f"not ended: {pk} is {row.state}"
    doubled = [
        command for command, count in Counter((r.owner_id, r.command) for r in rows.values()).items() if count > 1
    ]
    yield from (f"doubled: command {command} has several rows" for command in doubled)


def _pictures() -> Iterator[str]:
    kept = Counter(Work.objects.values_list("generation", flat=True))
    for row in Generation.objects.filter(state=State.FINISHED):
        if kept[row.pk] != int(row.params.get("count", 1)):
            yield f"results: {row.pk} is finished with {kept[row.pk]} pictures"
    unfinished = Generation.objects.exclude(state=State.FINISHED).values_list("pk", flat=True)
    yield from (f"results: {pk} is not finished and has pictures" for pk in unfinished if kept[pk])
    for digest in set(WorkFile.objects.values_list("sha256", flat=True)):
        try:
            data = files.WORKS.store.read(digest)
        except FileNotFoundError:
            yield f"file: {digest} is missing"
            continue
        if hashlib.sha256(data).hexdigest() != digest:
            yield f"file: {digest} has other bytes"


def _ledger() -> Iterator[str]:
    """The books balance: charged = given back + what finished + the part that was made of what was cancelled."""
    charged = given_back = kept = 0.0
    for row in Generation.objects.all():
        charged, given_back = charged + row.cost, given_back + row.refunded
        if row.state not in (State.FAILED, State.EXPIRED):
            kept += row.cost - (row.refunded if row.state == State.CANCELLED else 0.0)
    if abs(charged - given_back - kept) > 1e-6 * max(1.0, charged):
        yield f"ledger: {charged:.3f} was charged, {given_back:.3f} given back, {kept:.3f} used"


def _told(history: History) -> Iterator[str]:
    states = dict(Generation.objects.values_list("pk", "state"))
    for entry in history:
        if entry["what"] in ("accepted_twice", "ended_twice", "foreign"):
            yield f"told wrongly: {entry}"
        if entry["what"] == "ended" and states.get(UUID(entry["generation"])) != entry["how"]:
            yield f"told wrongly: {entry['generation']} ended as {entry['how']}, the row says otherwise"
        if entry["what"] == "left" and not entry["done"]:
            yield f"never told: user {entry['who']} did not hear the end of everything"


def orphans(older_than: float = -1.0) -> int:
    """Files that no row names after one sweep (which removes them); how many are left."""
    files.WORKS.sweep(older_than)
    named = set(WorkFile.objects.values_list("sha256", flat=True))
    return sum(1 for digest, _touched in files.WORKS.store.digests() if digest not in named)


def wasted(rows: Iterable[Generation]) -> float:
    """The share of runs that had to be made again."""
    attempts = [max(row.attempt, 1) for row in rows]
    return (sum(attempts) - len(attempts)) / max(1, sum(attempts))


def summary(found: list[str]) -> dict[str, Any]:
    """How many of each kind."""
    return dict(Counter(each.split(":")[0] for each in found))
