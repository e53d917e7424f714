"""What becomes of a picture that a checker finds unsafe, by setting SAFETY: real engine, real checker, real runner."""

import io
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker, cosine_distance
from PIL import Image
from transformers import CLIPImageProcessor

from accounts.models import User
from gallery import publishing
from gallery.models import Visibility, Work, WorkFile
from studio.commands import generations
from studio.engines.local import safety
from studio.engines.local.engine import DeviceEngine
from studio.models import Event, Generation, Model
from studio.protocol import Submit
from studio.worker import runner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unhurried")]
PARAMS = {"prompt": "a red house", "steps": 2, "width": 64, "height": 64, "seed": 3, "strength": 0.9}
Ask = Callable[..., Generation]


@pytest.fixture(scope="module")
def checkers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two checkers: "strict" finds everything unsafe, "mild" nothing."""
    folder = tmp_path_factory.mktemp("checkers")
    for name, unsafe in (("strict", True), ("mild", False)):
        safety.write_tiny(folder / name, unsafe=unsafe)
    return folder


@pytest.fixture(autouse=True)
def shelf(settings: Any, tmp_path: Path) -> Path:
    """Where the files of works lie, empty."""
    works = settings.STORAGES["works"] | {"OPTIONS": {"location": str(tmp_path / "works")}}
    settings.STORAGES = settings.STORAGES | {"works": works}
    return tmp_path / "works"


@pytest.fixture
def ask(
    alice: User, tiny_folder: Path, local_engine: DeviceEngine, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Ask:
    """`ask(checker, begun)`: alice asks for a picture of the tiny model with that checker, and it is run."""
    settings.LEASE = 600.0  # the watch's thread would wait for the transaction of the test
    monkeypatch.setattr("studio.tasks.ring", lambda queue: None)
    monkeypatch.setattr("studio.worker.runner.catalogue.load", lambda name: local_engine)

    def run(checker: Path, begun: bytes = b"") -> Generation:
        model = Model.objects.create(
            name=f"m{uuid.uuid4().hex[:8]}", title="Checked", engine="local", family="sd", source=str(tiny_folder),
            parts={safety.PART: str(checker)}, tools=["text_to_image", "image_to_image"],
        )  # fmt: skip
        tool = "image_to_image" if begun else "text_to_image"
        params = {name: value for name, value in PARAMS.items() if begun or name != "strength"}
        asked = {"type": "submit", "id": uuid.uuid4().hex, "tool": tool, "model": model.name, "params": params}
        attached = {"attached": "image"} if begun else {}
        generation = generations.submit(alice, Submit(**asked, **attached), begun or None)
        assert runner.run_next("gpu", lambda queue: None)
        generation.refresh_from_db()
        return generation

    return run


def files(shelf: Path) -> list[Path]:
    return [path for path in shelf.rglob("*") if path.is_file()]


def refused(generation: Generation, shelf: Path) -> bool:
    """Told with its code, and nothing of the picture is kept: no row, no file."""
    told = str(Event.objects.filter(owner=generation.owner).latest("seq").payload)
    gone = not Work.objects.exists() and not WorkFile.objects.exists() and not files(shelf)
    code = generation.error_code
    return (generation.state, code) == ("failed", "picture_refused") and "picture_refused" in told and gone


def test_refuse_keeps_nothing_of_an_unsafe_picture(ask: Ask, checkers: Path, shelf: Path, settings: Any) -> None:
    settings.SAFETY = "refuse"
    assert refused(ask(checkers / "strict"), shelf)


def test_refuse_keeps_what_is_safe(ask: Ask, checkers: Path, shelf: Path, settings: Any) -> None:
    settings.SAFETY = "refuse"
    assert ask(checkers / "mild").state == "finished"
    assert Work.objects.get().recipe["facts"]["safety"] == {"unsafe": False} and files(shelf)


def test_refuse_looks_at_what_a_picture_began_with_as_well(
    ask: Ask, checkers: Path, shelf: Path, settings: Any, tmp_path: Path
) -> None:
    """A checker that finds the input unsafe and not what is made of it."""
    settings.SAFETY = "refuse"
    begun = Image.fromarray(numpy.indices((64, 64)).sum(0).astype("uint8") * 2).convert("RGB")
    assert ask(checkers / "mild", png(begun)).state == "finished"
    kept = Work.objects.get()
    image = kept.file("image")
    assert image is not None
    made = Image.open(next(path for path in files(shelf) if path.name.startswith(image.sha256))).convert("RGB")
    tell_apart(checkers / "mild", tmp_path / "begun", bad=begun, good=made)
    assert not safety.load(str(tmp_path / "begun"), torch.device("cpu")).unsafe(made)
    kept.delete()
    for path in files(shelf):
        path.unlink()
    assert refused(ask(tmp_path / "begun", png(begun)), shelf)


@pytest.mark.parametrize(("setting", "veiled", "moderation"), [("hold", False, "held"), ("blur", True, "clear")])
def test_other_settings_keep_it_and_hold_it_back_or_veil_it(
    ask: Ask, checkers: Path, settings: Any, setting: str, *, veiled: bool, moderation: str
) -> None:
    settings.SAFETY = setting
    generation = ask(checkers / "strict")
    work = Work.objects.get(generation=generation.pk)
    publishing.set_visibility(work.owner, [work.pk], Visibility.PUBLIC)
    work.refresh_from_db()
    assert (work.veiled, work.moderation) == (veiled, moderation)


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@torch.no_grad()
def tell_apart(source: Path, target: Path, *, bad: Image.Image, good: Image.Image) -> None:
    """Write a checker like `source` that finds `bad` unsafe and `good` not, by the concept that parts them most."""
    network = StableDiffusionSafetyChecker.from_pretrained(source)
    side = network.config.vision_config.image_size
    prepare = CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
    near = [
        cosine_distance(
            network.visual_projection(network.vision_model(prepare(each, return_tensors="pt").pixel_values)[1]),
            network.concept_embeds,
        )[0]
        for each in (bad, good)
    ]
    concept = int((near[0] - near[1]).argmax())
    network.concept_embeds_weights[concept] = (near[0][concept] + near[1][concept]) / 2
    network.save_pretrained(target, safe_serialization=True)
