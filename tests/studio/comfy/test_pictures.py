"""Pictures at `/comfy/`: uploaded by name, painted over, seen by their owner only, given in other forms."""

import io
from typing import Any

import pytest
from PIL import Image

from accounts.models import User
from studio.models import ComfyPicture, Generation, Input
from tests.policy.belongings import png, work_of
from tests.studio.comfy.graphs import PICTURE, changed


def test_a_picture_is_uploaded_named_and_painted_over(alice: User, program_of: Any) -> None:
    program = program_of(alice)
    out = io.BytesIO()
    Image.new("RGB", (100, 66), "teal").save(out, "JPEG")
    named = program.upload(image=_file("a.png", out.getvalue()), overwrite="true")
    assert named.json() == {"name": "a.png", "subfolder": "", "type": "input"}
    assert program.get("object_info/LoadImage").json()["LoadImage"]["input"]["required"]["image"][0] == ["a.png"]
    program.queue(changed(PICTURE, "5", steps=20))
    made = Generation.objects.get()
    assert made.tool == "image_to_image" and set(made.inputs) == {"image"}
    wanted = {"strength": 0.5, "steps": 40, "width": 96, "height": 64, "count": 1}
    assert wanted.items() <= made.params.items()


def _file(name: str, data: bytes) -> Any:
    file = io.BytesIO(data)
    file.name = name
    return file


def test_a_made_picture_is_painted_over_by_its_owner(alice: User, bob: User, program_of: Any) -> None:
    work = work_of(alice)
    graph = changed(PICTURE, "8", image=f"x_{work.pk.hex}_.png [output]")
    mine = program_of(alice).post("prompt", {"prompt": graph}).json()["node_errors"]["8"]["errors"]
    assert [fault["type"] for fault in mine] == ["value_smaller_than_min"], "found, but too small (48 × 32)"
    told = program_of(bob).post("prompt", {"prompt": graph})
    assert told.status_code == 400 and told.json()["node_errors"]["8"]["errors"][0]["extra_info"]["code"] == "not_found"


def test_pictures_are_seen_by_their_owner_only(alice: User, bob: User, program_of: Any) -> None:
    work, mine, theirs = work_of(alice), program_of(alice), program_of(bob)
    name = f"x_{work.pk.hex}_.png"
    mine.upload(image=_file("a.png", png("red")), subfolder="../sea", type="temp")
    for query in ({"filename": name}, {"filename": "a.png", "type": "temp", "subfolder": "sea"}):
        seen = mine.get("view", **query)
        assert seen.status_code == 200 and seen["Content-Type"] == "image/png"
        assert "inline" in seen["Content-Disposition"] and seen["X-Content-Type-Options"] == "nosniff"
        assert theirs.get("view", **query).status_code == 404
    for wrong in (
        {},
        {"filename": "../../etc/passwd"},
        {"filename": "a.png", "type": "input"},
        {"filename": "sea.png"},
        {"filename": "\0", "type": "input"},
    ):
        assert mine.get("view", **wrong).status_code == 404


@pytest.mark.parametrize(
    ("query", "kind", "mode"),
    [
        ({"preview": "webp;50"}, "WEBP", "RGB"),
        ({"preview": "jpeg"}, "JPEG", "RGB"),
        ({"channel": "rgb"}, "PNG", "RGB"),
        ({"channel": "a"}, "PNG", "RGBA"),
        ({"preview": "nonsense;x", "channel": "y"}, "PNG", "RGB"),
    ],
)
def test_a_picture_in_another_form(query: dict[str, str], kind: str, mode: str, alice: User, program_of: Any) -> None:
    seen = program_of(alice).get("view", filename=f"x_{work_of(alice).pk.hex}_.png", **query)
    picture = Image.open(io.BytesIO(seen.content))
    assert (picture.format, picture.mode) == (kind, mode)


def test_a_name_is_given_once_unless_it_may_be_written_over(alice: User, program_of: Any) -> None:
    program = program_of(alice)
    names = [
        program.upload(image=_file(r"C:\b<u>.png", data), **form).json()["name"]
        for data, form in [
            (png("red"), {}), (png("red"), {}), (png("blue"), {}), (png("green"), {}),
            (png("teal"), {"overwrite": "1"}),
        ]
    ]  # fmt: skip
    assert names == ["b_u_.png", "b_u_.png", "b_u_ (1).png", "b_u_ (2).png", "b_u_.png"]
    assert ComfyPicture.objects.count() == 3 and Input.objects.count() == 4


@pytest.mark.parametrize("form", [{}, {"type": "output"}, {"image": ""}])
def test_an_upload_that_is_none_is_refused(form: dict[str, str], alice: User, program_of: Any) -> None:
    given = {} if "image" in form or not form else {"image": _file("a.png", png("red"))}
    assert program_of(alice).upload(**form | given).status_code == 400
    assert program_of(alice).upload(image=_file("a.png", b"no picture")).status_code == 415
