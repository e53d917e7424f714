"""The tool sketch_to_3d from the command to the kept work, alone and after the picture that lies on the shape."""

import io
import json
import struct
import zipfile
from uuid import uuid4

import pytest
import trimesh
from asgiref.sync import async_to_sync
from django.test import Client
from PIL import Image

from gallery import files, recipes
from gallery.models import Lineage, Visibility, Work
from studio import invariants
from studio.commands import asking, generations, pricing, reruns
from studio.engines.solid import glb
from studio.files import blobs
from studio.models import Event, Generation, Model, State
from studio.protocol import Submit
from studio.queue import describe, leases, lifecycle, line, queueing
from studio.words import reasons
from studio.words.errors import Refused
from studio.worker import runner
from tests.studio.engines import recorded

pytestmark = pytest.mark.usefixtures("models", "unhurried")

QUICK = {"triangles": 2000}


@pytest.fixture(autouse=True)
def quick_posters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.engines.solid.poster.FINER", 1)


@pytest.fixture
def painter(db: None) -> Model:
    """What paints pictures here: the fake engine alone."""
    Model.objects.filter(name="starter").update(enabled=False)
    return Model.objects.get(name="fake")


def ask(user, sketch: str = "star", *, inputs: dict[str, bytes] | None = None, **params: object) -> Generation:
    given = {"sketch": recorded.drawn(sketch, 128)} if inputs is None else inputs
    ids = {role: blobs.put(user.pk, data).pk for role, data in given.items()}
    wanted = {**QUICK, **params}
    command = Submit(type="submit", id=uuid4().hex, tool="sketch_to_3d", params=wanted, inputs=ids)
    return generations.submit(user, command)


def run(queue: str = "cpu") -> bool:
    return runner.run_next(queue, lambda _queue: None)


def made(generation: Generation) -> Work:
    assert run()
    generation.refresh_from_db()
    assert generation.state == State.FINISHED, generation.error_code
    return Work.objects.get(generation=generation.pk)


def received(answer) -> bytes:
    async def gathered() -> bytes:
        return b"".join([part async for part in answer])

    return async_to_sync(gathered)()


def told(user, kind: str) -> list[dict]:
    return [row.payload for row in Event.objects.filter(owner=user).order_by("seq") if row.payload["type"] == kind]


def test_a_fresh_machine_makes_a_shape_of_a_drawing_and_keeps_both(alice) -> None:
    generation = ask(alice, size=0.2)
    assert (generation.model_name, generation.queue) == ("plain", "cpu")
    work = made(generation)
    assert work.is_model and work.file("model").media_type == "model/gltf-binary"
    assert {file.role for file in work.files.all()} == {"image", "sketch", "model", "thumb-320", "thumb-640"}
    assert work.size == sum(file.size for file in work.files.all()) > work.file("model").size > 10_000
    view = describe.work_view(work)
    told_of = told(alice, "finished")[0]["works"][0]
    assert view.model == told_of["model"] == f"/media/works/{work.pk}/model"
    assert dict(recipes.table(work))["Method"] == "inflated outlines"
    assert recipes.recipe_for_studio(alice, work.pk)["inputs"].keys() == {"sketch"}


def test_the_shape_is_served_to_those_who_may_see_the_work_and_to_nobody_else(alice, bob) -> None:
    work = made(ask(alice, size=0.2))
    own, other, nobody = Client(), Client(), Client()
    own.force_login(alice)
    other.force_login(bob)
    answer = own.get(f"/media/works/{work.pk}/model")
    data = received(answer)
    mesh = glb.read(data).to_mesh()
    assert answer["Content-Type"] == "model/gltf-binary" and answer["X-Content-Type-Options"] == "nosniff"
    assert max(mesh.extents) == pytest.approx(0.2, rel=1e-3) and mesh.bounds[0][1] == pytest.approx(0, abs=1e-6)
    assert own.get(f"/media/works/{work.pk}/model", headers={"If-None-Match": answer["ETag"]}).status_code == 304
    downloads = [f"/gallery/{work.pk}/download/?as={form}" for form in ("glb", "stl", "obj")]
    addresses = [f"/media/works/{work.pk}/model", *downloads]
    for address in addresses:
        assert other.get(address).status_code == nobody.get(address).status_code == 404
    Work.objects.filter(pk=work.pk).update(visibility=Visibility.PUBLIC)
    assert [visitor.get(addresses[0]).status_code for visitor in (other, nobody)] == [200, 200]


def test_a_shape_is_taken_along_for_printing_and_for_other_programs(alice, client: Client) -> None:
    work = made(ask(alice, size=0.05))
    client.force_login(alice)
    place = f"/gallery/{work.pk}/download/"
    assert client.get(place, {"as": "glb"}).headers["Location"].endswith(f"{work.pk}/model?download=1")
    printed = client.get(place, {"as": "stl"})
    mesh = trimesh.load_mesh(io.BytesIO(printed.content), file_type="stl")
    assert max(mesh.extents) == pytest.approx(50, rel=1e-3) and mesh.is_watertight  # millimetres
    assert mesh.bounds[0][2] == pytest.approx(0, abs=1e-3)  # it stands, z upwards
    assert ".stl" in printed["Content-Disposition"]
    assert client.get(place, {"as": "stl"}, headers={"If-None-Match": printed["ETag"]}).status_code == 304
    folder = zipfile.ZipFile(io.BytesIO(client.get(place, {"as": "obj"}).content))
    names = set(folder.namelist())
    assert {"model.obj", "model.mtl"} < names and len(names) == 3
    assert b"mtllib model.mtl" in folder.read("model.obj") and b"map_Kd" in folder.read("model.mtl")
    assert client.get(place, {"as": "exe"}).status_code == 404


def test_a_work_without_a_shape_has_no_files_of_one(alice, client: Client, painter: Model) -> None:
    command = Submit(type="submit", id=uuid4().hex, tool="text_to_image", model="fake", params={"prompt": "a house"})
    generation = generations.submit(alice, command)
    assert run("gpu")
    work = Work.objects.get(generation=generation.pk)
    client.force_login(alice)
    assert not work.is_model and describe.work_view(work).model is None
    for address in (f"/media/works/{work.pk}/model", f"/gallery/{work.pk}/download/?as=stl"):
        assert client.get(address).status_code == 404
    assert b"data-model" not in client.get(f"/gallery/{work.pk}/").content


def test_a_file_that_became_unreadable_is_told_and_the_original_offered(alice, client: Client) -> None:
    work = made(ask(alice))
    about = json.dumps({"asset": {"version": "2.0"}, "scenes": [{"nodes": []}], "scene": 0}).encode().ljust(88)
    data = struct.pack("<4sIIII", b"glTF", 2, 20 + len(about), len(about), 0x4E4F534A) + about
    work.files.filter(role="model").update(sha256=files.WORKS.store.keep(data))
    client.force_login(alice)
    answer = client.get(f"/gallery/{work.pk}/download/?as=stl", follow=True)
    assert b"cannot be written in that form" in answer.content


def test_an_empty_board_is_told_by_a_code_of_its_own(alice) -> None:
    generation = ask(alice, "empty board")
    assert run()
    generation.refresh_from_db()
    assert (generation.state, generation.error_code) == (State.FAILED, "nothing_drawn")
    assert generation.refunded == generation.cost > 0


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"way": "cube"}, "way"),
        ({"thickness": 9}, "thickness"),
        ({"triangles": 10**7}, "triangles"),
        ({"size": 0}, "size"),
        ({"size": "big"}, "size"),
        ({"roundness": None, "wings": 2}, "params"),
    ],
)
def test_parameters_that_cannot_be_are_named(alice, params: dict, field: str) -> None:
    with pytest.raises(Refused) as caught:
        ask(alice, **params)
    assert caught.value.code == "invalid" and field in caught.value.fields


def test_without_a_drawing_there_is_nothing_to_begin_with(alice) -> None:
    with pytest.raises(Refused, match="input_required"):
        ask(alice, inputs={})


def test_a_picture_is_painted_first_and_lies_on_the_shape(alice, painter: Model) -> None:
    generation = ask(alice, texture="picture", prompt="a golden star")
    first = generation.after
    assert first is not None and (first.tool, first.params["prompt"]) == ("sketch_to_image", "a golden star")
    assert first.params["width"] == first.params["height"] == 64 and generation.wanted == "image"
    assert not run()  # the shape waits, whoever asks
    place = line.places("cpu")[generation.pk]
    assert place.position is None and place.wait.code == "picture_first" and reasons.text("picture_first", {})
    assert set(queueing.waiting_of(alice.pk)) == {"gpu", "cpu"}
    assert run("gpu")
    picture = Work.objects.get(generation=first.pk)
    generation.refresh_from_db()
    assert generation.after is None and generation.parents == {str(picture.pk): "input"}
    work = made(generation)
    assert work.parent_links.get().kind == Lineage.Kind.INPUT and work.parents.get() == picture
    assert {file.role for file in work.files.all()} >= {"model", "sketch", "input"}
    assert not list(invariants.problems())
    assert len(told(alice, "queued")) == 2


def test_the_same_command_finds_both_rows_again(alice, painter: Model) -> None:
    drawing = blobs.put(alice.pk, recorded.drawn("star", 64)).pk
    params = {**QUICK, "texture": "picture"}
    command = Submit(type="submit", id="once", tool="sketch_to_3d", params=params, inputs={"sketch": drawing})
    assert generations.submit(alice, command).pk == generations.submit(alice, command).pk
    assert Generation.objects.filter(owner=alice).count() == 2


def test_a_picture_that_is_given_is_not_painted_again(alice, painter: Model) -> None:
    red = io.BytesIO()
    Image.new("RGB", (128, 128), (200, 20, 20)).save(red, "PNG")
    generation = ask(alice, inputs={"sketch": recorded.drawn("star", 128), "image": red.getvalue()}, texture="picture")
    assert generation.after is None
    work = made(generation)
    again = reruns.rerun(alice, work.pk)
    assert set(again.inputs) == {"sketch", "image"} and again.after is None
    shown = Image.open(io.BytesIO(files.WORKS.store.read(work.file("image").sha256))).convert("RGB")
    red_part, green, _blue = shown.getpixel((320, 320))
    assert red_part > 2 * green


@pytest.mark.parametrize("which", ["shape", "picture"])
def test_cancelling_one_of_the_two_ends_both_and_gives_back_what_was_charged(alice, painter: Model, which: str) -> None:
    shape = ask(alice, texture="picture")
    picture = shape.after
    generations.cancel(alice, (shape if which == "shape" else picture).pk)
    for row in (shape, picture):
        row.refresh_from_db()
        assert row.state == State.CANCELLED and row.refunded == row.cost
    assert {event["generation"] for event in told(alice, "cancelled")} == {str(shape.pk), str(picture.pk)}
    assert not run() and not run("gpu") and not list(invariants.problems())


def test_cancelling_the_shape_while_its_picture_is_painted_stops_the_painting(alice, painter: Model) -> None:
    shape = ask(alice, texture="picture")
    running = lifecycle.claim("gpu")
    generations.cancel(alice, shape.pk)
    shape.refresh_from_db()
    assert shape.state == State.CANCELLED and leases.check(running)
    lifecycle.cancelled(running)
    assert not list(invariants.problems())


def test_a_picture_that_fails_fails_its_shape_which_can_be_asked_for_again(alice, painter: Model) -> None:
    shape = ask(alice, texture="picture")
    lifecycle.fail(lifecycle.claim("gpu"), "engine_failed", {})
    shape.refresh_from_db()
    assert (shape.state, shape.error_code, shape.refunded) == (State.FAILED, "first_failed", shape.cost)
    again = asking.retry(alice, shape.pk)
    assert again.after is not None and not list(invariants.problems())


def test_bob_cannot_cancel_the_shape_of_alice(alice, bob, painter: Model) -> None:
    shape = ask(alice, texture="picture")
    with pytest.raises(Refused, match="not_found"):
        generations.cancel(bob, shape.pk)


def test_where_nobody_can_paint_the_picture_that_is_said_at_once(alice) -> None:
    Model.objects.exclude(name="plain").update(enabled=False)
    with pytest.raises(Refused):
        ask(alice, texture="picture")
    assert not Generation.objects.exists()


def test_the_price_counts_the_picture_as_well(alice, painter: Model) -> None:
    wanted = ({"texture": texture} for texture in ("drawing", "picture"))
    alone, both = (pricing.price(alice, "sketch_to_3d", None, params).cost for params in wanted)
    generation = ask(alice, texture="picture", triangles=20_000)
    assert both == pytest.approx(generation.cost + generation.after.cost) and both > alone == generation.cost


def test_prompt_rules_hold_for_shapes_too(alice, painter: Model) -> None:
    from gallery.models import PromptRule

    PromptRule.objects.create(pattern="zyxwv", action="block", category="other")
    with pytest.raises(Refused, match="prompt_blocked"):
        ask(alice, prompt="a zyxwv", texture="picture")


def test_programs_ask_for_a_shape_as_for_any_picture(alice, painter: Model) -> None:
    client = Client()
    client.force_login(alice)
    drawing = blobs.put(alice.pk, recorded.drawn("ring", 128)).pk
    body = {"tool": "sketch_to_3d", "params": QUICK, "inputs": {"sketch": str(drawing)}}
    answer = client.post("/api/v1/generations", body, content_type="application/json")
    assert answer.status_code in (201, 202), answer.content
    generation = answer.json()["id"]
    assert run()
    view = client.get(f"/api/v1/generations/{generation}").json()
    address = view["works"][0]["model"]
    assert view["state"] == "finished" and received(client.get(address)).startswith(b"glTF")
    kept = client.get(f"/api/v1/works/{view['works'][0]['id']}/files").json()["items"]
    assert [file["media_type"] for file in kept if file["role"] == "model"] == ["model/gltf-binary"]


def test_the_page_of_a_shape_and_its_card_show_what_it_is(alice, client: Client) -> None:
    work = made(ask(alice))
    client.force_login(alice)
    page = client.get(f"/gallery/{work.pk}/").content.decode()
    assert f'data-model="/media/works/{work.pk}/model"' in page and "as=stl" in page
    assert 'class="badge work-kind"' in client.get("/gallery/").content.decode()
