"""What the tool sketch_to_3d asks of people whose model makes shapes: words, a drawing or a picture."""

from typing import Any
from uuid import uuid4

import pytest

from studio.commands import generations
from studio.files import blobs
from studio.models import Generation, Model
from studio.protocol import Submit
from studio.words.errors import Refused
from tests.studio.engines import recorded

pytestmark = pytest.mark.usefixtures("models", "unhurried")


@pytest.fixture(autouse=True)
def shapers(db: None) -> None:
    for family, engine in [("shap_e", "local"), ("shap_e_image", "local"), ("trellis", "mesh_http")]:
        Model.objects.create(
            name=family, title=family, engine=engine, family=family, source=f"org/{family}", tools=["sketch_to_3d"]
        )


def ask(user: Any, model: str, *roles: str, **params: Any) -> Generation:
    inputs = {role: blobs.put(user.pk, recorded.drawn("star", 64)).pk for role in roles}
    command = Submit(type="submit", id=uuid4().hex, tool="sketch_to_3d", model=model, params=params, inputs=inputs)
    return generations.submit(user, command)


@pytest.mark.parametrize(
    ("model", "roles", "params", "code"),
    [
        ("shap_e", (), {}, "words_required"),
        ("shap_e", ("sketch",), {"prompt": " "}, "words_required"),
        ("shap_e_image", (), {"prompt": "a cup"}, "input_required"),
        ("trellis", (), {"prompt": "a cup"}, "input_required"),
        ("shap_e", (), {"prompt": "a cup", "steps": 500}, "invalid"),
    ],
)
def test_what_a_model_cannot_begin_with_is_refused_in_words(
    alice: Any, model: str, roles: tuple[str, ...], params: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        ask(alice, model, *roles, **params)
    assert caught.value.code == code
    assert not Generation.objects.exists()


@pytest.mark.parametrize(
    ("model", "roles", "queue"),
    [("shap_e", (), "gpu"), ("shap_e_image", ("sketch",), "gpu"), ("trellis", ("sketch",), "remote")],
)
def test_shape_waits_in_the_queue_of_its_engine_with_its_steps(
    alice: Any, model: str, roles: tuple[str, ...], queue: str
) -> None:
    generation = ask(alice, model, *roles, prompt="a cup", steps=20)
    assert (generation.queue, generation.params["steps"], generation.params["count"]) == (queue, 20, 1)
    assert "thickness" not in generation.params and generation.params["size"] == 1.0
