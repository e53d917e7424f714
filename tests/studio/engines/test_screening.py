"""Pictures of engines that ask no safety checker themselves: the worker asks it. Real engine, checker and runner."""

import io
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from accounts.models import User
from gallery.models import Work
from studio.commands import generations
from studio.engines.base import EngineError
from studio.engines.local import safety
from studio.job import Job, ModelRef, Output
from studio.models import Generation, Model
from studio.protocol import Submit
from studio.worker import runner, screening

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unhurried")]
Ask = Callable[..., Generation]


@pytest.fixture(scope="module")
def checkers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two checkers: "strict" finds everything unsafe, "mild" nothing; "broken" has no weights."""
    folder = tmp_path_factory.mktemp("checkers")
    for name, unsafe in (("strict", True), ("mild", False), ("broken", True)):
        safety.write_tiny(folder / name, unsafe=unsafe)
    next((folder / "broken").glob("*.safetensors")).unlink()
    return folder


@pytest.fixture
def ask(alice: User, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """`ask(**parts)`: alice has a picture enlarged without a network, by a model with those parts."""
    settings.LEASE = 600.0  # the watch's thread would wait for the transaction of the test
    works = settings.STORAGES["works"] | {"OPTIONS": {"location": str(tmp_path / "works")}}
    settings.STORAGES = settings.STORAGES | {"works": works}
    monkeypatch.setattr("studio.tasks.ring", lambda queue: None)

    def run(**parts: str) -> Generation:
        model = Model.objects.create(
            name="p", title="P", engine="plain", family="plain", source="plain", tools=["upscale"], parts=parts
        )
        asked = {"type": "submit", "id": uuid.uuid4().hex, "tool": "upscale", "model": model.name, "params": {}}
        generation = generations.submit(alice, Submit(**asked, attached="image"), png())
        assert runner.run_next("cpu", lambda queue: None)
        generation.refresh_from_db()
        return generation

    return run


def png() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((48, 48)).convert("RGB").save(out, "PNG")
    return out.getvalue()


def test_the_checker_of_the_settings_looks_at_what_every_model_made(ask: Ask, checkers: Path, settings: Any) -> None:
    settings.SAFETY, settings.SAFETY_CHECKER = "refuse", str(checkers / "strict")
    generation = ask()
    assert (generation.state, generation.error_code) == ("failed", "picture_refused")
    assert not Work.objects.exists()


def test_the_model_s_own_checker_goes_before_that_of_the_settings(ask: Ask, checkers: Path, settings: Any) -> None:
    settings.SAFETY, settings.SAFETY_CHECKER = "refuse", str(checkers / "strict")
    assert ask(safety_checker=str(checkers / "mild")).state == "finished"
    assert Work.objects.get().recipe["facts"]["safety"] == {"unsafe": False}


def test_a_checker_that_cannot_be_loaded_lets_nothing_pass(ask: Ask, checkers: Path, settings: Any) -> None:
    settings.SAFETY_CHECKER = str(checkers / "broken")
    generation = ask()
    assert (generation.state, generation.error_code) == ("failed", "safety_unavailable")
    assert not Work.objects.exists()


def test_nobody_is_asked_where_it_is_off_or_there_is_none(ask: Ask, checkers: Path, settings: Any) -> None:
    settings.SAFETY, settings.SAFETY_CHECKER = "off", str(checkers / "strict")
    assert ask().state == "finished"
    assert "safety" not in Work.objects.get().recipe["facts"]


def test_the_local_engine_hears_of_the_checker_of_the_settings(settings: Any) -> None:
    settings.SAFETY_CHECKER = "org/checker"
    row = Model(name="x", engine="local", family="sd", source="org/x")
    assert row.ref().parts == {"safety_checker": "org/checker"}
    row.parts = {"safety_checker": "org/own"}
    assert row.ref().parts == {"safety_checker": "org/own"}


def test_pictures_of_another_server_are_looked_at_and_other_inputs_are_not(checkers: Path, settings: Any) -> None:
    """As the engines of other servers give them: no word of a checker, and inputs that are no pictures."""
    settings.SAFETY = "hold"
    ref = ModelRef("away", "z_image", "z", parts={"safety_checker": str(checkers / "strict")})
    job = Job("1", "text_to_image", {}, {"hints": b"[1, 2]"}, ref)
    (output,) = screening.screen(job, [Output(png(), "image/png", 1, {"seconds": 1})])
    assert output.facts == {"seconds": 1, "safety": {"unsafe": True}}
    settings.SAFETY = "refuse"
    with pytest.raises(EngineError, match="picture_refused"):
        screening.screen(job, [output])
