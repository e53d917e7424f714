"""The catalogue is filled once, and what an administrator changed stays. And the tiny pipeline for tests is tiny."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from studio.engines import catalogue
from studio.engines.base import EngineError
from studio.engines.local import LocalEngine
from studio.engines.seeding import seed
from studio.models import Model


@pytest.mark.django_db
def test_seeding_adds_every_model_of_the_settings_in_their_order() -> None:
    names = [entry["name"] for entry in settings.MODELS]
    assert seed() == names
    places = {entry["name"]: entry.get("position", place) for place, entry in enumerate(settings.MODELS, start=1)}
    assert list(Model.objects.values_list("name", flat=True)) == sorted(names, key=lambda name: places[name])


@pytest.mark.django_db
def test_seeding_again_adds_nothing_and_keeps_what_the_administrator_edited(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("seed_models")
    Model.objects.filter(name="starter").update(title="Our own", enabled=False, position=50)
    Model.objects.filter(name="tiny").delete()
    call_command("seed_models")
    starter = Model.objects.get(name="starter")
    assert (starter.title, starter.enabled, starter.position) == ("Our own", False, 50)
    assert capsys.readouterr().out.splitlines()[1] == "Added: tiny"
    assert seed() == []


@pytest.mark.django_db
def test_every_model_of_the_settings_names_a_known_engine_and_known_tools(models: None) -> None:
    tools = {path.rpartition(".")[2] for path in settings.TOOLS}
    for model in Model.objects.all():
        assert model.engine in settings.ENGINES
        assert {"".join(word.title() for word in tool.split("_")) for tool in model.tools} <= tools


def test_engine_is_loaded_by_its_dotted_name_once() -> None:
    assert isinstance(catalogue.load("local"), LocalEngine)
    assert catalogue.load("local") is catalogue.load("local")
    with pytest.raises(EngineError, match="model_unavailable"):
        catalogue.load("nobody")


def test_tiny_pipeline_is_small_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for name, number in (("a", 3), ("b", 3), ("c", 4)):
        call_command("make_tiny_pipeline", tmp_path / name, controlnet=True, seed=number, verbosity=0)
    files = [p for p in (tmp_path / "a").rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 3_000_000
    assert not [p for p in files if p.suffix not in (".json", ".safetensors")]
    weights = Path("unet") / "diffusion_pytorch_model.safetensors"
    a, b, c = ((tmp_path / name / weights).read_bytes() for name in "abc")
    assert a == b != c
    assert json.loads((tmp_path / "a" / "model_index.json").read_text())["_class_name"] == "StableDiffusionPipeline"


def test_threads_that_ask_at_once_get_the_same_engine() -> None:
    catalogue._load.cache_clear()
    gate = threading.Barrier(8, timeout=60)

    def ask() -> int:
        gate.wait()
        return id(catalogue.load("fake"))

    with ThreadPoolExecutor(8) as pool:
        assert len({future.result() for future in [pool.submit(ask) for _ in range(8)]}) == 1
