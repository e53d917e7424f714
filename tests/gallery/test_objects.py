"""Works in a bucket: kept, sent in whole and in part to whoever may see them, swept, backed up; on moto's S3 server."""

import hashlib
import io
import socket
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.files.storage import storages
from django.http import HttpResponseBase
from moto.server import ThreadedMotoServer

from accounts.models import User
from config.objects import ObjectStorage
from config.settings import shelves
from gallery import files
from gallery.models import Work, WorkFile
from studio.commands import archives
from studio.files import parcels
from studio.management import backups
from studio.models import Archive
from studio.worker import archiving

Fetch = Callable[..., tuple[HttpResponseBase, bytes]]
HOUR = 3600.0


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    finally:
        server.stop()


@pytest.fixture
def bucket(endpoint: str, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """An empty bucket in which the shelves lie; its boto3 client."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "test")
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket="pictures")
    for found in client.list_objects_v2(Bucket="pictures").get("Contents", ()):
        client.delete_object(Bucket="pictures", Key=found["Key"])
    options = {"bucket_name": "pictures", "endpoint_url": endpoint, "region_name": "us-east-1"}
    shelves = {
        name: {"BACKEND": "config.objects.ObjectStorage", "OPTIONS": options | {"location": f"brushwire/{name}"}}
        for name in backups.SHELVES
    }
    whole = {"BACKEND": "config.objects.WholeStorage", "OPTIONS": options | {"location": "brushwire/archives"}}
    settings.STORAGES = settings.STORAGES | shelves | {"archives": whole}
    settings.S3_BUCKET = "pictures"
    settings.ARCHIVES = str(tmp_path / "archives")
    return client


def keys(bucket: Any) -> set[str]:
    return {found["Key"] for found in bucket.list_objects_v2(Bucket="pictures").get("Contents", ())}


def test_a_work_is_kept_and_sent_to_its_owner_only(
    alice: User, bob: User, make_work: Any, fetch: Fetch, bucket: Any
) -> None:
    work = make_work(alice)
    image = work.files.get(role="image")
    assert f"brushwire/works/{image.sha256[:2]}/{image.sha256[2:4]}/{image.sha256}" in keys(bucket)
    address = f"/media/works/{work.pk}/image"
    response, body = fetch(alice, address)
    assert response.status_code == 200
    assert hashlib.sha256(body).hexdigest() == image.sha256
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    part, some = fetch(alice, address, range="bytes=10-19")
    assert (part.status_code, some) == (206, body[10:20])
    assert fetch(alice, address, range="bytes=-5")[1] == body[-5:]
    assert fetch(alice, address, if_none_match=response["ETag"])[0].status_code == 304
    bare, without = fetch(alice, f"{address}?bare=1")
    assert bare.status_code == 200 and b"parameters" not in without and without.startswith(b"\x89PNG")
    for stranger in (bob, None):
        assert fetch(stranger, address)[0].status_code == 404
    bucket.delete_object(Bucket="pictures", Key=next(key for key in keys(bucket) if image.sha256 in key))
    assert fetch(alice, address)[0].status_code == 404


def test_the_sweep_takes_what_no_row_names_and_no_sooner(alice: User, make_work: Any, bucket: Any) -> None:
    work = make_work(alice)
    names = set(WorkFile.objects.values_list("sha256", flat=True))
    orphan = files.WORKS.store.keep(b"nobody names this")
    assert {digest for digest, _ in files.WORKS.store.digests()} == names | {orphan}
    assert files.WORKS.sweep(HOUR) == 0, "it is fresh"
    assert files.WORKS.sweep(-HOUR) == 1
    Work.objects.filter(pk=work.pk).delete()
    assert files.WORKS.sweep(-HOUR) == len(names)
    assert not keys(bucket)
    assert files.WORKS.store.remove_older(orphan, time.time() + HOUR) is False


def test_what_is_kept_again_is_fresh_again(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store = storages["works"]
    assert isinstance(store, ObjectStorage)
    digest = store.keep(b"the same")
    key = f"brushwire/works/{store.name_of(digest)}"
    now = time.time()
    monkeypatch.setattr("config.objects.time.time", lambda: now + 2 * HOUR)
    assert store.keep(b"the same") == digest
    assert bucket.head_object(Bucket="pictures", Key=key)["Metadata"]["touched"] == f"{now + 2 * HOUR:.0f}"
    assert store.read(digest) == b"the same"


def test_the_settings_put_the_shelves_there(bucket: Any, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"BUCKET": "pictures", "ENDPOINT": endpoint, "REGION": "us-east-1", "PATH_STYLE": True}.items():
        monkeypatch.setattr(shelves, f"S3_{name}", value)
    made = shelves.shelf("works", "/nowhere")
    assert made["BACKEND"] == "config.objects.ObjectStorage"
    store = ObjectStorage(**made["OPTIONS"])
    digest = store.keep(b"by the settings")
    assert keys(bucket) == {f"brushwire/works/{store.name_of(digest)}"}
    assert store.exists(store.name_of(digest)) and not store.exists(store.name_of("0" * 64))
    assert shelves.shelf("archives", "", "WholeStorage")["BACKEND"] == "config.objects.WholeStorage"
    monkeypatch.setattr(shelves, "S3_BUCKET", "")
    assert shelves.shelf("works", "/srv/media")["OPTIONS"] == {"location": "/srv/media/works"}


def test_any_part_can_be_read_in_any_order(bucket: Any) -> None:
    data = bytes(range(256)) * 4000
    digest = files.WORKS.store.keep(data)
    with files.WORKS.store.open_kept(digest) as opened:
        assert opened.read(8) == data[:8]
        assert opened.tell() == 8
        assert opened.seek(0, io.SEEK_END) == len(data)
        assert opened.read() == b""
        opened.seek(700_001)
        assert opened.read(300_000) == data[700_001:1_000_001]
    with pytest.raises(FileNotFoundError):
        files.WORKS.store.open_kept("0" * 64)
    with pytest.raises(FileNotFoundError):
        files.WORKS.store.read("0" * 64)


def test_a_bucket_that_is_away_is_an_error_like_a_disks(bucket: Any) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        options = {"bucket_name": "pictures", "endpoint_url": f"http://127.0.0.1:{nobody.getsockname()[1]}"}
        store = ObjectStorage(**options, region_name="us-east-1", location="x")
        store.client_config = store.client_config.merge(type(store.client_config)(retries={"total_max_attempts": 1}))
        for attempt in (lambda: store.read("0" * 64), lambda: store.keep(b"x"), lambda: list(store.digests())):
            with pytest.raises(OSError, match="the bucket"):
                attempt()


def test_archives_are_packed_here_and_fetched_from_there(
    alice: User, bob: User, fetch: Fetch, bucket: Any, settings: Any
) -> None:
    archive = Archive.objects.create(owner=alice, works=None, language="en")
    assert archiving.pack_next()
    archive.refresh_from_db()
    assert archive.state == Archive.State.READY
    assert f"brushwire/archives/{archive.pk}.zip" in keys(bucket)
    assert not list(Path(settings.ARCHIVES).iterdir()), "nothing is left on this machine"
    address = f"/account/data/archives/{archive.pk}.zip"
    response, body = fetch(alice, address)
    assert (response.status_code, len(body)) == (200, archive.size)
    assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None
    assert fetch(bob, address)[0].status_code == 404
    archives.discard(alice, archive.pk)
    assert not [key for key in keys(bucket) if "archives" in key]
    # What no row names goes; what is there to be fetched stays.
    settings.ARCHIVE_SILENT = -60.0
    (torn := parcels.draft(".torn.tmp")).write_bytes(b"")
    stays = Archive.objects.create(owner=alice, works=None, state=Archive.State.READY)
    for name in (archiving.name_of(stays), f"{uuid.uuid4()}.zip"):
        (written := parcels.draft("x.tmp")).write_bytes(b"PK")
        parcels.keep(written, name)
        written.unlink()
    assert archiving.forget_old() == 2
    assert not torn.exists()
    assert [key for key in keys(bucket) if "archives" in key] == [f"brushwire/archives/{archiving.name_of(stays)}"]


@pytest.mark.django_db(transaction=True)
def test_a_backup_fetches_what_is_in_the_bucket(alice: User, make_work: Any, bucket: Any, tmp_path: Path) -> None:
    work = make_work(alice)
    made = backups.make(tmp_path)
    digest = work.files.get(role="image").sha256
    assert (made.folder / "works" / files.WORKS.store.name_of(digest)).is_file()
    assert not made.missing
