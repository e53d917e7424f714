"""Every stage takes its steps, goes on exactly where it stopped, and ends in a folder that plain diffusers loads."""

import json
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import ControlNetModel, LCMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import load_file
from transformers import CLIPTokenizer

from starter import judge
from starter.build import CONTROL, FEW_STEP_SCHEDULER, FEW_STEP_UNET, UPSCALER, build
from starter.train import data, networks, pairs, parts, tokenizer
from starter.train.config import CONFIGS, Config
from starter.train.distil import DistilStage
from starter.train.text import TextStage
from starter.train.trainer import Budget, Trainer, load_average
from starter.train.unet import UnetStage
from starter.train.upscaler import UpscalerStage
from starter.train.vae import VaeStage
from studio.engines.local import upscaler

STAGES: dict[str, Any] = {
    "text": TextStage,
    "vae": VaeStage,
    "unet": UnetStage,
    "judge": judge.JudgeStage,
    "upscaler": UpscalerStage,
}


def trained(stage: Any) -> dict[str, torch.Tensor]:
    stage.trainer.run(stage.step_loss)
    return load_file(stage.trainer.folder / "model.safetensors")


@pytest.mark.parametrize("name", STAGES)
def test_a_stopped_stage_goes_on_exactly(name: str, fresh: Config) -> None:
    """Four steps at once, and two steps, a new process' worth of objects and two more, give the same weights."""
    make = STAGES[name]
    if name == "upscaler":
        trained(UnetStage(fresh, Budget(steps=1)))
    straight = trained(_anew(make, fresh, name))
    stopped = _anew(make, fresh, name)
    step_loss = stopped.step_loss

    def stop_after_two() -> Any:
        if stopped.trainer.step == 1:
            signal.raise_signal(signal.SIGTERM)
        return step_loss()

    stopped.trainer.run(stop_after_two)
    assert stopped.trainer.step == 2
    resumed = make(fresh, Budget(steps=4))
    assert resumed.trainer.resume()
    assert resumed.trainer.step == 2
    again = trained(resumed)
    assert straight.keys() == again.keys()
    assert all(torch.equal(straight[k], again[k]) for k in straight)


def _anew(make: Any, config: Config, name: str) -> Any:
    """The stage without its earlier checkpoint."""
    from shutil import rmtree

    rmtree(config.checkpoints / name, ignore_errors=True)
    return make(config, Budget(steps=4))


def test_stages_learn(fresh: Config) -> None:
    stage = UnetStage(fresh, Budget(steps=30))
    losses = []

    def noted() -> Any:
        result = stage.step_loss()
        losses.append(result[0].item())
        return result

    stage.trainer.run(noted)
    assert np.mean(losses[-8:]) < np.mean(losses[:8])


def test_a_finished_run_becomes_a_folder_that_diffusers_loads(fresh: Config, tmp_path: Path) -> None:
    for make in (UnetStage, DistilStage, UpscalerStage):
        trained(make(fresh, Budget(steps=3)))
    folder = tmp_path / "built"
    steps = {"text": 3, "vae": 3, "unet": 3, "distil": 3, "upscaler": 3}
    assert build(fresh, folder) == steps
    pipeline = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32, safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    made = pipeline("a red house, 夜晚", num_inference_steps=2, generator=torch.Generator().manual_seed(1)).images[0]
    assert made.size == (64, 64)
    ControlNetModel.from_pretrained(folder / CONTROL)
    pipeline.unet = UNet2DConditionModel.from_pretrained(folder / FEW_STEP_UNET, dtype=torch.float32)
    pipeline.scheduler = LCMScheduler.from_pretrained(folder / FEW_STEP_SCHEDULER)
    assert pipeline("a cat", num_inference_steps=1, guidance_scale=1.0).images[0].size == (64, 64)
    facts = json.loads((folder / "facts.json").read_text())
    assert facts["steps"] == steps
    assert len(facts["sha256"]) == 6
    assert upscaler.load(folder / UPSCALER)(torch.zeros(1, 3, 8, 8)).shape == (1, 3, 16, 16)


def test_training_goes_on_from_a_finished_folder(fresh: Config, tmp_path: Path) -> None:
    trained(UnetStage(fresh, Budget(steps=3)))
    folder = tmp_path / "built"
    build(fresh, folder)
    before = networks.load_part(folder, "unet").state_dict()
    stage = UnetStage(replace(fresh, root=fresh.root), Budget(steps=1), folder)
    after = stage.model.unet.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before)


def test_what_a_new_run_did_not_train_comes_from_the_finished_folder(fresh: Config, tmp_path: Path) -> None:
    for make in (UnetStage, DistilStage, UpscalerStage):
        trained(make(fresh, Budget(steps=2)))
    first, second = tmp_path / "first", tmp_path / "second"
    build(fresh, first)
    other = replace(fresh, name="other")
    fresh.data.rename(other.data)
    trained(DistilStage(other, Budget(steps=1), first))
    assert build(other, second, first) == {"distil": 1}
    hashes = [json.loads((folder / "facts.json").read_text())["sha256"] for folder in (first, second)]
    changed = {name for name in hashes[0] if hashes[0][name] != hashes[1][name]}
    assert changed == {f"{FEW_STEP_UNET}/diffusion_pytorch_model.safetensors"}


def test_pairs_are_true_pictures_and_what_the_model_leaves_of_them(fresh: Config) -> None:
    trained(UnetStage(fresh, Budget(steps=1)))
    pairs.make(fresh)
    true, soft = pairs.load(fresh)
    assert true.shape == (4, 3, 256, 256)
    assert soft.shape == (4, 2, 3, 128, 128)
    assert not torch.equal(soft[:, 0], soft[:, 1])


def test_a_trained_decoder_leaves_the_encoder_alone(fresh: Config, tmp_path: Path) -> None:
    trained(UnetStage(fresh, Budget(steps=1)))
    folder = tmp_path / "built"
    build(fresh, folder)
    before = networks.load_part(folder, "vae").state_dict()
    other = replace(fresh, name="other")
    other.checkpoints.mkdir(parents=True)
    fresh.data.rename(other.data)
    trained(VaeStage(other, Budget(steps=2), folder, decoder_only=True))
    after = parts.vae(other, folder).state_dict()
    same = {k for k in before if torch.equal(before[k], after[k])}
    assert {k for k in before if k.startswith("encoder.")} <= same
    assert not {k for k in before if k.startswith("decoder.") and k.endswith("weight")} & same


def test_a_grown_tokenizer_cuts_old_words_as_before(tiny: Config, tmp_path: Path) -> None:
    old = CLIPTokenizer.from_pretrained(tiny.checkpoints / "tokenizer")
    grown = tokenizer.build(replace(tiny, seed=5), tiny.checkpoints / "tokenizer", sample=2000)
    assert len(grown) > len(old)
    for text in ("a red house at night, oil painting", "红色的房子,夜晚,油画"):
        assert grown(text).input_ids == old(text).input_ids
    grown.save_pretrained(tmp_path)
    assert CLIPTokenizer.from_pretrained(tmp_path)("a zebra 斑马").input_ids == grown("a zebra 斑马").input_ids


def test_a_shard_is_rendered_once_and_always_the_same(tiny: Config) -> None:
    before = {p: p.stat().st_mtime_ns for p in tiny.data.rglob("*.npy")}
    data.make(tiny)
    assert before == {p: p.stat().st_mtime_ns for p in tiny.data.rglob("*.npy")}
    shards = data.Shards(tiny.data, hold_out=tiny.held_back)
    assert (shards.count, len(shards.specs)) == (12, 16)
    assert shards.rows("pictures", [0, 9]).shape == (2, 64, 64, 3)
    assert shards.rows("lines", [15]).shape == (1, data.DRAWINGS, 64, 64)


def test_missing_pictures_are_named_before_training(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"starter\.train\.data"):
        data.Shards(tmp_path)


def test_a_checkpoint_of_another_model_is_refused(fresh: Config) -> None:
    with pytest.raises(KeyError):
        load_average(judge.Judge(), fresh.checkpoints / "vae")


def test_the_rate_rises_then_falls() -> None:
    model = torch.nn.Linear(2, 2)
    trainer = Trainer(model, Path("unused"), Budget(steps=1000), rate=1.0, seed=1)
    rates = []
    for step in (0, 100, 300, 700, 999):
        trainer.step = step
        rates.append(trainer.rate_now())
    assert rates[0] < 0.05
    assert rates[1] == rates[2] == 1.0
    assert rates[2] > rates[3] > rates[4]


def test_a_budget_needs_a_limit() -> None:
    with pytest.raises(ValueError, match="steps or minutes"):
        Budget().spent(1, 1.0)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_run_fits_into_the_weights_that_may_be_shipped(name: str) -> None:
    """Two UNets, a ControlNet, the autoencoder and the text encoder: at most 36 MB in fp16."""
    config = CONFIGS[name]
    with torch.device("meta"):
        models = [networks.unet(config), networks.unet(config), networks.controlnet(config), networks.vae(config)]
    numbers = sum(p.numel() for model in models for p in model.parameters()) + 1_000_000
    assert 2 * numbers < 36e6
