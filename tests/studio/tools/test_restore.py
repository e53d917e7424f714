"""The tools restore and upscale from the command to the kept work, by the catalogue as it comes."""

import io
from uuid import UUID, uuid4

import pytest
from django.test import Client
from PIL import Image

from gallery import recipes
from gallery.models import Work
from studio import tools
from studio.commands import generations, reruns
from studio.files import blobs
from studio.models import Generation, Model, State
from studio.protocol import Submit
from studio.queue import prices
from studio.words.errors import Refused
from studio.worker import runner
from tests.studio.engines.photos import png
from tests.studio.engines.test_restoring import animated, damaged

pytestmark = pytest.mark.usefixtures("models", "unhurried")


def ask(
    user, tool: str, *, inputs: dict[str, bytes] | None = None, model: str | None = "plain", **params: object
) -> Generation:
    given = {"image": png(damaged(noise=5)[0])} if inputs is None else inputs
    ids = {role: blobs.put(user.pk, data).pk for role, data in given.items()}
    command = Submit(type="submit", id=uuid4().hex, tool=tool, model=model, params=dict(params), inputs=ids)
    return generations.submit(user, command)


def refused(user, tool: str, **more: object) -> Refused:
    with pytest.raises(Refused) as caught:
        ask(user, tool, **more)  # type: ignore[arg-type]
    return caught.value


def made(generation: Generation) -> Work:
    assert runner.run_next("cpu", lambda _queue: None)
    generation.refresh_from_db()
    assert generation.state == State.FINISHED, generation.error_code
    return Work.objects.get(generation=generation.pk)


def test_a_fresh_machine_restores_and_the_recipe_says_how(alice, bob) -> None:
    mask = png(Image.new("L", (60, 45)))
    generation = ask(alice, "restore", inputs={"image": png(damaged(noise=5)[0]), "mask": mask}, model=None)
    assert (generation.model_name, generation.queue) == ("plain", "cpu")
    work = made(generation)
    assert {file.role for file in work.files.all()} >= {"image", "input", "mask"}
    rows = dict(recipes.table(work))
    assert rows["Method"] == "biharmonic filling, non-local means"
    assert rows["Repaired"].startswith("scratches: 2, specks:")
    assert set(recipes.recipe_for_studio(alice, work.pk)["inputs"]) == {"image", "mask"}
    again = reruns.rerun(alice, work.pk)
    assert set(again.inputs) == {"image", "mask"} and again.tool == "restore"
    with pytest.raises(Refused, match="not_found"):
        reruns.rerun(bob, work.pk)


def test_lanczos_enlarges_where_no_model_is_asked_and_is_named(alice) -> None:
    work = made(ask(alice, "upscale", scale=4))
    assert (work.width, work.height) == (1920, 1440)
    assert dict(recipes.table(work))["Method"] == "Lanczos"
    assert work.generation is not None


def test_a_network_goes_first_where_the_catalogue_has_one(alice) -> None:
    tool = tools.find("upscale")
    assert generations.model_for(alice, tool, None).name == "starter"
    Model.objects.filter(name="starter").update(enabled=False)
    assert generations.model_for(alice, tool, None).name == "plain"
    Model.objects.create(
        name="sharp", title="Sharp", engine="local", family="esrgan", source="x.safetensors", tools=["upscale"]
    )
    assert generations.model_for(alice, tool, None).name == "sharp"
    assert ask(alice, "upscale", model="sharp").queue == "gpu"


def test_what_is_asked_is_checked(alice) -> None:
    assert refused(alice, "restore", inputs={}).code == "input_required"
    assert refused(alice, "restore", grain=0, scratches=0).code == "nothing_asked"
    assert set(refused(alice, "restore", grain=2, scratches="x").fields) == {"grain", "scratches"}
    assert set(refused(alice, "upscale", scale=3).fields) == {"scale"}
    assert refused(alice, "restore", inputs={"image": png(Image.new("L", (7, 90)))}).code == "image_too_small"
    assert ask(
        alice, "restore", grain=0, scratches=0, inputs={"image": png(damaged()[0]), "mask": png(Image.new("L", (9, 9)))}
    )


def test_what_is_no_photo_never_gets_so_far(alice) -> None:
    codes = [
        refused(alice, "restore", inputs={"image": data}).code
        for data in (animated(), b"GIF89a", png(damaged()[0])[:2000])
    ]
    assert codes[1:] == ["unsupported_image_type", "invalid_image"] and codes[0] in (
        "unsupported_image_type",
        "invalid_image",
    )
    panorama = png(Image.new("L", (10_000, 300)))
    assert refused(alice, "upscale", scale=4, inputs={"image": panorama}).params == {"limit": "2.06 MP"}
    assert ask(alice, "restore", inputs={"image": panorama}).params["width"] == 10_000
    assert refused(alice, "restore", inputs={"image": png(Image.new("L", (10_001, 20)))}).code == "image_too_large"


def test_price_goes_by_the_pixels_that_are_made() -> None:
    tool = tools.find("upscale")
    sizes = {"width": 1000, "height": 500, "count": 1}
    two, four = (prices.work(tool, sizes | {"scale": scale}) for scale in (2, 4))
    assert (two, four) == (2.0, 8.0)
    assert prices.work(tools.find("restore"), sizes) == 0.5


def test_a_photo_comes_in_by_the_api_and_is_its_owners_alone(alice, bob, client: Client) -> None:
    client.force_login(alice)
    sent = client.post("/api/v1/inputs", {"file": io.BytesIO(png(damaged(noise=5)[0]))}).json()["id"]
    command = Submit(type="submit", id=uuid4().hex, tool="restore", params={"grain": 0.5}, inputs={"image": UUID(sent)})
    generation = generations.submit(alice, command)
    with pytest.raises(Refused, match="not_found"):
        generations.submit(bob, command)
    made(generation)
    assert client.get(f"/api/v1/generations/{generation.pk}").json()["state"] == "finished"
    client.force_login(bob)
    assert client.get(f"/api/v1/generations/{generation.pk}").status_code == 404
    client.logout()
    assert client.get(f"/api/v1/generations/{generation.pk}").status_code == 401
