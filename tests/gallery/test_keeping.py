"""Keeping: what a finished generation leaves in the storage and in the tables."""

import base64
import io
import threading
import uuid

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from PIL import Image

from accounts.models import User
from gallery import files, keeping
from gallery.models import Work, WorkFile
from tests.gallery.conftest import MakeWork, png, recipe

pytestmark = pytest.mark.django_db


def test_works_are_private_and_carry_their_recipe(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice, seed=42)
    assert (work.owner, work.visibility, work.moderation) == (alice, "private", "clear")
    assert (work.tool, work.model_name, work.engine) == ("sketch_to_image", "starter", "local")
    assert (work.prompt, work.negative_prompt, work.seed) == ("a red boat, 一只小船", "fog", 42)
    assert (work.width, work.height) == (96, 64)
    assert work.recipe["params"]["steps"] == 12
    assert work.recipe["versions"] == {"brushwire": "0.1"}
    assert work.recipe["seconds"] == 1.25


def test_prepare_writes_files_and_no_rows() -> None:
    drafts = keeping.prepare(recipe(), [keeping.Picture(png(), "image/png", 1)], {})
    assert Work.objects.count() == WorkFile.objects.count() == 0
    assert {file.sha256 for file in drafts[0].files} <= {digest for digest, _ in storages["works"].digests()}


def test_every_output_of_a_generation_is_a_work_in_order(alice: User) -> None:
    pictures = [keeping.Picture(png(colour=c), "image/png", n) for n, c in enumerate(["red", "green", "blue"])]
    drafts = keeping.prepare(recipe(count=3), pictures, {})
    with transaction.atomic():
        works = keeping.keep(alice.pk, uuid.uuid4(), drafts)
    assert [work.index for work in works] == [work.seed for work in works] == [0, 1, 2]
    assert list(Work.objects.all()) == works, "the newest-first gallery shows them in their order"


def test_thumbnails_fit_and_are_never_enlarged(alice: User, make_work: MakeWork) -> None:
    large = make_work(alice, data=png(1000, 500))
    small = make_work(alice, data=png(96, 64))
    sizes = [{f.role: (f.width, f.height) for f in work.files.all()} for work in (large, small)]
    assert sizes[0] == {"image": (1000, 500), "thumb-320": (320, 160), "thumb-640": (640, 320)}
    assert sizes[1] == {"image": (96, 64), "thumb-320": (96, 64), "thumb-640": (96, 64)}
    thumb = large.file("thumb-320")
    assert thumb is not None
    with Image.open(io.BytesIO(files.WORKS.store.read(thumb.sha256))) as picture:
        assert (picture.format, picture.size) == ("WEBP", (320, 160))


def test_rows_tell_the_truth_about_their_files(alice: User, make_work: MakeWork) -> None:
    for file in make_work(alice, sketch=png(64, 64, "white")).files.all():
        data = files.WORKS.store.read(file.sha256)
        with Image.open(io.BytesIO(data)) as picture:
            assert (file.size, file.width, file.height) == (len(data), *picture.size)
            assert file.media_type == f"image/{(picture.format or '').lower()}"


def test_the_sketch_is_kept_byte_for_byte_with_every_work(alice: User) -> None:
    sketch = png(64, 64, "white")
    pictures = [keeping.Picture(png(colour=c), "image/png", 1) for c in ("red", "blue")]
    drafts = keeping.prepare(recipe(), pictures, {"sketch": sketch})
    with transaction.atomic():
        works = keeping.keep(alice.pk, uuid.uuid4(), drafts)
    kept = [work.file("sketch") for work in works]
    assert [files.WORKS.store.read(file.sha256) for file in kept if file] == [sketch, sketch]


def test_the_blur_is_a_tiny_picture_in_an_address(alice: User, make_work: MakeWork) -> None:
    kind, data = make_work(alice, data=png(640, 320)).blur.split(",")
    assert kind == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.size == (16, 8)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_other_formats_are_kept_as_png(alice: User, make_work: MakeWork, kind: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, kind)
    file = make_work(alice, data=out.getvalue()).file("image")
    assert file is not None
    assert file.media_type == "image/png"
    assert files.WORKS.store.read(file.sha256).startswith(b"\x89PNG")


@pytest.mark.parametrize("data", [b"", b"not a picture", png()[:-40], b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(keeping.UnreadablePicture):
        keeping.prepare(recipe(), [keeping.Picture(data, "image/png", 1)], {})
    with pytest.raises(keeping.UnreadablePicture):
        keeping.prepare(recipe(), [keeping.Picture(png(), "image/png", 1)], {"sketch": data})


def test_the_files_of_a_picture_are_made_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    real, together = storages["works"].keep, threading.Barrier(3, timeout=60)

    def met(data: bytes) -> str:
        together.wait()  # breaks, unless image and both thumbnails are here at once
        return real(data)

    monkeypatch.setattr(storages["works"], "keep", met)
    (draft,) = keeping.prepare(recipe(), [keeping.Picture(png(700, 700), "image/png", 1)], {})
    assert [file.role for file in draft.files] == ["image", "thumb-320", "thumb-640"]


def test_a_full_disk_is_not_mistaken_for_a_bad_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(data: bytes) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storages["works"], "keep", full)
    with pytest.raises(OSError, match="No space left"):
        keeping.prepare(recipe(), [keeping.Picture(png(), "image/png", 1)], {})


def test_an_output_has_at_most_one_work(alice: User) -> None:
    drafts = keeping.prepare(recipe(), [keeping.Picture(png(), "image/png", 1)], {})
    generation = uuid.uuid4()
    with transaction.atomic():
        keeping.keep(alice.pk, generation, drafts)
    with pytest.raises(IntegrityError), transaction.atomic():
        keeping.keep(alice.pk, generation, drafts)
    assert Work.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_keep_outside_a_transaction_is_refused(alice: User) -> None:
    drafts = keeping.prepare(recipe(), [keeping.Picture(png(), "image/png", 1)], {})
    with pytest.raises(RuntimeError):
        keeping.keep(alice.pk, uuid.uuid4(), drafts)
    assert Work.objects.count() == 0
