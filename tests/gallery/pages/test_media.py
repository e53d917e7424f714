"""Files over HTTP: who gets them, and ranges, ETags and HEAD as RFC 9110 has them."""

import uuid
from collections.abc import Callable

import pytest
from django.http import StreamingHttpResponse
from pytest_django import Settings

from accounts.models import User
from gallery import files
from gallery.models import Work, WorkFile
from gallery.pages import media
from tests.gallery.conftest import MakeWork, png

pytestmark = pytest.mark.django_db
Fetch = Callable[..., tuple]


@pytest.fixture
def work(alice: User, make_work: MakeWork) -> Work:
    return make_work(alice, sketch=png(64, 64, "white"))


@pytest.fixture
def image(work: Work) -> WorkFile:
    return work.files.get(role="image")


@pytest.fixture
def url(work: Work) -> str:
    return f"/media/works/{work.pk}/image"


@pytest.fixture
def data(image: WorkFile) -> bytes:
    return files.WORKS.store.read(image.sha256)


@pytest.mark.parametrize("role", ["image", "sketch", "thumb-320", "thumb-640"])
def test_the_owner_gets_every_file(alice: User, work: Work, fetch: Fetch, role: str) -> None:
    file = work.files.get(role=role)
    response, body = fetch(alice, f"/media/works/{work.pk}/{role}")
    assert response.status_code == 200
    assert body == files.WORKS.store.read(file.sha256)
    assert response["Content-Type"] == file.media_type
    assert response["Content-Length"] == str(len(body))


def test_bob_and_nobody_get_404(bob: User, mod: User, url: str, fetch: Fetch) -> None:
    for person in (bob, mod, None):
        assert fetch(person, url)[0].status_code == 404


def test_an_etag_does_not_open_the_door(bob: User, image: WorkFile, url: str, fetch: Fetch) -> None:
    """304 would tell bob that the work exists."""
    assert fetch(bob, url, if_none_match=f'"{image.sha256}"')[0].status_code == 404


def test_everybody_gets_public_works_until_they_are_hidden(bob: User, work: Work, url: str, fetch: Fetch) -> None:
    Work.objects.update(visibility="public")
    assert [fetch(person, url)[0].status_code for person in (bob, None)] == [200, 200]
    Work.objects.update(moderation="hidden")
    assert [fetch(person, url)[0].status_code for person in (bob, None)] == [404, 404]


def test_a_deleted_work_is_gone_at_once(alice: User, work: Work, url: str, fetch: Fetch) -> None:
    work.delete()
    assert fetch(alice, url)[0].status_code == 404


@pytest.mark.parametrize("role", ["video", "thumb-9999", "IMAGE", "image/", "..%2f..%2fdb"])
def test_unknown_roles_and_works_are_404(alice: User, work: Work, fetch: Fetch, role: str) -> None:
    assert fetch(alice, f"/media/works/{work.pk}/{role}")[0].status_code == 404
    assert fetch(alice, f"/media/works/{uuid.uuid4()}/image")[0].status_code == 404


def test_a_missing_file_is_404_and_recorded(
    alice: User, image: WorkFile, url: str, fetch: Fetch, caplog: pytest.LogCaptureFixture
) -> None:
    files.WORKS.path_of(image.sha256).unlink()
    assert fetch(alice, url)[0].status_code == 404
    assert f"file {image.sha256} of work {image.work_id} is missing" in caplog.text


def test_only_reading_is_possible(alice: User, url: str, fetch: Fetch) -> None:
    for method in ("post", "put", "delete"):
        assert fetch(alice, url, method)[0].status_code == 405


def check_headers(response: object, digest: str) -> None:
    headers = response.headers  # type: ignore[attr-defined]
    assert headers["ETag"] == f'"{digest}"'
    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_every_answer_is_locked_down(alice: User, image: WorkFile, url: str, fetch: Fetch) -> None:
    for status, headers in {
        200: {},
        206: {"range": "bytes=0-9"},
        304: {"if_none_match": f'"{image.sha256}"'},
        416: {"range": "bytes=99999999-"},
    }.items():
        response, _ = fetch(alice, url, **headers)
        assert response.status_code == status
        check_headers(response, image.sha256)


def test_a_browser_that_has_the_file_gets_304(alice: User, image: WorkFile, url: str, fetch: Fetch) -> None:
    for tag in (f'"{image.sha256}"', f'W/"{image.sha256}"', f'"other", "{image.sha256}"', "*"):
        response, body = fetch(alice, url, if_none_match=tag)
        assert (response.status_code, body) == (304, b"")
    assert fetch(alice, url, if_none_match='"other"')[0].status_code == 200


def test_head_tells_everything_but_the_bytes(alice: User, image: WorkFile, url: str, fetch: Fetch) -> None:
    response, body = fetch(alice, url, "head")
    assert (response.status_code, body) == (200, b"")
    assert response["Content-Length"] == str(image.size)
    assert response["Accept-Ranges"] == "bytes"
    check_headers(response, image.sha256)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("0-0", 0, 1), ("5-9", 5, 10), ("10-", 10, None), ("-7", -7, None), ("3-999999", 3, None)],
)
def test_a_range_gives_just_these_bytes(
    alice: User, url: str, data: bytes, fetch: Fetch, *, asked: str, start: int, end: int | None
) -> None:
    response, body = fetch(alice, url, range=f"bytes={asked}")
    assert (response.status_code, body) == (206, data[start:end])
    first = start % len(data)
    assert response["Content-Range"] == f"bytes {first}-{first + len(body) - 1}/{len(data)}"
    assert response["Content-Length"] == str(len(body))


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=-0"])
def test_a_range_behind_the_end_is_416(alice: User, url: str, data: bytes, fetch: Fetch, asked: str) -> None:
    response, body = fetch(alice, url, range=asked)
    assert (response.status_code, body) == (416, b"")
    assert response["Content-Range"] == f"bytes */{len(data)}"


@pytest.mark.parametrize(
    "asked", ["bytes=-", "bytes=5-2", "bytes=a-b", "bytes=0-1,4-5", "lines=1-2", "bytes=1" + "0" * 30 + "-", ""]
)
def test_a_range_nobody_understands_gives_the_whole_file(
    alice: User, url: str, data: bytes, fetch: Fetch, asked: str
) -> None:
    response, body = fetch(alice, url, range=asked)
    assert (response.status_code, body) == (200, data)


def test_a_range_of_another_version_gives_the_whole_file(alice: User, image: WorkFile, url: str, fetch: Fetch) -> None:
    assert fetch(alice, url, range="bytes=0-1", if_range='"other"')[0].status_code == 200
    assert fetch(alice, url, range="bytes=0-1", if_range=f'"{image.sha256}"')[0].status_code == 206


def test_large_files_come_in_chunks(
    alice: User, url: str, data: bytes, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "CHUNK", 7)
    assert fetch(alice, url)[1] == data
    assert fetch(alice, url, range="bytes=3-40")[1] == data[3:41]


def test_the_file_is_closed_when_the_visitor_leaves(data: bytes, image: WorkFile) -> None:
    opened = files.WORKS.path_of(image.sha256).open("rb")
    response = StreamingHttpResponse(media.Chunks(opened, 0, len(data)))
    assert not opened.closed
    response.close()
    assert opened.closed


def test_a_download_has_a_readable_name(alice: User, work: Work, url: str, fetch: Fetch) -> None:
    assert fetch(alice, url)[0]["Content-Disposition"] == 'inline; filename="brushwire-a-red-boat-7.png"'
    response, _ = fetch(alice, url + "?download=1")
    assert response["Content-Disposition"] == 'attachment; filename="brushwire-a-red-boat-7.png"'
    response, _ = fetch(alice, f"/media/works/{work.pk}/sketch?download=1")
    assert response["Content-Disposition"] == 'attachment; filename="brushwire-a-red-boat-7-sketch.png"'


@pytest.mark.parametrize("prompt", ["一只小船", '";\r\nX: y', "../../etc/passwd", "x" * 2000, ""])
def test_no_prompt_breaks_the_name(alice: User, url: str, fetch: Fetch, prompt: str) -> None:
    Work.objects.update(prompt=prompt)
    name = fetch(alice, url + "?download=1")[0]["Content-Disposition"].removeprefix("attachment; filename=")
    assert name.startswith('"brushwire-')
    assert name.endswith('-7.png"')
    assert len(name) < 100
    assert name[1:-1].isascii()
    assert not set(name[1:-1]) & set('"/\\\r\n')


def test_an_unexpected_type_is_only_ever_a_download(alice: User, url: str, fetch: Fetch) -> None:
    WorkFile.objects.update(media_type="text/html")
    response, _ = fetch(alice, url)
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")


def test_the_group_may_read_a_kept_file_and_nobody_else_may(image: WorkFile) -> None:
    """nginx belongs to our group."""
    assert files.WORKS.path_of(image.sha256).stat().st_mode & 0o777 == 0o640


def test_nginx_sends_the_bytes_where_there_is_one(
    alice: User, bob: User, image: WorkFile, url: str, fetch: Fetch, *, settings: Settings
) -> None:
    settings.ACCEL_REDIRECT = "/_protected/works/"
    digest = image.sha256
    response, body = fetch(alice, url, range="bytes=0-3")
    assert (response.status_code, body) == (200, b"")
    assert response["X-Accel-Redirect"] == f"/_protected/works/{digest[:2]}/{digest[2:4]}/{digest}"
    check_headers(response, digest)
    assert fetch(alice, url, if_none_match=f'"{digest}"')[0].status_code == 304
    refused, _ = fetch(bob, url)
    assert (refused.status_code, "X-Accel-Redirect" in refused) == (404, False)
