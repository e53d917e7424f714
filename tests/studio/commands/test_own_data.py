"""Taking everything along, and leaving: nothing is missing in the archive, nothing is left behind."""

import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.core import mail
from django.db import transaction
from django.test import AsyncClient, Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from gallery import files, keeping
from gallery.models import Case, Decision, Work
from studio.commands import archives, boards, leaving
from studio.files import blobs, boardfiles
from studio.models import Archive, Generation, Preset
from studio.words.errors import Refused
from studio.worker import archiving, belongings
from tests.conftest import PASSWORD
from tests.studio.commands.test_boards import drawn, line

pytestmark = pytest.mark.django_db
SECRET = "a lighthouse nobody else knows"


@pytest.fixture(autouse=True)
def own_folders(settings: Any, tmp_path: Path) -> None:
    """Storages of this test alone: what is left behind is then seen."""
    settings.ARCHIVES = str(tmp_path / "archives")
    places = {name: settings.STORAGES[name] | {"OPTIONS": {"location": str(tmp_path / name)}} for name in SHELVES}
    settings.STORAGES = settings.STORAGES | places


SHELVES = ("works", "boards", "inputs")


def png(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (48, 32), colour).save(out, "PNG")
    return out.getvalue()


def work_of(user: User, prompt: str = SECRET, colour: str = "teal") -> Work:
    recipe = keeping.Recipe("sketch_to_image", "starter", "local", {"prompt": prompt}, {}, 1.5)
    drafts = keeping.prepare(recipe, [keeping.Picture(png(colour), "image/png", 7)], {"sketch": png("white")})
    with transaction.atomic():
        return keeping.keep(user.pk, uuid.uuid4(), drafts)[0]


@pytest.fixture
def lived_in(alice: User) -> User:
    """Alice has a work, a board with a picture, a style, an input and a generation."""
    work_of(alice)
    board = uuid.uuid4()
    boards.save(alice, board, boards.Save(0, json.dumps(drawn(line())).encode(), png("red")))
    boards.rename(alice, board, SECRET)
    Preset.objects.create(owner=alice, name="mine", prompt=f"{{prompt}}, {SECRET}")
    kept = blobs.put(alice.pk, png("navy"))
    asked = {"command": "c", "tool": "text_to_image", "model_name": "fake", "inputs": {"sketch": str(kept.pk)}}
    Generation.objects.create(owner=alice, params={"prompt": SECRET}, **asked)
    return alice


def unpacked(archive: Archive) -> dict[str, bytes]:
    with zipfile.ZipFile(archiving.path_of(archive)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def fetched(user: User | None, archive: Archive) -> tuple[int, bytes]:
    client = AsyncClient()
    if user:
        client.force_login(user)

    async def get() -> tuple[int, bytes]:
        answer = await client.get(f"/account/data/archives/{archive.pk}.zip")
        body = b"".join([chunk async for chunk in answer]) if answer.streaming else answer.content
        return answer.status_code, body

    return async_to_sync(get)()


def test_everything_is_in_the_archive(lived_in: User) -> None:
    archive = archives.ask(lived_in)
    assert archiving.pack_next()
    archive.refresh_from_db()
    assert (archive.state, archive.done) == ("ready", archive.total)
    found = unpacked(archive)
    names = "\n".join(found)
    for part in ("image.png", "sketch.png", "work.json", "board.json", "thumbnail.webp", "account.json"):
        assert part in names
    for table in ("studio.preset-owner", "studio.generation-owner", "studio.input-owner"):
        assert SECRET in found[f"data/{table}.json"].decode() or table == "studio.input-owner"
    account = json.loads(found["account.json"])
    assert account["email"] == lived_in.email and "password" not in account
    assert PASSWORD not in str(found) and lived_in.password not in str(found)
    work = json.loads(next(data for name, data in found.items() if name.endswith("work.json")))
    assert (work["prompt"], work["recipe"]["tool"]) == (SECRET, "sketch_to_image")


def test_what_is_left_out_of_the_archive_is_there() -> None:
    linked = {model._meta.label for model, _field in belongings.links()}
    assert {label for label in belongings.LEFT_OUT if not label.startswith("mfa.")} <= linked
    columns = {f"{model._meta.label}.{field.name}" for model, field in belongings.links()}
    assert columns >= belongings.IN_OFFICE


def test_a_moderators_archive_tells_nothing_of_those_they_judged(lived_in: User, mod: User) -> None:
    case = Case.objects.create(person=lived_in, about_person=True, claimed_by=mod)
    Decision.objects.create(case=case, person=lived_in, moderator=mod, act="warn", words=SECRET)
    assert SECRET not in str(list(belongings.tables(mod)))
    assert SECRET in str(dict(belongings.tables(lived_in))["gallery.decision-person"])


def test_archive_is_its_owners_alone(lived_in: User, bob: User) -> None:
    archive = archives.ask(lived_in)
    assert fetched(lived_in, archive)[0] == 404
    archiving.pack_next()
    status, body = fetched(lived_in, archive)
    assert status == 200 and zipfile.is_zipfile(io.BytesIO(body))
    assert fetched(bob, archive)[0] == 404
    assert fetched(None, archive)[0] == 404
    with pytest.raises(Refused, match="not_found"):
        archives.discard(bob, archive.pk)


def test_archive_of_chosen_works_holds_those_and_no_strangers(lived_in: User, bob: User) -> None:
    chosen, other, foreign = work_of(lived_in), work_of(lived_in), work_of(bob, "bobs own")
    archive = archives.ask(lived_in, [chosen.pk, foreign.pk])
    archiving.pack_next()
    names = "\n".join(unpacked(archive))
    assert chosen.pk.hex[:8] in names
    assert other.pk.hex[:8] not in names and foreign.pk.hex[:8] not in names and "account.json" not in names
    archive.delete()
    with pytest.raises(Refused, match="nothing_chosen"):
        archives.ask(lived_in, [foreign.pk])


def test_one_archive_at_a_time_and_so_many_a_day(lived_in: User, settings: Any) -> None:
    settings.ARCHIVES_PER_DAY = 1
    archives.ask(lived_in)
    with pytest.raises(Refused, match="archive_running"):
        archives.ask(lived_in)
    archiving.pack_next()
    with pytest.raises(Refused, match="too_many_archives"):
        archives.ask(lived_in)


def test_archive_whose_task_died_is_packed_again_and_given_up_after_three(lived_in: User, settings: Any) -> None:
    archive = archives.ask(lived_in)
    dead = timezone.now() - timedelta(seconds=settings.ARCHIVE_SILENT + 1)
    Archive.objects.update(state="packing", attempt=1, beat_at=timezone.now())
    assert not archiving.pack_next()
    Archive.objects.update(beat_at=dead)
    assert archiving.pack_next()
    archive.refresh_from_db()
    assert (archive.state, archive.attempt) == ("ready", 2)
    Archive.objects.update(state="packing", attempt=3, beat_at=dead)
    assert archiving.pack_next()
    archive.refresh_from_db()
    assert archive.state == "failed"


def test_archive_thrown_away_while_packed_leaves_no_file(lived_in: User, monkeypatch: pytest.MonkeyPatch) -> None:
    archives.ask(lived_in)

    def gone(archive: Archive) -> Iterator[archiving.Entry]:
        yield archiving.Entry("a.json", lambda: b"{}")
        Archive.objects.filter(pk=archive.pk).delete()

    monkeypatch.setattr(archiving, "_data", gone)
    archiving.pack_next()
    assert not list(Path(archiving.settings.ARCHIVES).iterdir())


def test_missing_file_does_not_stop_the_archive(lived_in: User) -> None:
    digest = Work.objects.get().files.get(role="image").sha256
    files.WORKS.path_of(digest).unlink()
    archive = archives.ask(lived_in)
    archiving.pack_next()
    assert not any(name.endswith("image.png") for name in unpacked(archive))


def test_mail_with_the_address_is_sent(lived_in: User) -> None:
    archives.ask(lived_in)
    archiving.pack_next()
    (sent,) = mail.outbox
    assert sent.to == [lived_in.email] and "/account/data/" in sent.body


def test_old_archives_and_files_without_a_row_go(lived_in: User, settings: Any) -> None:
    archive = archives.ask(lived_in)
    archiving.pack_next()
    settings.ARCHIVE_SILENT = 0
    assert archiving.forget_old() == 0
    Archive.objects.update(finished_at=timezone.now() - timedelta(days=8))
    assert archiving.forget_old() == 1
    assert not archiving.path_of(archive).exists()


def mentions(words: list[str]) -> list[str]:
    """Tables in which any column of any row has one of the words."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        text = str(list(model._base_manager.values()))
        found += [f"{model._meta.label}: {word}" for word in words if word in text]
    return found


def test_nothing_of_a_deleted_account_is_left(lived_in: User, bob: User, settings: Any) -> None:
    archives.ask(lived_in)
    archiving.pack_next()
    mine = work_of(bob, "bobs own", "olive")
    pk, words = lived_in.pk, [SECRET, lived_in.email, lived_in.username]
    client = Client()
    client.force_login(lived_in)
    assert client.get("/account/data/").status_code == 200
    assert mentions(words)
    assert client.post("/account/data/delete/", {"password": "wrong"}).status_code == 302
    assert User.objects.filter(pk=pk).exists()
    assert client.post("/account/data/delete/", {"password": PASSWORD})["Location"] == "/"
    assert not User.objects.filter(pk=pk).exists()
    assert client.get("/account/data/").status_code == 302
    for model, field in belongings.links():
        assert not model._base_manager.filter(**{f"{field.attname}": pk}).exists(), model
    assert not mentions(words)
    for shelf in (files.WORKS, boardfiles.BOARDS, blobs.INPUTS):
        shelf.sweep(-1)
    kept = {digest for digest, _touched in files.WORKS.store.digests()}
    assert kept == set(mine.files.values_list("sha256", flat=True))
    assert not list(boardfiles.BOARDS.store.digests()) and not list(blobs.INPUTS.store.digests())
    assert not list(Path(settings.ARCHIVES).glob("*.zip"))


def test_last_administrator_cannot_leave(admin_user: User) -> None:
    admin_user.set_password(PASSWORD)
    admin_user.save()
    with pytest.raises(Refused, match="last_admin"):
        leaving.leave(admin_user, PASSWORD)
    assert User.objects.filter(pk=admin_user.pk).exists()


def test_pages_are_for_people_only_and_change_nothing_by_looking(alice: User, client: Client) -> None:
    assert client.get("/account/data/").status_code == 302
    assert client.post("/account/data/delete/", {"password": PASSWORD})["Location"].startswith("/accounts/login/")
    client.force_login(alice)
    for address in ("/account/data/delete/", "/account/data/archives/"):
        assert client.get(address).status_code == 405
    assert client.post("/account/data/archives/").status_code == 302
    html = client.get("/account/data/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html and "hx-trigger" in html


def test_another_site_cannot_delete_the_account(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post("/account/data/delete/", {"password": PASSWORD}).status_code == 403
    assert User.objects.filter(pk=alice.pk).exists()
