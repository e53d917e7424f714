"""LoRAs: each row its own in one step, equal to diffusers' own way of loading them; bad files trouble nobody else."""

import gc
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file, save_file

from studio.engines.base import EngineError
from studio.engines.local import stepping, tiny
from studio.engines.local.adapters import NOTHING, Additions
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.loading import LoadedModel
from studio.engines.local.lora import read
from studio.engines.local.mixing import Pick, _stacks
from studio.engines.local.slots import Slot
from studio.engines.local.steps import MOST_PICKS
from studio.engines.local.words import Words
from studio.job import AdapterRef, Job, ModelRef
from tests.studio.engines.conftest import job_for
from tests.studio.engines.contract import Recorder
from tests.studio.engines.driven import Driven, difference, heard, loaded, stock, together
from tests.studio.engines.lora_files import EVERYTHING, Layout, write_lora


def lora(file: Path, weight: float = 1.0) -> AdapterRef:
    return AdapterRef(file.stem, "lora", str(file), weight)


def wearing(job: Job, *adapters: AdapterRef) -> Job:
    return replace(job, adapters=adapters)


@pytest.fixture(scope="module")
def tiny_model(ask_tiny: Callable[..., Job]) -> LoadedModel:
    return loaded(ask_tiny().model)


@pytest.fixture(scope="module")
def files(tiny_model: LoadedModel, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("loras")
    unet, text = tiny_model.parts["unet"], tiny_model.parts["text_encoder"]
    return {
        "peft": write_lora(folder / "peft.safetensors", {"unet": unet, "text_encoder": text}, seed=1),
        "kohya": write_lora(folder / "kohya.safetensors", {"unet": unet, "text_encoder": text}, layout="kohya", rank=8),
        "conv": write_lora(
            folder / "conv.safetensors", {"unet": unet}, layout="kohya", layers=EVERYTHING, strength=0.2
        ),
        "words": write_lora(folder / "words.safetensors", {"text_encoder": text}, seed=3),
    }


@pytest.mark.parametrize("name", ["peft", "kohya", "conv", "words"])
def test_lora_alone_equals_diffusers_own_loading(
    name: str, files: dict[str, Path], ask_tiny: Callable[..., Job]
) -> None:
    job = wearing(ask_tiny(steps=3, prompt="a red house", negative_prompt="dog"), lora(files[name], 0.8))
    made = together([(0, job)])[0][0]
    assert difference(made, stock(job)) <= 2
    assert difference(made, stock(replace(job, adapters=()))) > 2


def test_different_loras_in_one_batch_equal_stock_each(files: dict[str, Path], ask_tiny: Callable[..., Job]) -> None:
    jobs = [
        (0, wearing(ask_tiny(seed=1), lora(files["peft"]))),
        (0, wearing(ask_tiny(seed=2, steps=6), lora(files["kohya"], 0.5), lora(files["conv"], -0.7))),
        (0, ask_tiny(seed=3)),
        (1, wearing(ask_tiny(seed=4, guidance_scale=1.0), lora(files["peft"], 0.3))),
        (2, wearing(ask_tiny("sketch_to_image", seed=5, steps=6), lora(files["conv"]), lora(files["words"], 2))),
    ]
    made, most = together(jobs)
    assert most >= 5
    for (_turn, job), outputs in zip(jobs, made, strict=True):
        assert difference(outputs, stock(job)) <= 2


def test_step_holds_few_different_loras_and_everybody_has_their_turn(
    files: dict[str, Path], ask_tiny: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    met: list[set[Pick]] = []
    predict = stepping.predict

    def watched(slots: Sequence[Slot]) -> list[torch.Tensor]:
        met.append({pick for slot in slots for pick in slot.picks})
        return predict(slots)

    monkeypatch.setattr(stepping, "predict", watched)
    weights = [0.1 * at for at in range(1, 1 + MOST_PICKS + 3)]
    # Long enough that none has ended before the last one's file is read, also on a busy machine.
    ask = partial(ask_tiny, steps=40, guidance_scale=1.0)
    jobs = [(0, wearing(ask(seed=at), lora(files["peft"], weight))) for at, weight in enumerate(weights)]
    made, _most = together([*jobs, (0, ask(seed=50))])
    assert max(map(len, met)) == MOST_PICKS
    for (_turn, job), outputs in zip(jobs, made[:-1], strict=True):
        assert difference(outputs, stock(job)) <= 2


@pytest.mark.parametrize("layout", ["peft", "kohya"])
def test_lora_of_sdxl_changes_both_text_encoders(layout: Layout, tmp_path: Path) -> None:
    tiny.write(tmp_path / "xl", shape="xl")
    ask = job_for(ModelRef("xl", "sdxl", str(tmp_path / "xl")), 64)
    parts = loaded(ask().model).parts
    networks = {name: parts[name] for name in ("unet", "text_encoder", "text_encoder_2")}
    file = write_lora(tmp_path / "xl.safetensors", networks, layout=layout, strength=0.2)
    jobs = [(0, wearing(ask(steps=3), lora(file))), (0, ask(steps=3, seed=2))]
    made, _most = together(jobs)
    for (_turn, job), outputs in zip(jobs, made, strict=True):
        assert difference(outputs, stock(job)) <= 2
    assert difference(made[0], stock(ask(steps=3))) > 2


def test_networks_are_the_same_after_a_lora(files: dict[str, Path], local_engine: DeviceEngine, ask_tiny: Any) -> None:
    before = local_engine.run(ask_tiny(), Recorder())
    local_engine.run(wearing(ask_tiny(), lora(files["conv"]), lora(files["peft"])), Recorder())
    assert difference(before, local_engine.run(ask_tiny(), Recorder())) == 0


def test_lora_that_overflows_spoils_only_its_own_rows(
    tiny_model: LoadedModel, ask_tiny: Callable[..., Job], tmp_path: Path
) -> None:
    file = write_lora(tmp_path / "huge.safetensors", {"unet": tiny_model.parts["unet"]}, strength=1e25)
    good = ask_tiny(seed=2)
    bad = wearing(ask_tiny(seed=1), lora(file))
    batcher = Driven(good.model)
    batcher.fit(bad)
    inboxes = [batcher.ask(job) for job in (bad, good)]
    batcher.run_out()
    with pytest.raises(EngineError) as caught:
        heard(inboxes[0], bad)
    assert caught.value.code == "no_picture"
    assert difference(heard(inboxes[1], good), stock(good)) <= 2


def spoil(trouble: str, good: Path, bad: Path) -> None:
    """Write `good` to `bad` with something wrong."""
    weights = load_file(good)
    first = next(name for name in weights if "to_q.lora_A" in name)
    if trouble == "cut":
        bad.write_bytes(good.read_bytes()[:3000])
    elif trouble == "pickle":
        torch.save(weights, bad)
    elif trouble == "other model":
        save_file({name: torch.cat([part, part], dim=-1).contiguous() for name, part in weights.items()}, bad)
    elif trouble == "half":
        del weights[first]
        save_file(weights, bad)
    elif trouble == "nan":
        weights[first][0, 0] = torch.nan
        save_file(weights, bad)
    elif trouble == "dora":
        save_file(weights | {first.replace("lora_A.weight", "lora_magnitude_vector"): torch.ones(4)}, bad)
    elif trouble == "nothing":
        save_file({"hello": torch.ones(2)}, bad)
    elif trouble == "stranger":
        save_file(weights | {first.replace("to_q", "to_nowhere"): weights[first].clone()}, bad)


@pytest.mark.parametrize(
    "trouble", ["missing", "cut", "pickle", "other model", "half", "nan", "dora", "nothing", "stranger"]
)
def test_bad_file_is_told_by_its_name_and_troubles_nobody_else(
    trouble: str, files: dict[str, Path], local_engine: DeviceEngine, ask_tiny: Callable[..., Job], tmp_path: Path
) -> None:
    spoil(trouble, files["peft"], tmp_path / "bad.safetensors")
    with pytest.raises(EngineError) as caught:
        local_engine.run(wearing(ask_tiny(), lora(tmp_path / "bad.safetensors")), Recorder())
    assert (caught.value.code, caught.value.params) == ("adapter_unavailable", {"name": "bad"})
    assert local_engine.run(wearing(ask_tiny(), lora(files["peft"])), Recorder())


def test_folder_with_one_file_is_a_lora_too(files: dict[str, Path], tmp_path: Path, ask_tiny: Any) -> None:
    (tmp_path / "x.safetensors").write_bytes(files["peft"].read_bytes())
    made = together([(0, wearing(ask_tiny(), lora(tmp_path)))])[0][0]
    assert difference(made, stock(wearing(ask_tiny(), lora(files["peft"])))) <= 2


def test_lora_that_does_not_fit_at_first_is_read_again_when_room_was_made(
    files: dict[str, Path], ask_tiny: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What of LoRAs nobody wears makes room as well."""
    job, other = (
        wearing(ask_tiny(steps=3), lora(files["peft"])),
        wearing(ask_tiny(steps=2, seed=2), lora(files["conv"])),
    )
    batcher = Driven(job.model)
    batcher.fit(other)
    batcher.ask(other)
    batcher.run_out()
    assert _stacks and batcher._adapters._contents
    tries: list[Path] = []

    def full(file: Path, model: LoadedModel) -> Any:
        tries.append(file)
        if len(tries) == 1:
            raise torch.OutOfMemoryError
        assert not _stacks and not batcher._adapters._contents
        return read(file, model)

    monkeypatch.setattr("studio.engines.local.lora.read", full)
    inbox = batcher.ask(job)
    batcher.run_out()
    assert difference(heard(inbox, job), stock(job)) <= 2
    assert len(tries) == 2


def test_what_was_used_longest_ago_goes_and_comes_again(
    files: dict[str, Path], tiny_model: LoadedModel, ask_tiny: Callable[..., Job]
) -> None:
    engine = DeviceEngine(device="cpu", threads=1)
    engine.batcher._adapters.kept = read(files["peft"], tiny_model).size
    for names in (["peft"], ["conv", "peft", "kohya"], ["peft"]):
        job = wearing(ask_tiny(steps=1), *(lora(files[name]) for name in names))
        assert engine.run(job, Recorder())
        assert len(engine.batcher._adapters._contents) == 1


def test_encodings_of_a_prompt_are_told_apart_by_lora_and_keep_none_in_memory(
    files: dict[str, Path], tiny_model: LoadedModel, ask_tiny: Callable[..., Job]
) -> None:
    pipeline = tiny_model.pipeline(StableDiffusionPipeline)
    words, one, other = Words(), read(files["peft"], tiny_model), read(files["words"], tiny_model)
    gone = weakref.ref(next(iter(one.changes["unet"].values())).up)
    with torch.no_grad():
        plain, first, second, again = (
            words.of(tiny_model, pipeline, ask_tiny(), additions).rows
            for additions in (NOTHING, Additions((Pick(one, 1.0),)), Additions((Pick(other, 1.0),)), NOTHING)
        )
    assert torch.equal(plain, again)
    assert not torch.allclose(plain, first) and not torch.allclose(first, second)
    del one
    _stacks.clear()
    gc.collect()
    assert gone() is None
