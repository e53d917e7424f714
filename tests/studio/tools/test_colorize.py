"""The tool colorize from the command to the kept work: the same for a page, a program and an album."""

import io
import struct
import zlib
from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from django.core.cache import cache
from PIL import Image

from gallery import files, recipes
from gallery.models import Work, WorkFile
from studio import tools
from studio.commands import generations, reruns
from studio.engines.photo import colouring, hints, lab, reading
from studio.files import blobs, intake
from studio.models import Generation, Model, State
from studio.protocol import Submit
from studio.queue import estimates
from studio.words.errors import Refused
from studio.worker import runner
from tests.studio.engines.old_photos import file, old_photo, photo, strokes

pytestmark = pytest.mark.usefixtures("models", "unhurried")


@pytest.fixture
def network(db: None) -> Model:
    """A model that gives colours by itself, in the catalogue only."""
    return Model.objects.create(
        name="ddcolor", title="DDColor", engine="local", family="ddcolor", source="nowhere", tools=["colorize"]
    )


def ask(user, *, inputs: dict[str, bytes] | None = None, **params: object) -> Generation:
    given = {"image": old_photo(), "hints": strokes()} if inputs is None else inputs
    ids = {role: blobs.put(user.pk, data).pk for role, data in given.items()}
    return generations.submit(
        user, Submit(type="submit", id=uuid4().hex, tool="colorize", params=dict(params), inputs=ids)
    )


def refused(user, **more: object) -> Refused:
    with pytest.raises(Refused) as caught:
        ask(user, **more)  # type: ignore[arg-type]
    return caught.value


def test_without_a_model_hints_colour_the_photo_and_the_recipe_says_so(alice) -> None:
    generation = ask(alice)
    assert (generation.model_name, generation.queue) == ("plain", "cpu")
    assert (generation.params["width"], generation.params["height"]) == (96, 64)
    assert runner.run_next("cpu", lambda _queue: None)
    generation.refresh_from_db()
    assert generation.state == State.FINISHED
    work = Work.objects.get(generation=generation.pk)
    assert {file.role for file in work.files.all()} >= {"image", "input", "hints"}
    assert ("Colours", "by hints alone, without a model") in recipes.table(work)
    loaded = recipes.recipe_for_studio(alice, work.pk)
    assert set(loaded["inputs"]) == {"image", "hints"}


def test_without_a_model_and_without_hints_it_asks_for_some(alice) -> None:
    assert refused(alice, inputs={"image": old_photo()}).code == "hints_required"
    assert refused(alice, hints=False).code == "hints_required"


def test_a_model_goes_before_the_way_without_one_and_waits_for_the_device(alice, network: Model) -> None:
    generation = ask(alice, inputs={"image": old_photo()})
    assert (generation.model_name, generation.queue) == ("ddcolor", "gpu")
    assert generation.params["hints"] is False


def test_three_sizes_are_one_generation_with_three_pictures(alice, network: Model) -> None:
    assert ask(alice, three=True).params["count"] == 3


@pytest.mark.parametrize(
    ("size", "code", "limit"), [((31, 200), "image_too_small", 32), ((10_000, 300), "image_too_long", 25)]
)
def test_photos_of_impossible_sizes_are_refused_with_what_would_do(alice, size, code: str, limit: int) -> None:
    error = refused(alice, inputs={"image": file(Image.new("L", size)), "hints": strokes()})
    assert (error.code, error.params["limit"]) == (code, limit)


def test_moving_and_damaged_photos_are_refused_when_they_are_sent(alice) -> None:
    frames = [Image.fromarray(np.full((64, 64), level, np.uint8)) for level in (10, 200)]
    moving = io.BytesIO()
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:])
    assert refused(alice, inputs={"image": moving.getvalue()}).code == "unsupported_image_type"
    assert refused(alice, inputs={"image": old_photo()[:900]}).code == "invalid_image"


def test_photo_of_alice_cannot_be_coloured_by_bob(alice, bob) -> None:
    own = {role: blobs.put(alice.pk, data).pk for role, data in {"image": old_photo(), "hints": strokes()}.items()}
    with pytest.raises(Refused) as caught:
        generations.submit(bob, Submit(type="submit", id="b", tool="colorize", inputs=own))
    assert caught.value.code == "not_found"


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"preset": "cats"}, "preset"),
        ({"network_size": 100}, "network_size"),
        ({"network_size": 2000}, "network_size"),
        ({"saturation": 3}, "saturation"),
        ({"three": "yes"}, "three"),
        ({"colour": "red"}, "params"),
    ],
)
def test_parameters_that_make_no_sense_are_named(alice, network: Model, params: dict[str, object], field: str) -> None:
    assert field in refused(alice, inputs={"image": old_photo()}, **params).fields


def test_what_needs_a_network_is_not_offered_without_one(network: Model) -> None:
    form = tools.find("colorize").form_class
    plain = set(form({}, Model(name="plain", family="plain")).fields)
    assert {"preset", "three", "saturation", "network_size"} == set(form({}, network).fields) - plain


def test_large_photo_is_no_larger_than_a_role_allows_for_a_picture_that_is_painted(alice) -> None:
    """A photo is its owner's own: the limit on painted sizes does not shrink it."""
    assert ask(alice, inputs={"image": file(photo(3000, 1600)), "hints": strokes()}).params["width"] == 3000


def test_coloured_photo_is_made_again_with_its_hints(alice) -> None:
    ask(alice)
    runner.run_next("cpu", lambda _queue: None)
    again = reruns.rerun(alice, Work.objects.get().pk)
    assert set(again.inputs) == {"image", "hints"}


def test_one_of_three_is_made_again_at_its_own_size() -> None:
    tool = tools.find("colorize")
    params = tool.one_of({"three": True, "network_size": 0, "count": 3}, {"network_size": 680})
    assert (params["three"], params["network_size"], params["count"]) == (False, 680, 1)


def test_how_long_it_takes_is_told_by_photos_of_other_sizes(alice, network: Model) -> None:
    cache.clear()
    for side, seconds in ((400, 10), (800, 12), (1200, 16)):
        row = ask(alice, inputs={"image": file(photo(side, side))}, preset="person")
        Generation.objects.filter(pk=row.pk).update(
            state=State.FINISHED, started_at=row.created_at, finished_at=row.created_at + timedelta(seconds=seconds)
        )
    cache.clear()  # these did not finish as others do, which would say that more is known now
    asked = ((500, 460), (2000, 1280))
    small, large = (ask(alice, inputs={"image": file(photo(side, side))}, network_size=size) for side, size in asked)
    expected = estimates.expected_all([small, large])
    assert expected[small.pk] is not None
    assert expected[large.pk][0] > 2 * expected[small.pk][0]
    assert large.cost > 2 * small.cost


def test_parameters_of_a_generation_ask_for_the_same_once_more(alice) -> None:
    first = ask(alice)
    assert ask(alice, **first.params).params == first.params


def test_the_works_page_says_how_many_faces_were_seen_where_somebody_looked(alice) -> None:
    ask(alice)
    runner.run_next("cpu", lambda _queue: None)
    work = Work.objects.get()
    assert "Faces seen" not in dict(recipes.table(work))
    work.recipe["facts"] |= {"faces": 0, "preset": "building"}
    rows = dict(recipes.table(work))
    assert (rows["Faces seen"], rows["What it shows"]) == ("0", "Buildings and places")


def deep_photo() -> np.ndarray:
    """A slope of 16-bit greys so gentle that 8 bits have only 16 of its levels."""
    return np.tile(np.linspace(30_000, 34_000, 512).astype(np.uint16), (40, 1))


def light_of(grey: np.ndarray) -> np.ndarray:
    """L of grey levels from 0 to 1."""
    return lab.lightness(lab.linear(grey.astype(np.float32)))


def levels(png: bytes) -> np.ndarray:
    """The 16-bit RGB of a PNG that studio/engines/photo/saving.py wrote (filter 3), which Pillow reads as 8 bits."""
    width, height = struct.unpack(">II", png[16:24])
    at, packed = 8, b""
    while at < len(png):
        (size,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        packed += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, -1)[:, 1:].tolist()
    above = [0] * (width * 6)
    for line in lines:
        for i in range(len(line)):
            line[i] = (line[i] + ((above[i] + (line[i - 6] if i >= 6 else 0)) >> 1)) & 255
        above = line
    return np.array(lines, np.uint8).reshape(height, width, 6).view(">u2").astype(np.float64) / 65535


def test_a_photo_of_16_bits_keeps_its_light_from_the_intake_to_the_result() -> None:
    grey = deep_photo()
    wanted = light_of(grey / 65535)
    marks = hints.read(strokes(512, 40, [((10, 10, 40, 30), "#3a6ea5")]))

    def coloured(data: bytes) -> np.ndarray:
        return levels(colouring.colorize(data, None, 0, marks).data)

    kept = intake.accept(file(Image.fromarray(grey))).data
    made = coloured(kept)
    light = lab.to_lab(made.astype(np.float32))[..., 0]
    assert np.abs(light - wanted).max() < 100 / 255
    assert len(np.unique(light.round(4))) > 256
    shallow = reading.read(intake.shallow(kept))
    assert np.diff(light, 2).std() < np.diff(shallow.lightness, 2).std() / 10, "no steps where there were none"


def test_a_photo_of_16_bits_is_kept_as_it_came_and_its_result_has_its_light(alice) -> None:
    grey = deep_photo()
    painted = strokes(512, 40, [((10, 10, 40, 30), "#3a6ea5")])
    ask(alice, inputs={"image": file(Image.fromarray(grey)), "hints": painted})
    assert runner.run_next("cpu", lambda _queue: None)
    work = Work.objects.get()
    made, given = (
        Image.open(io.BytesIO(files.WORKS.store.read(work.file(role).sha256)))
        for role in (WorkFile.Role.IMAGE, WorkFile.Role.INPUT)
    )
    assert np.array_equal(np.asarray(given), grey)
    light = lab.to_lab(np.asarray(made, np.float32) / 255)[..., 0]
    assert np.abs(light - light_of(grey / 65535)).max() < 100 / 255
    again = reruns.rerun(alice, work.pk)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(blobs.read(again)["image"]))), grey)
    Generation.objects.filter(pk=again.pk).update(tool="restore")
    again.refresh_from_db()
    eight = Image.open(io.BytesIO(blobs.read(again)["image"]))
    assert np.array_equal(np.asarray(eight.convert("L")), grey >> 8), "other tools get 8 bits, not white"
