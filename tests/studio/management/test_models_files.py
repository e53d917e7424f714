"""`manage.py models`: pull from a hub (one of our own) with every check, verify, remove, warm, pin to a queue."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import huggingface_hub.constants as hub_constants
import pytest
import torch
from django.core.management import CommandError, call_command
from django.utils import timezone
from safetensors.torch import save

from accounts.models import User
from studio.engines import catalogue
from studio.job import Job, Output
from studio.management.catalogue import files, keeping, pulling
from studio.management.catalogue.files import Offered, Unusable
from studio.models import Generation, Model, Pulse, State
from studio.news import pulse
from studio.worker import warming
from tests.servers.hub import COMMIT, Hub, serving

pytestmark = pytest.mark.django_db
WEIGHTS = save({"x": torch.zeros(4)})
INDEX = json.dumps({"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}).encode()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one model, and an empty cache here."""
    with serving() as made:
        made.files = {
            "model_index.json": INDEX,
            "unet/config.json": b"{}",
            "unet/diffusion_pytorch_model.safetensors": WEIGHTS,
            "unet/diffusion_pytorch_model.fp16.safetensors": WEIGHTS,
            "unet/diffusion_pytorch_model.bin": b"pickle",
            "tokenizer/vocab.json": b"{}",
            "safety_checker/model.safetensors": WEIGHTS,
            "house.safetensors": WEIGHTS,
            "pipeline.py": b"import os",
        }
        monkeypatch.setenv("HF_ENDPOINT", made.url)
        monkeypatch.setattr(hub_constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr(hub_constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(hub_constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)
        yield made


@pytest.fixture
def house(db: None) -> Model:
    return Model.objects.create(name="house", title="House", engine="local", family="sd", source="org/house")


def run(*words: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("models", *words, stdout=out, **options)
    return out.getvalue()


def cached(tmp_path: Path) -> set[str]:
    place = tmp_path / "hub" / "models--org--house" / "snapshots" / COMMIT
    return {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}


def test_what_is_pulled_is_what_loading_reads_each_file_checked(hub: Hub, house: Model, tmp_path: Path) -> None:
    told = run("pull", "house")
    assert "4 files" in told and "[4/4] 100 %" in told
    assert cached(tmp_path) == {
        "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors", "tokenizer/vocab.json",
    }  # fmt: skip
    house.refresh_from_db()
    assert (house.revision, house.licence, len(house.hashes)) == (COMMIT, "mit", 4)
    assert "as they were" in run("verify", "house")
    hub.asked.clear()
    assert "not here" not in run("list", "--long") and not hub.asked


def test_verify_finds_what_was_changed_is_missing_or_has_come(hub: Hub, house: Model, tmp_path: Path) -> None:
    run("pull", "house")
    place = files.here("org/house", COMMIT)
    assert place is not None
    weights = place / "unet" / "diffusion_pytorch_model.safetensors"
    weights.resolve().write_bytes(WEIGHTS[:-1] + b"\x01")
    (place / "unet" / "extra.safetensors").write_bytes(WEIGHTS)
    (place / "unet" / "config.json").unlink()
    with pytest.raises(CommandError, match="1 of the models are not as they were"):
        run("verify", "house")
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("models", "verify", "house", stdout=out)
    for fault in ("safetensors is not what it was", "config.json is missing", "extra.safetensors has come since"):
        assert fault in out.getvalue()


def test_a_file_that_is_not_what_the_hub_says_does_not_stay(hub: Hub, house: Model, tmp_path: Path) -> None:
    hub.lies = {"unet/diffusion_pytorch_model.safetensors"}
    with pytest.raises(CommandError, match="not what the hub says it is"):
        run("pull", "house")
    assert "unet/diffusion_pytorch_model.safetensors" not in cached(tmp_path)
    house.refresh_from_db()
    assert house.hashes == {} and house.revision == ""
    hub.lies, hub.files["unet/diffusion_pytorch_model.safetensors"] = set(), b"no safetensors at all"
    with pytest.raises(CommandError, match="no safetensors file"):
        run("pull", "house")


def test_pickles_alone_are_refused(hub: Hub, house: Model, tmp_path: Path) -> None:
    for name in list(hub.files):
        if name.startswith("unet/") and name.endswith("safetensors"):
            del hub.files[name]
    with pytest.raises(CommandError, match="no safetensors in unet, only files that can hold code"):
        run("pull", "house")
    assert cached(tmp_path) == set()


def test_a_licence_that_asks_for_something_is_accepted_by_name(hub: Hub, house: Model, tmp_path: Path) -> None:
    for licence, word in (("creativeml-openrail-m", "creativeml-openrail-m"), ("", "unknown")):
        hub.licence = licence
        with pytest.raises(CommandError, match=f"--accept-licence {word}"):
            run("pull", "house", "--accept-licence", "another")
    hub.licence = "creativeml-openrail-m"
    run("pull", "house", "--accept-licence", "creativeml-openrail-m")
    house.refresh_from_db()
    assert house.licence == "creativeml-openrail-m"


def test_what_is_too_large_is_refused_before_anything_comes(
    hub: Hub, house: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="more than --max-gb"):
        run("pull", "house", "--max-gb", "0.0000001")
    full = type("Usage", (), {"free": pulling.SPARE})
    monkeypatch.setattr(pulling.shutil, "disk_usage", lambda place: full)
    with pytest.raises(CommandError, match="are free where it would go"):
        run("pull", "house")
    assert not any("/resolve/" in each for each in hub.asked)
    monkeypatch.undo()


def test_looking_fetches_nothing(hub: Hub, house: Model, tmp_path: Path) -> None:
    assert "4 files" in run("pull", "house", "--look")
    assert cached(tmp_path) == set()


def test_a_hub_that_refuses_or_is_away_is_told_plainly(hub: Hub, house: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.wants_token = True
    with pytest.raises(CommandError, match="HF_TOKEN"):
        run("pull", "house")
    Model.objects.update(source="org/none")
    hub.wants_token = False
    with pytest.raises(CommandError, match="no such model on the hub"):
        run("pull", "house")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(CommandError, match="cannot be asked"):
        run("pull", "house")
    Model.objects.update(source="starter/weights")
    with pytest.raises(CommandError, match="names nothing on a hub"):
        run("pull", "house")
    with pytest.raises(CommandError, match="no model called nothing"):
        run("pull", "nothing")


def test_a_model_in_half_precision_only_keeps_that() -> None:
    offered = [Offered("model_index.json", 1), Offered("unet/d.fp16.safetensors", 1), Offered("vae/d.safetensors", 1)]
    names = [file.path for file in files.wanted(offered, "sdxl")]
    assert names == ["model_index.json", "unet/d.fp16.safetensors", "vae/d.safetensors"]
    with pytest.raises(Unusable, match="no safetensors in it"):
        files.wanted([Offered("config.json", 1)], "")


@pytest.mark.parametrize("data", [b"", b"\xff" * 16, b"\x02\0\0\0\0\0\0\0{}"[:9], b"\x04\0\0\0\0\0\0\0[1]]"])
def test_a_head_that_cannot_be_true_is_seen_before_loading(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(data)
    with pytest.raises(Unusable):
        files.check_head(path)
    path.write_bytes(WEIGHTS[:-4])
    with pytest.raises(Unusable, match="shorter than its head says"):
        files.check_head(path)
    path.write_bytes(WEIGHTS)
    assert files.check_head(path) == 1


def test_a_folder_is_learnt_and_verified_like_what_was_pulled(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(WEIGHTS)
    Model.objects.create(name="own", title="Own", engine="local", family="esrgan", source=str(tmp_path))
    with pytest.raises(CommandError):
        run("verify", "own")
    assert "1 files are known now" in run("verify", "own", "--write")
    assert "1 files as they were" in run("verify")


# Removing ------------------------------------------------------------------------------------------------------------


def test_a_model_goes_with_its_files_but_not_with_those_of_others(
    hub: Hub, house: Model, tmp_path: Path, settings: Any
) -> None:
    run("pull", "house")
    twin = Model.objects.create(name="twin", title="Twin", engine="local", family="sd", source="org/house")
    assert "stays: another one uses it" in run("remove", "house", "--files")
    assert cached(tmp_path) and not Model.objects.filter(name="house").exists()
    assert "are free again" in run("remove", "twin", "--files") and cached(tmp_path) == set()
    settings.VAR_DIR = tmp_path / "var"
    for place, word in ((tmp_path / "elsewhere", "stays: it lies outside"), (tmp_path / "var" / "m", "is gone")):
        place.mkdir(parents=True)
        Model.objects.create(name="own", title="Own", engine="local", family="sd", source=str(place))
        assert word in run("remove", "own", "--files")
    assert (tmp_path / "elsewhere").is_dir() and not (tmp_path / "var" / "m").exists()
    assert not Model.objects.filter(pk=twin.pk).exists()


def test_a_model_that_is_being_made_with_stays(house: Model, alice: User) -> None:
    row = Generation.objects.create(owner=alice, command="x", tool="text_to_image", model=house, model_name="house")
    with pytest.raises(CommandError, match="1 of house wait or are being made"):
        run("remove", "house")
    Generation.objects.filter(pk=row.pk).update(state=State.FINISHED)
    run("remove", "house")
    row.refresh_from_db()
    assert row.model is None and row.model_name == "house"


# Queues and memory ---------------------------------------------------------------------------------------------------


def test_a_model_is_pinned_on_the_command_line(house: Model) -> None:
    assert "made by workers of gpu-large" in run("queue", "house", "gpu-large")
    assert Model.objects.get().queue == "gpu-large" and "gpu-large" in run("list", "--long")
    with pytest.raises(CommandError, match="Workers of this engine listen to"):
        run("queue", "house", "cpu")
    assert "workers of gpu" in run("queue", "house")


def test_warming_waits_until_every_worker_holds_the_model(house: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="No worker listens"):
        run("warm", "house")
    pulse.beat("worker:gpu")
    Pulse.objects.create(name="worker:gpu@old:1", kind="worker:gpu", seen_at=timezone.now() - timedelta(minutes=5))
    with pytest.raises(CommandError, match="1 of them have not loaded house yet"):
        run("warm", "house", "--wait", "0")
    assert pulse.asked("worker:gpu") == (False, ["house"]) and pulse.asked("worker:gpu") == (False, [])
    Pulse.objects.filter(kind="worker:gpu").update(in_memory=["house"])
    assert "1 of 1 have it in memory" in run("warm", "house")


def test_a_worker_that_is_asked_makes_the_smallest_picture_and_throws_it_away(
    house: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Job] = []

    class Engine:
        def run(self, job: Job, on_step: Any) -> list[Output]:
            made.append(job)
            return []

    monkeypatch.setattr(catalogue, "load", lambda name: Engine())
    monkeypatch.setattr(warming, "close_old_connections", lambda: None)
    Model.objects.update(tools=["text_to_image"], defaults={"width": 128, "height": 96})
    warming.load_ahead("house")
    (job,) = made
    assert (job.model.name, job.lane, job.params["steps"]) == ("house", "bulk", 1)
    assert (job.params["width"], job.params["height"]) == (128, 96)
    Model.objects.update(parts={"few_steps": "/models/house-quick"})
    warming.load_ahead("house")
    assert [job.model.variant for job in made] == ["", "", "few_steps"], "who draws live does not wait either"
    warming.load_ahead("nothing")
    Model.objects.update(tools=["colorize"])
    warming.load_ahead("house")
    assert len(made) == 3


def test_the_list_says_where_things_stand(house: Model) -> None:
    lines: list[str] = []
    keeping.tell(much=True, say=lines.append)
    assert lines[0].startswith("house ") and "not here" in lines[1]
