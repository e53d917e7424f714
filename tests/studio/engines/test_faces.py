"""Photos that are looked at for faces before they get their colours: a real detector, tiny, that sees what is asked."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from transformers import YolosForObjectDetection, YolosImageProcessorPil

from studio.engines.base import Cancelled, EngineError
from studio.engines.local import faces, networks, photos
from studio.engines.local.convert import convert
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.recognise import Unknown, check_faces
from studio.engines.photo import presets, results
from studio.job import Job, ModelRef, Step
from tests.studio.engines import ddcolor_weights
from tests.studio.engines.colouring import colour_job
from tests.studio.engines.contract import Recorder

CPU = torch.device("cpu")
# So small that the presets are told apart and the network has nothing to do.
SMALL = {"person": presets.Preset(128, 160, 192), "building": presets.Preset(192, 224, 256)}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with ddcolor_weights.least():
        yield ddcolor_weights.write(tmp_path_factory.mktemp("ddcolor") / "model.safetensors")


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """The folder of a detector that sees so many faces."""
    written: dict[int, Path] = {}

    def folder(count: int) -> Path:
        if count not in written:
            written[count] = tmp_path_factory.mktemp(f"faces{count}")
            faces.write_tiny(written[count], faces=count)
        return written[count]

    return folder


@pytest.fixture
def ask(weights: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Job]:
    """A maker of jobs that leave it to the photo what it shows; nothing is known of photos before."""
    monkeypatch.setattr(presets, "PRESETS", SMALL)
    monkeypatch.setattr(presets, "auto", partial(_auto, presets.auto))

    def ask(folder: Path | None = None, **params: object) -> Job:
        results.BASES.forget()
        photos.SEEN.forget()
        parts = {"faces": str(folder)} if folder else {}
        return colour_job(ModelRef("ddcolor", "ddcolor", str(weights), parts=parts), hints=False, **params)

    return ask


def _auto(auto: Callable[..., presets.Choice], width: int, height: int, count: int | None = None) -> presets.Choice:
    """As if the photo were large enough for its preset."""
    choice = auto(width, height, count)
    return replace(choice, size=SMALL[choice.preset].usual)


@pytest.mark.parametrize(("count", "chosen"), [(2, ("person", 160)), (0, ("building", 224)), (None, ("person", 160))])
def test_faces_make_it_a_photo_of_people_and_none_one_of_a_place(
    local_engine: DeviceEngine,
    ask: Callable[..., Job],
    detector: Callable[[int], Path],
    count: int | None,
    chosen: tuple[str, int],
) -> None:
    listener = Recorder()
    (output,) = local_engine.run(ask(None if count is None else detector(count)), listener)
    assert (output.facts["preset"], output.facts["network_size"]) == chosen
    assert output.facts.get("faces") == count
    assert ("faces" in {step.stage for step in listener.steps}) == (count is not None)
    shares = [step.share for step in listener.steps if step.stage not in ("waiting", "loading")]
    assert shares == sorted(share for share in shares if share is not None)
    seconds = [step.seconds for step in listener.steps if step.stage in ("faces", "encoder", "decoder", "saving")]
    assert seconds == sorted(seconds), "what the device did before counts"


@pytest.mark.parametrize("params", [{"preset": "person"}, {"preset": "building"}, {"network_size": 128}])
def test_nobody_looks_where_the_person_has_said_what_it_shows(
    local_engine: DeviceEngine, ask: Callable[..., Job], detector: Callable[[int], Path], params: dict[str, object]
) -> None:
    listener = Recorder()
    (output,) = local_engine.run(ask(detector(0), **params), listener)
    assert "faces" not in {*output.facts, *(step.stage for step in listener.steps)}
    assert output.facts["preset"] == params.get("preset", "")


def test_three_sizes_are_those_of_what_the_detector_saw_and_it_is_asked_once(
    local_engine: DeviceEngine, ask: Callable[..., Job], detector: Callable[[int], Path]
) -> None:
    job = ask(detector(0), three=True, count=3)
    outputs = local_engine.run(job, Recorder())
    assert [output.facts["network_size"] for output in outputs] == [192, 224, 256]
    listener = Recorder()
    (again, *_others) = local_engine.run(job, listener)
    assert not {step.stage for step in listener.steps} & {"faces", "encoder"}
    assert again.facts["faces"] == 0


def test_cancel_while_it_is_looked_at_ends_it_and_harms_nothing(
    local_engine: DeviceEngine, ask: Callable[..., Job], detector: Callable[[int], Path]
) -> None:
    class AtFaces(Recorder):
        def __call__(self, step: Step) -> None:
            if step.stage == "faces":
                raise Cancelled
            super().__call__(step)

    job = ask(detector(2))
    with pytest.raises(Cancelled):
        local_engine.run(job, AtFaces())
    (output,) = local_engine.run(ask(detector(2)), Recorder())
    assert output.facts["faces"] == 2


def test_a_photo_that_is_too_large_to_look_at_is_coloured_by_its_size(
    local_engine: DeviceEngine,
    ask: Callable[..., Job],
    detector: Callable[[int], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_about: object) -> int:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(faces.Detector, "count", full)
    (output,) = local_engine.run(ask(detector(0)), Recorder())
    assert output.facts["preset"] == "person" and "faces" not in output.facts


def test_a_detector_that_breaks_fails_the_photo_in_plain_words(
    local_engine: DeviceEngine,
    ask: Callable[..., Job],
    detector: Callable[[int], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_about: object) -> int:
        raise ValueError("its heads disagree")

    monkeypatch.setattr(faces.Detector, "count", broken)
    with pytest.raises(EngineError, match="engine_failed"):
        local_engine.run(ask(detector(0)), Recorder())


def broken(kind: str, folder: Path, whole: Path) -> str:
    """A folder that is no detector of faces."""
    if kind == "nothing":
        return str(folder)
    if kind == "two labels":
        faces.write_tiny(folder, faces=1, labels=("cat", "dog"))
        return str(folder)
    shutil.copytree(whole, folder, dirs_exist_ok=True)
    names = {"no weights": "model.safetensors", "no pictures": "preprocessor_config.json"}
    file = folder / names.get(kind, "config.json")
    if kind.startswith("no "):
        file.unlink()
    else:
        file.write_text(file.read_text("utf-8").replace("YolosForObjectDetection", kind), "utf-8")
    return str(folder)


KINDS = [
    ("nothing", "no config.json"),
    ("two labels", "knows no faces, but cat, dog"),
    ("no weights", "cannot be loaded"),
    ("no pictures", r"no preprocessor_config\.json"),
    ("BertModel", "detects no objects"),
    ("EvilForObjectDetection", "detects no objects"),
]


@pytest.mark.parametrize(("kind", "reason"), KINDS)
def test_a_folder_that_is_no_face_detector_is_refused_with_the_reason(
    tmp_path: Path, detector: Callable[[int], Path], kind: str, reason: str
) -> None:
    with pytest.raises(Unknown, match=reason):
        check_faces(broken(kind, tmp_path, detector(1)))


def test_a_model_whose_detector_is_broken_is_not_available(
    local_engine: DeviceEngine, ask: Callable[..., Job], tmp_path: Path
) -> None:
    with pytest.raises(EngineError) as caught:
        local_engine.run(ask(tmp_path), Recorder())
    assert caught.value.code == "model_unavailable" and caught.value.params == {"model": "ddcolor"}


def test_only_labels_that_say_face_count(tmp_path: Path) -> None:
    faces.write_tiny(tmp_path / "people", faces=3, labels=("hat", "Human face"))
    faces.write_tiny(tmp_path / "hats", faces=3, labels=("a face", "hat"))
    grey = torch.zeros(40, 60, dtype=torch.uint8).numpy()
    assert [faces.load(str(tmp_path / name), CPU).count(grey) for name in ("people", "hats")] == [3, 0]


def test_a_photo_is_looked_at_no_larger_than_it_takes_to_see_faces(tmp_path: Path) -> None:
    faces.write_tiny(tmp_path, faces=1)
    YolosImageProcessorPil().save_pretrained(tmp_path)  # the published ones' 800 and 1333
    seen: list[tuple[int, ...]] = []
    detector = faces.load(str(tmp_path), CPU)
    hook = detector.eye.network.register_forward_pre_hook(
        lambda _network, _args, given: seen.append(tuple(given["pixel_values"].shape)), with_kwargs=True
    )
    assert detector.count(torch.zeros(600, 900, dtype=torch.uint8).numpy()) == 1
    hook.remove()
    assert min(seen[0][2:]) <= faces.SHORTER and max(seen[0]) <= faces.LONGER


def test_a_published_bin_file_becomes_a_detector_by_models_convert(tmp_path: Path) -> None:
    faces.write_tiny(tmp_path, faces=1)
    network = networks.load(YolosForObjectDetection, tmp_path, CPU, torch.float32)
    (tmp_path / "model.safetensors").unlink()
    torch.save(network.state_dict(), tmp_path / "pytorch_model.bin")
    convert(tmp_path / "pytorch_model.bin", tmp_path)
    check_faces(str(tmp_path))
