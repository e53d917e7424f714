"""The sweep: it removes what nobody names, and never what a row names, whoever is faster."""

import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, transaction

from accounts.models import User
from gallery import files, keeping
from gallery.models import Work
from tests.gallery.conftest import MakeWork, png, recipe
from tests.stack import PATIENCE

pytestmark = pytest.mark.django_db
HOUR = 3600.0


def age(digest: str, seconds: float = 2 * HOUR) -> None:
    """As if nobody had touched the file for that long."""
    then = time.time() - seconds
    os.utime(files.WORKS.path_of(digest), (then, then))


def digests(work: Work) -> set[str]:
    return set(work.files.values_list("sha256", flat=True))


def there(names: set[str]) -> bool:
    return all(files.WORKS.path_of(digest).exists() for digest in names)


def test_a_deleted_work_leaves_its_files_to_the_sweep(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    names = digests(work)
    for digest in names:
        age(digest)
    work.delete()
    assert there(names), "deleting a work deletes rows only"
    assert files.WORKS.sweep(HOUR) == len(names)
    assert not any(files.WORKS.path_of(digest).exists() for digest in names)
    assert files.WORKS.sweep(HOUR) == 0


def test_fresh_files_are_left_alone() -> None:
    """They may belong to a generation that is about to finish."""
    draft = keeping.prepare(recipe(), [keeping.Picture(png(), "image/png", 1)], {})[0]
    assert files.WORKS.sweep(HOUR) == 0
    assert there({file.sha256 for file in draft.files})


def test_a_file_that_another_work_names_stays(alice: User, bob: User, make_work: MakeWork) -> None:
    sketch = png(64, 64, "white")
    gone, stays = make_work(alice, sketch=sketch, seed=1), make_work(bob, sketch=sketch, seed=2)
    for digest in digests(gone) | digests(stays):
        age(digest)
    shared = digests(gone) & digests(stays)
    assert shared
    gone.delete()
    assert files.WORKS.sweep(HOUR) > 0
    assert there(digests(stays))


def test_a_file_named_between_the_check_and_the_removal_stays(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep waits for the lock; the transaction it waited for named the file."""
    drafts = keeping.prepare(recipe(), [keeping.Picture(png(), "image/png", 1)], {})
    names = {file.sha256 for file in drafts[0].files}
    for digest in names:
        age(digest)
    hold = files.Shelf.hold_names

    def named_meanwhile(shelf: files.Shelf, *, alone: bool = False) -> None:
        monkeypatch.setattr(files.Shelf, "hold_names", hold)
        keeping.keep(alice.pk, uuid.uuid4(), drafts)
        for digest in names:
            age(digest)  # only the row protects it now
        hold(shelf, alone=alone)

    monkeypatch.setattr(files.Shelf, "hold_names", named_meanwhile)
    assert files.WORKS.sweep(HOUR) == 0
    assert there(names)


def test_a_file_touched_between_the_check_and_the_removal_stays() -> None:
    """The same bytes were prepared again by somebody who is about to name them."""
    pictures = [keeping.Picture(png(), "image/png", 1)]
    names = {file.sha256 for file in keeping.prepare(recipe(), pictures, {})[0].files}
    for digest in names:
        age(digest)
    limit = time.time() - HOUR
    found = list(files.WORKS.orphans(limit))
    assert set(found) == names
    keeping.prepare(recipe(), pictures, {})
    assert files.WORKS.remove(found, limit) == 0
    assert there(names)


def test_a_file_swept_before_it_was_named_is_written_again(alice: User) -> None:
    """A worker that slept for longer than the sweep waits still keeps a whole work."""
    drafts = keeping.prepare(recipe(), [keeping.Picture(png(), "image/png", 1)], {})
    for file in drafts[0].files:
        age(file.sha256)
    assert files.WORKS.sweep(HOUR) > 0
    with transaction.atomic():
        (work,) = keeping.keep(alice.pk, uuid.uuid4(), drafts)
    assert there(digests(work))
    assert files.WORKS.sweep(0) == 0


def test_the_loser_of_a_race_takes_nothing_with_it(alice: User) -> None:
    """Two workers made the same picture; one transaction is rolled back, the other's files stay."""
    pictures = [keeping.Picture(png(), "image/png", 1)]
    winner, loser = keeping.prepare(recipe(), pictures, {}), keeping.prepare(recipe(), pictures, {})
    with transaction.atomic():
        (work,) = keeping.keep(alice.pk, uuid.uuid4(), winner)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        keeping.keep(alice.pk, uuid.uuid4(), loser)
        raise ZeroDivisionError
    for digest in digests(work):
        age(digest)
    assert files.WORKS.sweep(HOUR) == 0
    assert there(digests(work))


def test_torn_temporary_files_are_removed_when_they_are_old(alice: User, make_work: MakeWork) -> None:
    """A process killed while it wrote left one."""
    digest = sorted(digests(make_work(alice)))[0]
    torn: Path = files.WORKS.path_of(digest).parent / ".tmp-killed"
    torn.write_bytes(b"half")
    assert files.WORKS.sweep(0) == 0, "it may still be written"
    then = time.time() - 2 * HOUR
    os.utime(torn, (then, then))
    assert files.WORKS.sweep(HOUR) == 1
    assert not torn.exists()
    assert files.WORKS.path_of(digest).exists()


def test_many_files_are_swept_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BATCH", 2)
    names = [files.WORKS.store.keep(bytes([n])) for n in range(5)]
    for digest in names:
        age(digest)
    assert files.WORKS.sweep(HOUR) == len(names)


@pytest.mark.django_db(transaction=True)
def test_a_restless_sweep_never_takes_a_named_file(alice: User, bob: User) -> None:
    """Two workers keep and delete the same picture while two sweeps, with no patience at all, never stop."""
    least, most = time.monotonic() + 1.5, time.monotonic() + PATIENCE
    made, removed = [0, 0], [0, 0]
    sketch = png(64, 64, "white")

    def goes_on() -> bool:
        """For a while, and then until everybody has done something, however slow the machine is."""
        now = time.monotonic()
        return now < least or (now < most and not (all(made) and any(removed)))

    def keep_and_delete(number: int, owner: User) -> None:
        try:
            while goes_on():
                drafts = keeping.prepare(recipe(), [keeping.Picture(png(), "image/png", 1)], {"sketch": sketch})
                with transaction.atomic():
                    (work,) = keeping.keep(owner.pk, uuid.uuid4(), drafts)
                time.sleep(0.005)
                assert there(digests(work))
                work.delete()
                made[number] += 1
        finally:
            connection.close()

    def sweep(number: int) -> None:
        try:
            while goes_on():
                removed[number] += files.WORKS.sweep(0)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(keep_and_delete, number, person) for number, person in enumerate((alice, bob))]
        for each in [*workers, *(pool.submit(sweep, number) for number in range(2))]:
            each.result()
    assert all(made) and any(removed)


@pytest.mark.django_db(transaction=True)
def test_files_are_never_named_or_removed_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError):
        files.WORKS.hold_names()
