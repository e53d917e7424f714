"""Boards: saving with revisions, versions, pictures, limits, and that everybody has their own."""

import io
import json
import os
import time
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from studio.files import boardfiles
from studio.models import Board, BoardPicture, BoardVersion
from studio.values import drawing

pytestmark = pytest.mark.django_db

STROKE = {"id": "s1", "kind": "stroke", "tool": "brush", "color": "#1f2328", "size": 8, "opacity": 1}


def drawn(*marks: dict[str, Any], **more: Any) -> dict[str, Any]:
    layer = {"id": "l1", "kind": "paint", "name": "", "visible": True, "locked": False, "opacity": 1}
    return {"version": 1, "width": 512, "height": 384, "layers": [layer | {"marks": list(marks)}], **more}


def line(*points: float) -> dict[str, Any]:
    return STROKE | {"points": list(points) or [0, 0, 1, 5.5, 5, 0.5]}


def bare(document: Any) -> Any:
    """A drawing without the names of its marks and their authors: the server gives them."""
    if isinstance(document, str) and document.startswith("{"):
        return bare(json.loads(document))
    if isinstance(document, dict):
        return {key: bare(value) for key, value in document.items() if key not in ("id", "by", "t")}
    return [bare(each) for each in document] if isinstance(document, list) else document


def webp(size: tuple[int, int] = (32, 24), form: str = "WEBP") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form)
    return out.getvalue()


def save(
    client: Client, board: UUID, revision: int, document: Any = None, small: bytes | None = None, **more: Any
) -> Any:
    data = document if isinstance(document, bytes) else json.dumps(document or drawn(line())).encode()
    files = {"document": SimpleUploadedFile("d.json", data)}
    if small:
        files["thumbnail"] = SimpleUploadedFile("t.webp", small)
    return client.post(f"/api/v1/boards/{board}", {"revision": revision, **files, **more})


def lay(client: Client, board: UUID, key: str, data: bytes) -> Any:
    return client.post(f"/api/v1/boards/{board}/pictures/{key}", {"file": SimpleUploadedFile("p", data)})


def test_alice_saves_a_board_and_opens_it_again(browser) -> None:
    board = uuid4()
    assert save(browser, board, 0, small=webp()).json()["revision"] == 1
    assert save(browser, board, 1, drawn(line(), line(1, 1, 1))).json()["revision"] == 2
    opened = browser.get(f"/api/v1/boards/{board}").json()
    assert (opened["revision"], bare(opened["document"])) == (2, bare(drawn(line(), line(1, 1, 1))))
    small = browser.get(opened["thumbnail"])
    assert small["Content-Type"] == "image/webp" and Image.open(io.BytesIO(small.content)).size == (32, 24)
    assert [each["id"] for each in browser.get("/api/v1/boards").json()["items"]] == [str(board)]


def test_saving_the_same_again_is_no_new_revision(browser) -> None:
    board = uuid4()
    for revision in (0, 1, 1, 0):
        assert save(browser, board, revision).json()["revision"] == 1


def test_a_conflict_is_told_and_nothing_is_lost(browser) -> None:
    board = uuid4()
    save(browser, board, 0)
    save(browser, board, 1, drawn(line(1, 1, 1)))
    answer = save(browser, board, 1, drawn(line(2, 2, 1)))
    assert (answer.status_code, answer.json()["code"]) == (409, "board_conflict")
    assert bare(Board.objects.get().document) == bare(drawn(line(1, 1, 1)))
    assert save(browser, board, 2, drawn(line(2, 2, 1)), keep="true").json()["revision"] == 3
    kept = BoardVersion.objects.get()
    assert bare(kept.document) == bare(drawn(line(1, 1, 1))), "what was replaced can be gone back to"
    mine = SimpleUploadedFile("d.json", json.dumps(drawn(line(3, 3, 1))).encode())
    assert browser.post(f"/api/v1/boards/{board}/versions", {"document": mine}).status_code == 201
    assert Board.objects.get().revision == 3 and BoardVersion.objects.count() == 2


def test_versions_are_taken_now_and_then_and_only_so_many(browser, settings) -> None:
    settings.BOARD_VERSIONS = 3
    board = uuid4()
    save(browser, board, 0)
    save(browser, board, 1, drawn(line(1, 1, 1)))
    assert BoardVersion.objects.count() == 0, "too soon"
    Board.objects.update(created_at=timezone.now() - timedelta(hours=1))
    settings.BOARD_VERSION_EVERY = 0.0
    for n in range(2, 8):
        save(browser, board, n, drawn(line(n, n, 1)))
    found = browser.get(f"/api/v1/boards/{board}/versions").json()["items"]
    assert [each["revision"] for each in found] == [7, 6, 5]
    oldest = browser.get(f"/api/v1/boards/{board}/versions/{found[-1]['id']}").json()
    assert bare(oldest) == bare(drawn(line(4, 4, 1)))


def test_a_board_is_named_duplicated_and_deleted(browser) -> None:
    board = uuid4()
    save(browser, board, 0, small=webp())
    lay(browser, board, "a" * 32, webp())
    named = browser.patch(f"/api/v1/boards/{board}", {"title": "  A   lighthouse "}, content_type="application/json")
    assert named.json()["title"] == "A lighthouse"
    copy = browser.post(f"/api/v1/boards/{board}/duplicate").json()
    assert copy["title"] == "A lighthouse, copy" and copy["id"] != str(board)
    assert browser.delete(f"/api/v1/boards/{board}").status_code == 204
    assert browser.get(f"/api/v1/boards/{copy['id']}/pictures/{'a' * 32}").status_code == 200
    assert browser.get(f"/api/v1/boards/{board}").status_code == 404


def test_a_picture_is_written_anew_and_kept_once(browser) -> None:
    board = uuid4()
    save(browser, board, 0)
    data = webp((40, 30), "PNG") + b"<script>"
    assert [lay(browser, board, "b" * 32, data).status_code for _ in range(2)] == [201, 201]
    kept = BoardPicture.objects.get()
    answer = browser.get(f"/api/v1/boards/{board}/pictures/{'b' * 32}")
    assert (kept.width, kept.height) == (40, 30) and b"<script>" not in answer.content
    assert answer["Content-Type"] == "image/webp" and "sandbox" in answer["Content-Security-Policy"]
    assert lay(browser, board, "c" * 32, b"<svg/>").json()["code"] == "unsupported_image_type"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{}",
        b"[1]",
        b"\xff",
        drawn(line(1, 2)),
        drawn(line(), version=2),
        drawn(line(), width=1e9),
        drawn(line(float("nan"), 1, 1)),
        drawn(line() | {"color": "red"}),
        drawn(line() | {"script": "x"}),
        drawn(line() | {"size": "8"}),
        drawn({"id": "p", "kind": "picture", "picture": "../../etc/passwd", "width": 1, "height": 1}),
        drawn({"id": "x", "kind": "video"}),
        drawn() | {"layers": []},
        drawn() | {"layers": drawn()["layers"] * (drawing.MAX_LAYERS + 1)},
    ],
)
def test_what_is_no_drawing_is_not_kept(browser, document: Any) -> None:
    answer = save(browser, uuid4(), 0, document)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_board")
    assert not Board.objects.exists()


def test_groups_within_groups_have_an_end(browser) -> None:
    mark: dict[str, Any] = line()
    for n in range(60):
        mark = {"id": f"g{n}", "kind": "group", "opacity": 1, "marks": [mark]}
    assert save(browser, uuid4(), 0, drawn(mark)).json()["code"] == "invalid_board"
    bottomless = b'{"marks":[' * 100_000
    assert save(browser, uuid4(), 0, bottomless).json()["code"] == "invalid_board"


def test_every_kind_of_mark_can_be_kept(browser) -> None:
    loops = [[0, 0, 5, 0, 5, 5]]
    marks = [
        line(),
        STROKE | {"id": "e", "tool": "eraser", "points": [0, 0, 1]},
        *({**STROKE, "id": k, "kind": k, "from": [0, 0], "to": [5, 5], "filled": True} for k in ("line", "ellipse")),
        {"id": "a", "kind": "area", "color": "#ffffff", "opacity": 0.5, "loops": loops},
        {"id": "c", "kind": "cut", "loops": loops},
        {"id": "m", "kind": "move", "loops": loops, "matrix": [1, 0, 0, 1, 5, 5]},
        {"id": "p", "kind": "picture", "picture": "0" * 32, "width": 512, "height": 200.5},
    ]
    for mark in marks[2:4]:
        mark.pop("tool")
    document = drawn(*marks, {"id": "g", "kind": "group", "opacity": 1, "marks": marks[:2]})
    assert save(browser, uuid4(), 0, document).status_code == 200
    assert drawing.pictures(drawing.check(json.dumps(document).encode())) == {"0" * 32}


def test_there_are_limits(browser, settings) -> None:
    settings.BOARDS_PER_PERSON, settings.BOARD_MAX_PICTURES = 1, 1
    board = uuid4()
    save(browser, board, 0)
    assert save(browser, uuid4(), 0).json()["code"] == "boards_full"
    assert browser.post(f"/api/v1/boards/{board}/duplicate").json()["code"] == "boards_full"
    lay(browser, board, "a" * 32, webp())
    assert lay(browser, board, "b" * 32, webp()).json()["code"] == "board_full"
    settings.BOARD_MAX_PICTURES, settings.BOARDS_BYTES = 9, 1
    assert lay(browser, board, "b" * 32, webp()).json()["code"] == "boards_too_large"
    assert save(browser, board, 1, drawn(line(), line())).json()["code"] == "boards_too_large"
    settings.BOARD_MAX_BYTES = 100
    assert save(browser, board, 1, drawn(line(), line())).json()["code"] == "too_large"


def test_old_versions_make_room_before_anything_is_refused(browser, settings) -> None:
    settings.BOARD_VERSION_EVERY = 0.0
    board = uuid4()
    save(browser, board, 0)
    for n in range(1, 5):
        save(browser, board, n, drawn(line(n, n, 1)))
    kept = Board.objects.get()
    settings.BOARDS_BYTES = kept.size + 3 * len(kept.document) + 400
    assert save(browser, board, 5, drawn(line(9, 9, 1))).json()["revision"] == 6
    assert list(BoardVersion.objects.values_list("revision", flat=True)) == [5, 4, 3]


def test_bob_and_nobody_reach_nothing_of_it(browser, stranger) -> None:
    board = uuid4()
    save(browser, board, 0, small=webp())
    lay(browser, board, "a" * 32, webp())
    base = f"/api/v1/boards/{board}"
    paths = ["", "/versions", "/versions/1", "/thumbnail", f"/pictures/{'a' * 32}"]
    assert {stranger.get(base + path).status_code for path in paths} == {404}
    assert {Client().get(base + path).status_code for path in paths} == {401}
    assert save(stranger, board, 0).json()["code"] == save(stranger, board, 1).json()["code"] == "not_found"
    assert stranger.delete(base).status_code == stranger.post(f"{base}/duplicate").status_code == 404
    assert lay(stranger, board, "b" * 32, webp()).status_code == 404
    title = stranger.patch(base, {"title": "mine"}, content_type="application/json")
    assert title.status_code == 404 and stranger.get("/api/v1/boards").json()["items"] == []
    assert Board.objects.get().revision == 1 and not BoardVersion.objects.exists()


def test_files_go_when_no_board_names_them(browser) -> None:
    board = uuid4()
    save(browser, board, 0, small=webp((33, 21)))
    lay(browser, board, "a" * 32, webp((39, 27)))
    named = [Board.objects.get().thumbnail, BoardPicture.objects.get().sha256]
    old = time.time() - 7200
    for digest in named:
        os.utime(boardfiles.BOARDS.path_of(digest), (old, old))
    boardfiles.sweep()
    assert all(boardfiles.BOARDS.path_of(digest).exists() for digest in named)
    browser.delete(f"/api/v1/boards/{board}")
    boardfiles.sweep()
    assert not any(boardfiles.BOARDS.path_of(digest).exists() for digest in named)
