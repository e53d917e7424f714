"""Backups of a studio that goes on, and restoring one: on SQLite here, on PostgreSQL in the suite of that name."""

import io
import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import User
from gallery import files, keeping
from gallery.models import Work
from studio import invariants
from studio.management import backups, databases
from tests.gallery.conftest import png, recipe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture(autouse=True)
def own_places(settings: Any, tmp_path: Path) -> None:
    place(settings, tmp_path / "before")


def place(settings: Any, media: Path) -> None:
    """Keep everything under `media` from now on."""
    named = {name: settings.STORAGES[name] | {"OPTIONS": {"location": str(media / name)}} for name in backups.SHELVES}
    settings.STORAGES = settings.STORAGES | named
    settings.ARCHIVES = str(media / "archives")


def make_work(owner: Any, colour: str) -> Work:
    picture = keeping.Picture(png(colour=colour), "image/png", 7)
    drafts = keeping.prepare(recipe(), [picture], {"sketch": png(colour="white")})
    with transaction.atomic():
        return keeping.keep(owner.pk, uuid.uuid4(), drafts)[0]


@contextmanager
def elsewhere(settings: Any, folder: Path) -> Iterator[None]:
    """An empty studio: a database and folders of its own, until the end of the block."""
    folder.mkdir()
    place(settings, folder)
    usual = connection.settings_dict["NAME"]
    if connection.vendor == "postgresql":
        name = f"restored_{uuid.uuid4().hex[:8]}"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    else:
        name = str(folder / "db.sqlite3")
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


def test_a_backup_is_whole_and_restored_it_is_the_same_studio(alice: User, settings: Any, tmp_path: Path) -> None:
    work = make_work(alice, "red")
    archive = Path(settings.ARCHIVES) / "x.zip"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"PK")
    made = backups.make(tmp_path / "backups")
    assert not made.missing and not made.damaged
    assert made.folder.stat().st_mode & 0o077 == 0
    assert (made.folder / "keys.env").stat().st_mode & 0o077 == 0
    digests = set(work.files.values_list("sha256", flat=True))
    with elsewhere(settings, tmp_path / "after"):
        call_command("restore", made.folder, stdout=(said := io.StringIO()))
        assert "restored: the database of" in said.getvalue()
        assert "SECRET_KEY" not in said.getvalue()
        again = Work.objects.get(pk=work.pk)
        assert (again.owner.username, again.prompt) == ("alice", "a red boat, 一只小船")
        assert User.objects.get(username="alice").password == alice.password
        assert digests == {digest for digest, _ in files.WORKS.store.digests()}
        assert (Path(settings.ARCHIVES) / "x.zip").read_bytes() == b"PK"
        assert not list(invariants.problems())
        # Everything goes on: the next row has a number of its own.
        assert make_work(again.owner, "blue").pk != work.pk
        User.objects.create_user("bob", "bob@example.org")
        # Now it is not empty any more.
        with pytest.raises(CommandError, match="Nothing was restored: the database is not empty"):
            call_command("restore", made.folder)
    assert User.objects.filter(username="bob").count() == 0


def test_the_next_backup_shares_what_is_the_same_and_old_ones_go(alice: User, tmp_path: Path) -> None:
    make_work(alice, "red")
    first = backups.make(tmp_path)
    work = make_work(alice, "blue")
    second = backups.make(tmp_path)
    assert 0 < second.linked == first.count < second.count
    name = files.WORKS.store.name_of(work.files.get(role="image").sha256)
    assert (second.folder / "works" / name).is_file() and not (first.folder / "works" / name).exists()
    (tmp_path / ".partial-torn").mkdir()
    call_command("backup", tmp_path, "--keep", "2", "--without-keys", stdout=io.StringIO())
    assert not first.folder.exists() and not (tmp_path / ".partial-torn").exists()
    assert len(backups.all_of(tmp_path)) == 2
    third = backups.newest(tmp_path)
    assert third and not (third / "keys.env").exists()
    # What is shared stays as long as one backup has it.
    assert backups.check(second.folder)["missing"] == []


def test_missing_and_damaged_files_are_told_and_the_rest_is_kept(alice: User, tmp_path: Path) -> None:
    work = make_work(alice, "red")
    lost, torn = (files.WORKS.path_of(work.files.get(role=role).sha256) for role in ("thumb-320", "image"))
    lost.unlink()
    torn.write_bytes(b"something else")
    said = io.StringIO()
    with pytest.raises(CommandError, match="The backup has all else"):
        call_command("backup", tmp_path, stdout=io.StringIO(), stderr=said)
    assert f"missing: the database names works/{lost.parent.parent.name}" in said.getvalue()
    assert "damaged: works/" in said.getvalue()
    newest = backups.newest(tmp_path)
    assert newest and backups.check(newest)["missing"]


def test_what_is_kept_while_the_backup_runs_is_in_it_as_well(
    alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, late = backups._copy_all, []

    def copy_all(*args: Any) -> set[str]:
        found = real(*args)
        if not late:  # after the works were copied, before the database is
            late.append(make_work(alice, "green"))
        return found

    monkeypatch.setattr(backups, "_copy_all", copy_all)
    made = backups.make(tmp_path)
    assert not made.missing
    names = {path.name for path in (made.folder / "works").glob("??/??/*")}
    assert set(late[0].files.values_list("sha256", flat=True)) <= names


def test_a_backup_that_is_not_whole_is_refused_before_anything_is_changed(
    alice: User, settings: Any, tmp_path: Path
) -> None:
    make_work(alice, "red")
    whole = backups.make(tmp_path / "backups").folder
    about = json.loads((whole / "manifest.json").read_text())
    file = next((whole / "works").glob("??/??/*")).relative_to(whole)
    for name in (about["database"], str(file), "files.txt", "keys.env", "manifest.json", ""):
        torn = tmp_path / "torn"
        shutil.copytree(whole, torn)
        if name:
            data = bytearray((torn / name).read_bytes())
            data[len(data) // 2] ^= 1
            (torn / name).write_bytes(data)
        else:
            (torn / file).unlink()
        with pytest.raises(backups.CannotRestore):
            backups.check(torn)
        shutil.rmtree(torn)
    (whole / file).unlink()
    with elsewhere(settings, tmp_path / "after"):
        with pytest.raises(CommandError, match="Nothing was restored"):
            call_command("restore", whole)
        assert databases.is_empty()
    assert not list((tmp_path / "after").rglob("??/??/*"))


def test_files_that_are_there_already_another_key_and_a_newer_version_are_told(
    alice: User, settings: Any, tmp_path: Path
) -> None:
    make_work(alice, "red")
    made = backups.make(tmp_path / "backups").folder
    about = json.loads((made / "manifest.json").read_text())
    with elsewhere(settings, tmp_path / "full"):
        files.WORKS.store.keep(b"somebody's")
        with pytest.raises(CommandError, match="there are works here already"):
            call_command("restore", made)
    future = {name: value for name, value in about.items() if name != "itself"}
    future |= {"migrations": ["studio.9999_from_the_future"]}
    (made / "manifest.json").write_text(json.dumps(future | {"itself": backups._digest_of(future)}))
    with elsewhere(settings, tmp_path / "older"), pytest.raises(CommandError, match="a newer version made it"):
        call_command("restore", made)
    (made / "manifest.json").write_text(json.dumps(about))
    settings.SECRET_KEY = "another" * 10
    with elsewhere(settings, tmp_path / "other-key"):
        call_command("restore", made, stdout=(said := io.StringIO()))
        assert "SECRET_KEY is another one than the backup's" in said.getvalue()
        assert Work.objects.count() == 1
