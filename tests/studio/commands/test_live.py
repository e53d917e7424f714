"""What a live drawing is checked for, and how often."""

from typing import Any

import pytest
from django.contrib.auth.models import Group

from studio.commands import live
from studio.models import Model
from studio.process import quick
from studio.protocol import Draw
from studio.queue import mailbox
from studio.words.errors import Refused

pytestmark = pytest.mark.usefixtures("models")


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Somebody who would take the boards; what was looked up stays known during a test."""
    quick.state().flushdb()
    monkeypatch.setattr(live, "ADMITTED_FOR", 10**12)
    live._admit.cache_clear()
    mailbox._listening.cache_clear()
    mailbox.listen("w")
    yield
    quick.state().flushdb()
    mailbox._listening.cache_clear()


def draw(revision: int = 1, kind: str = "draft", tool: str = "text_to_image", **params: Any) -> Draw:
    asked = {"prompt": "x"} | params
    return Draw(type="draw", board="b", revision=revision, kind=kind, tool=tool, model="fake", params=asked)


def header(user: Any) -> dict[str, Any]:
    import json

    drawing = mailbox.take(user.pk, "b")
    assert drawing is not None
    return dict(json.loads(drawing.header))


def test_a_second_stroke_asks_the_database_nothing(alice, django_assert_num_queries) -> None:
    live.draw(alice, draw(1), None, "page.x")
    with django_assert_num_queries(0):
        live.draw(alice, draw(2), None, "page.x")
    with pytest.raises(Refused, match="invalid"):
        live.draw(alice, draw(3, prompt=""), None, "page.x")


def test_drafts_take_the_models_quick_settings_and_never_more_steps_than_asked_for(alice) -> None:
    live.draw(alice, draw(1, steps=50, guidance_scale=9.0), None, "page.x")
    params = header(alice)["params"]
    assert (params["steps"], params["guidance_scale"], params["sampler"], params["count"]) == (2, 9.0, "", 1)
    live.draw(alice, draw(2, steps=1), None, "page.x")
    assert header(alice)["params"]["steps"] == 1
    live.draw(alice, draw(3, "refined", steps=50, count=4), None, "page.x")
    params = header(alice)["params"]
    assert (params["steps"], params["count"]) == (50, 1)


def test_a_draft_changes_something_however_low_the_strength(alice) -> None:
    params = {"prompt": "x", "strength": 0.2, "steps": 40, "width": 64, "height": 64}
    admitted = live._admit(alice.pk, "sketch_to_image", "fake", "draft", live.json.dumps(params), 0)
    assert int(admitted.params["steps"] * admitted.params["strength"]) == live.LEAST_STEPS


def test_a_board_without_a_seed_keeps_one_of_its_own(alice) -> None:
    seeds = []
    for revision, kind in ((1, "draft"), (2, "refined"), (3, "draft")):
        live.draw(alice, draw(revision, kind), None, "page.x")
        seeds.append(header(alice)["params"]["seed"])
    assert len(set(seeds)) == 1


def test_bob_cannot_draw_with_a_model_that_is_not_for_him(alice, bob) -> None:
    group = Group.objects.create(name="painters")
    Model.objects.get(name="fake").groups.add(group)
    alice.groups.add(group)
    live.draw(alice, draw(), None, "page.x")
    with pytest.raises(Refused, match="model_unavailable"):
        live.draw(bob, draw(), None, "page.x")


def test_a_tool_without_steps_is_not_drawn_live(alice) -> None:
    Model.objects.filter(name="fake").update(tools=["upscale"], parts={"upscaler": "x"})
    with pytest.raises(Refused, match="not_live"):
        live.draw(alice, Draw(type="draw", board="b", revision=1, tool="upscale", model="fake"), None, "page.x")
