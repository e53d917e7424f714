"""Albums: many photos, each a generation of its own; errors and retries of each; whose they are; the ZIP at the end."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import Role
from gallery.models import Work
from studio.commands import albums, generations
from studio.files import blobs
from studio.models import Album, AlbumPhoto, Generation, Input, Model, State
from studio.queue import describe, lifecycle, limits
from studio.words.errors import Refused
from studio.worker import archiving
from tests.policy.belongings import work_of
from tests.studio.engines.old_photos import file

pytestmark = pytest.mark.usefixtures("models")


@pytest.fixture(autouse=True)
def network(models: None) -> Model:
    """A model that could colour, whose photos the tests' own worker never gets to."""
    return Model.objects.create(
        name="ddcolor", title="DDColor", engine="local", family="ddcolor", source="nowhere", tools=["colorize"]
    )


def photo(level: int = 100, size: tuple[int, int] = (64, 48)) -> bytes:
    return file(Image.new("L", size, level))


def album_of(user: Any, count: int = 0) -> Album:
    album = albums.make(user, "Grandmother", "colorize:ddcolor", {"preset": "person"})
    for number in range(count):
        albums.add(user, album.pk, f"{number}.png", photo(number))
    return albums.find(user, album.pk)


def ended(album: Album, state: State, code: str = "") -> None:
    """Every generation of the album ends so, as a worker would end it."""
    Generation.objects.filter(album_photo__album=album).update(state=state, error_code=code)


def test_each_photo_is_a_generation_in_the_bulk_lane_with_the_albums_settings(alice) -> None:
    album = album_of(alice, 2)
    rows = list(Generation.objects.filter(album_photo__album=album))
    assert [(row.lane, row.tool, row.model_name, row.params["preset"]) for row in rows] == [
        ("bulk", "colorize", "ddcolor", "person")
    ] * 2
    assert (album.total, album.done, album.failed) == (2, 0, 0)


def test_same_file_is_in_an_album_once_so_a_folder_can_be_dropped_again(alice) -> None:
    album = album_of(alice, 2)
    again = albums.add(alice, album.pk, "copy.png", photo(1))
    assert (again.name, album.photos.count()) == ("1.png", 2)


def test_album_is_no_queue_of_the_person_and_no_card_of_the_studio(alice) -> None:
    Role.objects.filter(group__name="member").update(queued=2)
    album_of(alice, 4)
    assert limits.use_of(alice.pk).unfinished == 0
    assert describe.recent(alice.pk, {}) == []


def test_photo_that_cannot_be_read_is_a_row_with_the_reason(alice) -> None:
    album = album_of(alice)
    bad = albums.add(alice, album.pk, "bad.png", photo()[:60])
    small = albums.add(alice, album.pk, "small.png", photo(size=(20, 20)))
    assert (bad.error_code, bad.generation, small.error_code) == ("invalid_image", None, "image_too_small")
    assert albums.find(alice, album.pk).failed == 2
    assert albums.retry(alice, album.pk) == 1, "the one that was read"


def test_failed_photos_are_made_again_together_or_one_by_one(alice) -> None:
    album = album_of(alice, 3)
    ended(album, State.FAILED, "worker_lost")
    one = album.photos.first()
    assert albums.retry(alice, album.pk, [one.pk]) == 1
    assert albums.retry(alice, album.pk) == 2
    assert set(album.photos.values_list("generation__state", flat=True)) == {State.QUEUED}
    assert albums.retry(alice, album.pk) == 0


def test_album_goes_on_after_a_worker_died_and_after_inputs_would_be_forgotten(alice, settings) -> None:
    album = album_of(alice, 1)
    ended(album, State.FAILED, "worker_lost")
    settings.INPUTS_KEPT_FOR = -1
    blobs.purge()
    assert Input.objects.count() == 1
    assert albums.retry(alice, album.pk) == 1
    claimed = lifecycle.claim("gpu")
    assert claimed is not None
    Generation.objects.update(lease_until="2020-01-01T00:00:00Z")
    assert lifecycle.take_back_expired()
    assert album.photos.get().generation.state == State.QUEUED


def test_quota_stops_an_album_at_the_photo_and_says_so(alice) -> None:
    Role.objects.filter(group__name="member").update(images_per_day=1)
    album = album_of(alice, 2)
    assert sorted(album.photos.values_list("error_code", flat=True)) == ["", "quota_exceeded"]


def test_role_says_how_many_photos_an_album_has(alice) -> None:
    Role.objects.filter(group__name="member").update(album_photos=1)
    album = album_of(alice, 1)
    with pytest.raises(Refused) as caught:
        albums.add(alice, album.pk, "more.png", photo(200))
    assert (caught.value.code, caught.value.params["limit"]) == ("album_full", 1)


def test_albums_of_one_person_are_limited(alice, settings) -> None:
    settings.ALBUMS_PER_PERSON = 1
    album_of(alice)
    with pytest.raises(Refused, match="albums_full"):
        album_of(alice)


def test_stopping_and_deleting_leave_what_is_finished(alice) -> None:
    album = album_of(alice, 2)
    done = album.photos.first().generation
    Generation.objects.filter(pk=done.pk).update(state=State.FINISHED)
    Work.objects.create(
        owner=alice, generation=done.pk, tool="colorize", model_name="ddcolor", seed=0, width=8, height=8
    )
    assert albums.stop(alice, album.pk) == 1
    albums.delete(alice, album.pk)
    assert not AlbumPhoto.objects.exists()
    assert Work.objects.count() == 1


def test_results_of_an_album_are_packed_under_the_names_of_their_photos(alice) -> None:
    album = album_of(alice)
    made = albums.add(alice, album.pk, "wedding 1932.png", photo()).generation
    Generation.objects.update(state=State.FINISHED)
    work_of(alice, made.pk)
    archive = albums.pack(alice, album.pk)
    assert archiving.pack_next()
    archive.refresh_from_db()
    assert archive.title == "Grandmother"
    with zipfile.ZipFile(io.BytesIO(archiving.path_of(archive).read_bytes())) as packed:
        assert any("wedding-1932" in name for name in packed.namelist())


def test_only_what_needs_nothing_else_is_offered(alice) -> None:
    keys = {way.key for way in albums.ways(alice)}
    assert "colorize:ddcolor" in keys
    assert "colorize:plain" not in keys
    assert not [key for key in keys if key.startswith("inpaint")]
    with pytest.raises(Refused, match="model_unavailable"):
        albums.make(alice, "", "colorize:plain", {})


def test_pages_show_each_photo_and_take_files(client, alice) -> None:
    client.force_login(alice)
    made = client.post("/albums/new/", {"title": "A", "way": "colorize:ddcolor", "preset": "building"})
    address = made.headers["Location"]
    sent = client.post(f"{address}photos/", {"file": SimpleUploadedFile("one.png", photo(), "image/png")})
    assert sent.json()["error"] == ""
    bad = client.post(f"{address}photos/", {"file": SimpleUploadedFile("two.png", b"<svg/>", "image/png")})
    assert bad.json()["error"] == "unsupported_image_type"
    page = client.get(address).content.decode()
    assert "one.png" in page
    assert "Please use a PNG, JPEG or WebP picture." in page
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "load delay" in part
    assert "<html" not in part
    assert client.post(f"{address}photos/").status_code == 422
    assert "A" in client.get("/albums/").content.decode()


def test_fresh_place_says_that_an_album_cannot_colour(client, alice, network: Model) -> None:
    network.delete()
    client.force_login(alice)
    assert "No colour model is installed here" in client.get("/albums/").content.decode()


@pytest.mark.parametrize("who", ["bob", "nobody"])
def test_album_of_alice_is_nobody_elses(client, alice, bob, who: str) -> None:
    album = album_of(alice, 1)
    one = album.photos.get()
    if who == "bob":
        client.force_login(bob)
    for act in ("retry", "stop", "pack", "delete", "remove", "photos"):
        answer = client.post(f"/albums/{album.pk}/{act}/", {"photo": str(one.pk)})
        assert answer.status_code in (404, 422) if who == "bob" else answer.status_code == 302
    assert client.get(f"/albums/{album.pk}/").status_code == (404 if who == "bob" else 302)
    assert album.photos.count() == 1
    with pytest.raises(Refused, match="not_found"):
        albums.add(bob, album.pk, "x.png", photo())


def test_ordinary_request_beside_an_album_is_told_apart(alice) -> None:
    album_of(alice, 1)
    assert Generation.objects.get().notes == [generations.ALBUM]
