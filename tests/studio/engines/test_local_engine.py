"""The local engine against bare diffusers, its counting, its memory of models, and its ways to fail."""

import io
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import huggingface_hub
import numpy as np
import pytest
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline
from PIL import Image
from safetensors.torch import load_file, save_file

from studio.engines.base import EngineError
from studio.engines.board import sketch
from studio.engines.local import device, sizes
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.options import Options
from studio.job import Job, ModelRef
from tests.studio.engines.conftest import job_for
from tests.studio.engines.contract import Recorder, pixels
from tests.studio.engines.driven import loaded
from tests.studio.engines.sketches import drawing

UNET = Path("unet") / "diffusion_pytorch_model.safetensors"


def failure(engine: DeviceEngine, job: Job) -> str:
    with pytest.raises(EngineError) as caught:
        engine.run(job, Recorder())
    return caught.value.code


def at(folder: Path | str, **more: Any) -> Job:
    return job_for(ModelRef("broken", "sd", str(folder), **more), 64)("text_to_image")


def test_text_to_image_equals_the_bare_pipeline(
    local_engine: DeviceEngine, ask_tiny: Callable[..., Job], tiny_folder: Path
) -> None:
    bare = StableDiffusionPipeline.from_pretrained(tiny_folder)
    expected = bare(
        "a blue cat",
        negative_prompt="dog",
        width=64,
        height=64,
        num_inference_steps=5,
        guidance_scale=4.0,
        generator=torch.Generator().manual_seed(9),
    ).images[0]
    job = ask_tiny(prompt="a blue cat", negative_prompt="dog", steps=5, guidance_scale=4.0, seed=9)
    made = np.frombuffer(pixels(local_engine.run(job, Recorder())[0]), np.uint8)
    assert np.abs(made.astype(int) - np.asarray(expected).reshape(-1).astype(int)).max() <= 2


def test_sketch_without_a_controlnet_equals_bare_image_to_image(
    local_engine: DeviceEngine, ask_tiny: Callable[..., Job], tiny_folder: Path
) -> None:
    bare = StableDiffusionImg2ImgPipeline.from_pretrained(tiny_folder)
    board = sketch.read(drawing("cat"), 64, 64).board
    expected = bare(
        "a cat",
        image=board,
        strength=0.5,
        num_inference_steps=8,
        guidance_scale=3.5,
        generator=torch.Generator().manual_seed(2),
    ).images[0]
    job = ask_tiny("sketch_to_image", sketch=drawing("cat"), prompt="a cat", strength=0.5, steps=8, seed=2)
    made = np.frombuffer(pixels(local_engine.run(job, Recorder())[0]), np.uint8)
    assert np.abs(made.astype(int) - np.asarray(expected).reshape(-1).astype(int)).max() <= 2


@pytest.mark.parametrize(("steps", "strength", "real"), [(10, 0.35, 3), (10, 1.0, 10), (7, 0.5, 3)])
def test_image_to_image_counts_steps_times_strength(
    local_engine: DeviceEngine, ask_tiny: Callable[..., Job], steps: int, strength: float, real: int
) -> None:
    listener = Recorder()
    output = local_engine.run(ask_tiny("sketch_to_image", steps=steps, strength=strength), listener)[0]
    assert [(s.step, s.total) for s in listener.denoising()] == [(n, real) for n in range(1, real + 1)]
    assert output.facts["steps"] == real


def test_lines_alone_take_every_step_through_the_controlnet(
    local_engine: DeviceEngine, ask_tiny_control: Callable[..., Job]
) -> None:
    listener = Recorder()
    job = ask_tiny_control("sketch_to_image", sketch=drawing("tree"), steps=6, strength=0.5)
    output = local_engine.run(job, listener)[0]
    assert len(listener.denoising()) == 6
    assert output.facts["control"] is True


def test_scheduler_that_adds_a_step_is_counted_as_it_is(local_engine: DeviceEngine, broken: Path) -> None:
    config = broken / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text().replace("DDIMScheduler", "PNDMScheduler").replace("clip_sample", "ignored"))
    index = broken / "model_index.json"
    index.write_text(index.read_text().replace("DDIMScheduler", "PNDMScheduler"))
    listener = Recorder()
    output = local_engine.run(at(broken), listener)[0]
    told = listener.denoising()
    assert output.facts["scheduler"] == "PNDMScheduler"
    assert [s.step for s in told] == list(range(1, told[0].total + 1))
    assert told[0].total == output.facts["steps"] > 4


def test_model_is_loaded_once_and_the_one_used_longest_ago_is_let_go(tiny_folder: Path) -> None:
    one = sizes.of(at(tiny_folder).model, torch.float32)
    held: list[frozenset[str]] = []
    options = Options(model_memory=int(one * 2.5))
    engine = DeviceEngine(device="cpu", threads=1, options=options, on_models=held.append)

    def loads(dtype: str) -> bool:
        listener = Recorder()
        job = at(tiny_folder, dtype=dtype)
        engine.run(replace(job, params={**job.params, "steps": 1}), listener)
        return "loading" in [s.stage for s in listener.steps]

    # Three models by their number formats: on a CPU "float16" computes in float32, and is still another entry.
    assert [loads(d) for d in ("auto", "auto", "float32", "auto", "float16", "auto", "float32")] == [
        *(True, False, True, False, True, False, True)
    ]
    assert held == [frozenset({"broken"})], "told when the names change, not at every turn"


def test_model_that_is_not_there_is_unavailable(local_engine: DeviceEngine, tmp_path: Path) -> None:
    assert failure(local_engine, at(tmp_path / "nothing")) == "model_unavailable"
    assert failure(local_engine, at(tmp_path)) == "model_unavailable"
    assert failure(local_engine, at("../../etc/passwd")) == "model_unavailable"


def test_family_that_the_engine_does_not_know_is_unavailable(local_engine: DeviceEngine, tiny_folder: Path) -> None:
    job = at(tiny_folder)
    assert failure(local_engine, replace(job, model=replace(job.model, family="sdxl"))) == "model_unavailable"


def test_controlnet_that_is_not_there_makes_the_model_unavailable(
    local_engine: DeviceEngine, tiny_folder: Path
) -> None:
    parts = {"controlnet_scribble": str(tiny_folder / "nowhere")}
    assert failure(local_engine, at(tiny_folder, parts=parts)) == "model_unavailable"


def test_truncated_weights_make_the_model_unavailable(local_engine: DeviceEngine, broken: Path) -> None:
    weights = broken / UNET
    weights.write_bytes(weights.read_bytes()[:5000])
    assert failure(local_engine, at(broken)) == "model_unavailable"


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_weights_with_gaps_make_the_model_unavailable(local_engine: DeviceEngine, broken: Path, part: str) -> None:
    file = next((broken / part).glob("*.safetensors"))
    weights = load_file(file)
    weights.pop(sorted(weights)[0])
    save_file(weights, file, {"format": "pt"})
    assert failure(local_engine, at(broken)) == "model_unavailable"


def test_pickled_weights_are_never_read(local_engine: DeviceEngine, broken: Path) -> None:
    weights = load_file(broken / UNET)
    torch.save(weights, broken / "unet" / "diffusion_pytorch_model.bin")
    (broken / UNET).unlink()
    assert failure(local_engine, at(broken)) == "model_unavailable"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('[\n    "diffusers",\n    "UNet2DConditionModel"', '[\n    "evil",\n    "UNet2DConditionModel"'),
        ('"StableDiffusionPipeline"', '["evil", "StableDiffusionPipeline"]'),
        ('"StableDiffusionPipeline"', '"StableDiffusionUpscalePipeline"'),
    ],
)
def test_model_with_code_of_its_own_is_refused_and_its_code_never_runs(
    local_engine: DeviceEngine, broken: Path, tmp_path: Path, old: str, new: str
) -> None:
    trap = f"from pathlib import Path\nPath({str(tmp_path / 'ran')!r}).touch()\n"
    for place in (broken / "evil.py", broken / "unet" / "evil.py", broken / "pipeline.py"):
        place.write_text(trap)
    index = broken / "model_index.json"
    text = index.read_text()
    assert old in text
    index.write_text(text.replace(old, new))
    assert failure(local_engine, at(broken)) == "model_unavailable"
    assert not (tmp_path / "ran").exists()


def test_result_that_is_not_a_number_is_a_failure_not_a_black_picture(local_engine: DeviceEngine, broken: Path) -> None:
    weights = load_file(broken / UNET)
    weights["conv_out.bias"] = torch.full_like(weights["conv_out.bias"], torch.nan)
    save_file(weights, broken / UNET, {"format": "pt"})
    assert failure(local_engine, at(broken)) == "no_picture"


def test_picture_that_no_memory_could_hold_is_out_of_memory_and_the_next_one_works(
    local_engine: DeviceEngine, ask_tiny: Callable[..., Job]
) -> None:
    assert failure(local_engine, ask_tiny(width=80_000_000, height=80_000_000)) == "out_of_memory"
    assert local_engine.run(ask_tiny(), Recorder())


def test_unknown_tool_and_useless_strength_are_told_as_such(
    local_engine: DeviceEngine, ask_tiny: Callable[..., Job]
) -> None:
    assert failure(local_engine, replace(ask_tiny(), tool="sketch_to_3d")) == "unknown_tool"
    assert failure(local_engine, ask_tiny("sketch_to_image", steps=4, strength=0.1)) == "invalid"


def test_device_is_chosen_by_name_and_never_silently_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    assert device.choose("cpu") == torch.device("cpu")
    monkeypatch.setenv("BRUSHWIRE_DEVICE", "cpu")
    assert device.choose() == torch.device("cpu")
    for wrong in ("cuda:99", "gpu", "meta"):
        with pytest.raises(ValueError, match="BRUSHWIRE_DEVICE"):
            device.choose(wrong)


def test_threads_are_counted_from_the_environment_and_leave_a_core_to_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BRUSHWIRE_TORCH_THREADS", raising=False)
    monkeypatch.setattr(device, "CPU_MAX", Path("/nowhere"))
    assert device.use_threads() == max(1, len(os.sched_getaffinity(0)) - 1)
    monkeypatch.setenv("BRUSHWIRE_TORCH_THREADS", "2")
    assert device.use_threads() == 2
    assert device.use_threads(1) == 1


def test_number_format_suits_the_device() -> None:
    cpu, cuda = torch.device("cpu"), torch.device("cuda", 0)
    assert device.dtype_of(cpu, "auto") == device.dtype_of(cpu, "float16") == torch.float32
    assert device.dtype_of(cuda, "auto") == torch.float16
    assert device.dtype_of(cuda, "bfloat16") == torch.bfloat16


def test_decoder_lies_as_a_processor_reads_it_fast_and_attention_is_torchs_own(ask_tiny: Callable[..., Job]) -> None:
    """The UNet does not: measured slower so (docs/decisions.md)."""
    parts = loaded(ask_tiny().model).parts
    lies = [
        network.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
        for network in (parts["vae"].decoder, parts["unet"])
    ]
    assert lies == [True, False]
    assert {type(one).__name__ for one in parts["unet"].attn_processors.values()} == {"AttnProcessor2_0"}


def test_each_finished_picture_is_shown(local_engine: DeviceEngine, ask_tiny: Callable[..., Job]) -> None:
    listener = Recorder()
    outputs = local_engine.run(ask_tiny(count=2), listener)
    shown = [s for s in listener.steps if s.stage == "decoding" and s.preview]
    for output, step in zip(outputs, shown, strict=True):
        assert step.preview is not None
        assert step.preview.rgb == Image.open(io.BytesIO(output.data)).tobytes()


def test_model_of_a_hub_is_taken_from_its_local_copy_when_the_hub_cannot_be_reached(
    local_engine: DeviceEngine, tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    commit = "a" * 40
    copy = tmp_path / "models--org--tiny"
    shutil.copytree(tiny_folder, copy / "snapshots" / commit)
    assert local_engine.run(at("org/tiny", revision=commit), Recorder())
    assert failure(local_engine, at("org/other")) == "model_unavailable"
