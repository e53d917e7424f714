"""Making a work again, and credit for what things are made from."""

import io
import uuid
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from gallery import keeping
from gallery.models import Lineage, Work
from studio.commands import generations, reruns
from studio.models import Generation, Model
from studio.protocol import Parent, Submit
from studio.words.errors import Refused
from studio.worker import runner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unhurried")]
PARAMS = {"prompt": "a hill", "steps": 2, "width": 64, "height": 64, "count": 3, "seed": 40}


def png(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(out, "PNG")
    return out.getvalue()


def work_of(owner: Any, *, inputs: dict[str, bytes] | None = None, tool: str = "text_to_image", **fields: Any) -> Work:
    recipe = keeping.Recipe(tool, "fake", "fake", PARAMS, {"brushwire": "0.1"}, 1.0)
    drafts = keeping.prepare(recipe, [keeping.Picture(png(), "image/png", 41)], inputs or {})
    with transaction.atomic():
        (work,) = keeping.keep(owner.pk, uuid.uuid4(), drafts)
    if fields:
        Work.objects.filter(pk=work.pk).update(**fields)
    return Work.objects.get(pk=work.pk)


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch, models: None, redis_server: object) -> None:
    """No broker: the tests run what was queued themselves."""
    monkeypatch.setattr("studio.tasks.ring", lambda queue: None)


@pytest.mark.usefixtures("bells")
def test_the_same_recipe_with_this_pictures_seed_and_its_inputs(alice: User) -> None:
    work = work_of(alice, inputs={"sketch": png("white")}, tool="sketch_to_image")
    generation = reruns.rerun(alice, work.pk)
    params = generation.params
    assert (params["seed"], params["count"], params["prompt"], params["steps"]) == (41, 1, "a hill", 2)
    assert set(generation.inputs) == {"sketch"}
    assert generation.parents == {str(work.pk): "rerun"}
    runner.run_next("gpu", lambda queue: None)
    made = Work.objects.get(generation=generation.pk)
    assert Lineage.objects.get(child=made).parent == work and made.seed == 41
    assert made.recipe["versions"]["weights"] == Model.objects.get(name="fake").fingerprint


@pytest.mark.usefixtures("bells")
def test_the_page_waits_and_then_compares(client: Client, alice: User, bob: User) -> None:
    work = work_of(alice)
    client.force_login(alice)
    there = client.post(f"/gallery/{work.pk}/rerun/")["Location"]
    waiting = client.get(there).content.decode()
    assert "Waiting" in waiting and 'hx-trigger="every 1s"' in waiting
    runner.run_next("gpu", lambda queue: None)
    inner = client.get(there, headers={"HX-Request": "true"}).content.decode()
    assert "Largest difference" in inner and "<html" not in inner and "hx-get" not in inner
    client.force_login(bob)
    assert client.get(there).status_code == 404
    client.logout()
    assert client.get(there).status_code == 302


@pytest.mark.usefixtures("bells")
def test_a_model_that_changed_or_is_gone_is_told(client: Client, alice: User) -> None:
    work = work_of(alice)
    assert reruns.weights_changed(work) is None
    weights = Model.objects.get(name="fake").fingerprint
    Work.objects.update(recipe=work.recipe | {"versions": {"weights": weights}})
    assert reruns.weights_changed(Work.objects.get()) is False
    Model.objects.filter(name="fake").update(revision="other")
    assert reruns.weights_changed(Work.objects.get()) is True
    client.force_login(alice)
    there = client.post(f"/gallery/{work.pk}/rerun/")["Location"]
    assert "The model was changed" in client.get(there).content.decode()
    Model.objects.filter(name="fake").delete()
    html = client.post(f"/gallery/{work.pk}/rerun/", follow=True).content.decode()
    assert "This model is not available." in html


@pytest.mark.usefixtures("bells")
def test_bob_makes_again_only_what_he_is_shown_whole(client: Client, alice: User, bob: User) -> None:
    private = work_of(alice)
    shown: dict[str, Any] = {"visibility": "public", "published_at": timezone.now()}
    drawn = work_of(alice, inputs={"sketch": png()}, tool="sketch_to_image", reveals="recipe", **shown)
    hidden = work_of(alice, reveals="picture", **shown)
    for work, code in [(private, "not_found"), (hidden, "not_found"), (drawn, "not_repeatable")]:
        with pytest.raises(Refused) as refused:
            reruns.rerun(bob, work.pk)
        assert refused.value.code == code
    assert client.post(f"/gallery/{private.pk}/rerun/").status_code == 302
    client.force_login(bob)
    assert client.post(f"/gallery/{private.pk}/rerun/").status_code == 404
    assert not Generation.objects.exists()
    Work.objects.filter(pk=drawn.pk).update(reveals="all")
    assert reruns.rerun(bob, drawn.pk).owner == bob


@pytest.mark.usefixtures("bells")
def test_edited_pictures_and_lost_inputs_cannot_be_made_again(alice: User) -> None:
    edited = work_of(alice)
    Work.objects.update(recipe=edited.recipe | {"facts": {"edit": [{"kind": "turn", "quarters": 1}]}})
    without = work_of(alice, tool="sketch_to_image")
    for work in (edited, without):
        with pytest.raises(Refused, match="not_repeatable"):
            reruns.rerun(alice, work.pk)


@pytest.mark.usefixtures("bells")
def test_credit_goes_from_the_submit_to_the_work_and_only_to_what_is_seen(alice: User, bob: User) -> None:
    seen = work_of(bob, visibility="public", published_at=timezone.now())
    unseen = work_of(bob)
    parents = [
        Parent(work=seen.pk, kind="remix"),
        Parent(work=unseen.pk, kind="input"),
        Parent(work=uuid.uuid4(), kind="input"),
    ]
    command = Submit(
        type="submit", id="one", tool="text_to_image", model="fake", params={"prompt": "x", "steps": 2}, parents=parents
    )
    generation = generations.submit(alice, command)
    assert generation.parents == {str(seen.pk): "remix"}
    assert generations.describe_one(alice, generation.pk).parents == [Parent(work=seen.pk, kind="remix")]
    runner.run_next("gpu", lambda queue: None)
    assert list(Lineage.objects.values_list("parent", "kind")) == [(seen.pk, "remix")]
