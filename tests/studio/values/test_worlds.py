"""Worlds: what a document may say, that they are boards of their own kind, which models may be placed, the export."""

import copy
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
import trimesh
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from gallery import expiry, keeping
from gallery.models import Lineage, Reveals, Visibility, Work
from studio.commands import asking, generations
from studio.engines.solid import glb
from studio.models import Board, Generation, State
from studio.protocol import Submit
from studio.values import worlds
from studio.words.errors import Refused
from studio.worker import runner
from tests.gallery.conftest import png
from tests.studio.commands.test_boards import drawn, line
from tests.studio.engines.test_world import document, thing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("models", "unhurried")]
SHAPE = glb.write(trimesh.creation.box((1, 1, 1)))


def model_of(owner: Any, **fields: Any) -> Work:
    """A kept model of `owner`."""
    recipe = keeping.Recipe("sketch_to_3d", "plain", "plain", {"prompt": "a chair", "seed": 1, "count": 1})
    picture = keeping.Picture(png(64, 64), "image/png", 1, {}, {"model": SHAPE})
    with transaction.atomic():
        (work,) = keeping.keep(owner.pk, uuid4(), keeping.prepare(recipe, [picture], {}))
    Work.objects.filter(pk=work.pk).update(**fields)
    work.refresh_from_db()
    return work


def world_of(*works: Work | UUID, **more: Any) -> dict[str, Any]:
    ids = [work.pk if isinstance(work, Work) else work for work in works]
    return document(*(thing(str(pk), "Chair", (n, 0, 0)) for n, pk in enumerate(ids))) | more


def save(client: Client, board: UUID, revision: int, world: dict[str, Any], kind: str = "world") -> Any:
    files = {"document": SimpleUploadedFile("d.json", json.dumps(world).encode())}
    return client.post(f"/api/v1/boards/{board}", {"revision": revision, "kind": kind, **files})


HOSTILE: list[tuple[tuple[Any, ...], Any]] = [
    (("version",), 2),
    (("things", 0, "position"), [0, 0]),
    (("things", 0, "position", 1), float("nan")),
    (("things", 0, "position", 1), float("inf")),
    (("things", 0, "position", 1), 1e308),
    (("things", 0, "position", 1), "0"),
    (("things", 0, "position", 1), True),
    (("things", 0, "turn", 0), 1e9),
    (("things", 0, "scale"), 0),
    (("things", 0, "scale"), -1),
    (("things", 0, "scale"), 1e6),
    (("things", 0, "work"), "../../etc/passwd"),
    (("things", 0, "work"), "x" * 36),
    (("things", 0, "work"), None),
    (("things", 0, "id"), "<b>"),
    (("things", 0, "name"), "x" * 81),
    (("things", 0, "script"), "alert(1)"),
    (("ground", "colour"), "url(//evil)"),
    (("ground", "radius"), 1e9),
    (("ground", "shown"), 1),
    (("light", "height"), 91),
    (("sky", "top"), "#fff"),
    (("sky", "texture"), "https://evil.example/x.png"),
]


@pytest.mark.parametrize(("place", "value"), HOSTILE, ids=[f"{'.'.join(map(str, p))}={v!r:.20}" for p, v in HOSTILE])
def test_a_document_with_anything_strange_is_no_world(place, value) -> None:
    world: Any = copy.deepcopy(world_of(uuid4()))
    assert worlds.check(json.dumps(world).encode()) == worlds.read(world)
    part = world
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    for read in (lambda: worlds.read(world), lambda: worlds.check(json.dumps(world).encode())):
        with pytest.raises(ValueError):
            read()


def test_a_world_holds_so_many_things_each_once() -> None:
    many = world_of(*[uuid4()] * worlds.MAX_THINGS)
    assert len(worlds.works(worlds.read(many))) == 1
    with pytest.raises(ValueError):
        worlds.read(many | {"things": [*many["things"], thing(str(uuid4()))]})
    with pytest.raises(ValueError):
        worlds.read(many | {"things": [many["things"][0]] * 2})


def test_a_world_is_a_board_of_its_own_kind(browser, alice) -> None:
    world, drawing = uuid4(), uuid4()
    mine = world_of(model_of(alice))
    assert save(browser, world, 0, mine).json()["kind"] == "world"
    assert save(browser, drawing, 0, drawn(line()), "drawing").json()["kind"] == "drawing"
    assert browser.get(f"/api/v1/boards/{world}").json()["document"] == mine
    shown = {kind: browser.get(f"/api/v1/boards?kind={kind}").json()["items"] for kind in ("world", "drawing")}
    assert {kind: [each["id"] for each in items] for kind, items in shown.items()} == {
        "world": [str(world)],
        "drawing": [str(drawing)],
    }
    assert len(browser.get("/api/v1/boards").json()["items"]) == 2
    assert browser.get("/api/v1/boards?kind=other").status_code == 422
    # Neither becomes the other, and each opens on its own page.
    assert save(browser, world, 1, drawn(line()), "drawing").json()["code"] == "not_found"
    assert save(browser, drawing, 1, mine).json()["code"] == "not_found"
    assert save(browser, uuid4(), 0, drawn(line())).json()["code"] == "invalid_world"
    assert (browser.get(f"/world/?board={world}").status_code, browser.get(f"/studio/?board={world}").status_code) == (
        200,
        404,
    )
    assert (browser.get(f"/world/?board={drawing}").status_code, browser.get("/studio/").status_code) == (404, 200)
    assert browser.get("/studio/").context["config"]["board"] == drawing.hex
    assert browser.get("/world/").context["config"]["board"] == world.hex
    copied = browser.post(f"/api/v1/boards/{world}/duplicate").json()
    assert copied["kind"] == "world"
    listed = browser.get("/boards/?kind=world").content.decode()
    assert f"/world/?board={world}" in listed and str(drawing) not in listed
    assert f"/studio/?board={drawing}" in browser.get("/boards/").content.decode()


def test_bob_and_nobody_see_no_world_of_alice(browser, stranger, alice, client) -> None:
    world = uuid4()
    save(browser, world, 0, world_of(model_of(alice)))
    assert stranger.get(f"/world/?board={world}").status_code == 404
    assert stranger.get(f"/api/v1/boards/{world}").status_code == 404
    assert save(stranger, world, 1, world_of()).status_code == 404
    assert "login" in Client().get("/world/")["Location"]


def test_only_models_that_one_may_use_are_placed(browser, alice, bob) -> None:
    shown = model_of(bob, visibility=Visibility.PUBLIC)
    private = model_of(bob)
    bare = model_of(bob, visibility=Visibility.PUBLIC, reveals=Reveals.PICTURE)
    binned = model_of(alice, deleted_at="2026-01-01T00:00:00Z")
    picture = model_of(alice)
    picture.files.filter(role="model").delete()
    for work in (private, bare, binned, picture, uuid4()):
        assert save(browser, uuid4(), 0, world_of(shown, work)).json()["code"] == "world_model_gone"
        pk = work.pk if isinstance(work, Work) else work
        assert browser.get(f"/world/?place={pk}").status_code == 404
    world = uuid4()
    assert save(browser, world, 0, world_of(shown)).status_code == 200
    assert browser.get(f"/world/?place={shown.pk}").context["config"]["place"] == {
        "id": str(shown.pk),
        "name": "a chair",
    }
    # What stands there already may go: nothing of the world is lost, but nothing is made of it either.
    Work.objects.filter(pk=shown.pk).update(visibility=Visibility.PRIVATE)
    assert save(browser, world, 1, world_of(shown, model_of(alice))).json()["revision"] == 2
    assert save(browser, world, 2, world_of(shown, private)).json()["code"] == "world_model_gone"
    # A state that another device's takes the place of is kept whatever stands in it.
    mine = SimpleUploadedFile("d.json", json.dumps(world_of(private)).encode())
    assert browser.post(f"/api/v1/boards/{world}/versions", {"document": mine}).status_code == 201


def test_what_is_placed_does_not_expire(browser, alice, bob) -> None:
    mine, other, theirs = model_of(alice), model_of(alice), model_of(bob, visibility=Visibility.PUBLIC)
    assert save(browser, uuid4(), 0, world_of(mine, theirs)).status_code == 200
    assert list(Work.objects.filter(saved=True)) == [mine]
    assert set(expiry.history().filter(owner=alice)) == {other}


def ask(user: Any, world: dict[str, Any], **params: Any) -> Generation:
    command = Submit(type="submit", id=uuid4().hex, tool="world", model=None, params={"world": world} | params)
    return generations.submit(user, command)


def test_a_world_becomes_a_model_whose_parents_are_its_models(alice, bob) -> None:
    mine, theirs = model_of(alice), model_of(bob, visibility=Visibility.PUBLIC)
    generation = ask(alice, world_of(mine, theirs, mine), prompt="Two chairs")
    assert (generation.model_name, generation.queue) == ("plain", "cpu")
    assert runner.run_next("cpu", lambda _queue: None)
    generation.refresh_from_db()
    assert generation.state == State.FINISHED, generation.error_code
    work = Work.objects.get(generation=generation.pk)
    assert work.is_model and work.visibility == Visibility.PRIVATE and work.prompt == "Two chairs"
    assert {link.parent_id: link.kind for link in work.parent_links.all()} == {
        mine.pk: Lineage.Kind.INPUT,
        theirs.pk: Lineage.Kind.INPUT,
    }
    assert work.recipe["facts"]["models"] == 3 and work.recipe["facts"]["triangles"] == 36
    assert asking.retry(alice, generation.pk).params["world"] == generation.params["world"]


def test_a_world_of_the_gallery_is_opened_anew(browser, stranger, alice) -> None:
    work = model_of(alice, tool="world", recipe={"params": {"world": world_of(uuid4())}})
    assert browser.get(f"/studio/?work={work.pk}")["Location"] == f"/world/?work={work.pk}"
    config = browser.get(f"/world/?work={work.pk}").context["config"]
    assert config["document"] == worlds.read(work.recipe["params"]["world"]).model_dump() and config["board"] is None
    assert stranger.get(f"/world/?work={work.pk}").status_code == 404
    for other in (model_of(alice).pk, uuid4(), "nothing"):
        assert browser.get(f"/world/?work={other}").status_code == 404


def test_what_no_model_can_be_made_of_is_refused(alice, bob, monkeypatch) -> None:
    mine = model_of(alice)

    def code(world: Any) -> tuple[str, str]:
        with pytest.raises(Refused) as refused:
            ask(alice, world)
        return refused.value.code, refused.value.fields.get("world", {}).get("code", "")

    assert code(world_of()) == ("invalid", "world_empty")
    assert code({"version": 1}) == ("invalid", "invalid")
    assert code("{}") == ("invalid", "invalid")
    assert code(world_of(mine, model_of(bob))) == ("world_model_gone", "")
    monkeypatch.setattr(worlds, "MODELS_BYTES", len(SHAPE))
    assert ask(alice, world_of(mine, mine)), "counted once"
    assert code(world_of(mine, model_of(alice))) == ("world_too_large", "")


def test_a_model_that_goes_while_the_world_waits_is_not_used(alice, bob) -> None:
    theirs = model_of(bob, visibility=Visibility.PUBLIC)
    generation = ask(alice, world_of(theirs))
    Work.objects.filter(pk=theirs.pk).update(visibility=Visibility.PRIVATE)
    assert runner.run_next("cpu", lambda _queue: None)
    generation.refresh_from_db()
    assert (generation.state, generation.error_code) == (State.FAILED, "world_model_gone")
    assert Board.objects.count() == 0 and Work.objects.filter(owner=alice).count() == 0


def test_programs_are_told_what_the_tool_takes(browser) -> None:
    (told,) = [each for each in browser.get("/api/v1/tools").json()["items"] if each["name"] == "world"]
    kinds = {each["name"]: each["type"] for each in told["parameters"]}
    assert kinds == {"prompt": "string", "world": "object", "ground": "boolean"} and told["makes"] == "model"


def test_models_are_found_among_works(browser, alice, bob) -> None:
    mine, shown = model_of(alice), model_of(bob, visibility=Visibility.PUBLIC, published_at="2026-01-01T00:00:00Z")
    picture = model_of(alice, is_model=False)
    found = {
        query: [each["id"] for each in browser.get(f"/api/v1/works?{query}").json()["items"]]
        for query in (
            "kind=model",
            "kind=picture",
            "whose=everybody&kind=model",
            "kind=model&q=chair",
            "kind=model&q=x",
        )
    }
    assert list(found.values()) == [[str(mine.pk)], [str(picture.pk)], [str(shown.pk)], [str(mine.pk)], []]
