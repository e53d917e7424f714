"""Previews by a tiny autoencoder where the catalogue names one: small, and no oftener than time allows."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderTiny
from safetensors.torch import load_file, save_file

from studio.engines.base import EngineError
from studio.engines.local.cache import weights
from studio.engines.local.loading import load
from studio.engines.local.previews import MOST_SIDE, SmallDecoder
from studio.job import Job, ModelRef, Step
from tests.studio.engines.driven import CPU, Driven

Ask = Callable[..., Job]


def written(folder: Path, channels: int = 4) -> Path:
    torch.manual_seed(3)
    small: Any = AutoencoderTiny(
        encoder_block_out_channels=(8, 8, 8, 8), decoder_block_out_channels=(8, 8, 8, 8), latent_channels=channels
    )
    small.save_pretrained(folder, safe_serialization=True)
    return folder


@pytest.fixture
def with_small(ask_tiny: Ask, tmp_path: Path) -> ModelRef:
    model = ask_tiny().model
    return replace(model, parts={**model.parts, "preview_vae": str(written(tmp_path / "small"))})


def previews_of(job: Job) -> list[Step]:
    batcher = Driven(job.model)
    inbox = batcher.ask(job)
    batcher.run_out()
    told = [inbox.get_nowait() for _ in range(inbox.qsize())]
    return [m for m in told if isinstance(m, Step) and m.preview is not None and m.stage == "denoising"]


def test_preview_is_what_the_tiny_autoencoder_makes_of_the_latents(with_small: ModelRef) -> None:
    model = load(with_small, CPU)
    latents = torch.randn(2, 4, 8, 6, generator=torch.Generator().manual_seed(1))
    made = model.projection.previews(latents)
    small: Any = model.preview_vae
    own = (small.decode(latents).sample / 2 + 0.5).clamp(0, 1)
    for preview, expected in zip(made, own, strict=True):
        assert (preview.width, preview.height) == (48, 64)
        rgb = np.frombuffer(preview.rgb, np.uint8).reshape(64, 48, 3)
        assert np.abs(rgb - (expected.permute(1, 2, 0) * 255).numpy()).max() <= 0.51


def test_large_pictures_are_shown_small_and_what_is_no_number_black(with_small: ModelRef) -> None:
    decoder = load(with_small, CPU).projection
    assert isinstance(decoder, SmallDecoder)
    shown = decoder.preview(torch.full((1, 4, 64, 96), torch.nan))
    assert (shown.width, shown.height) == (MOST_SIDE, 168)
    assert not any(shown.rgb)


def test_steps_are_shown_by_it_and_the_picture_stays_the_same(ask_tiny: Ask, with_small: ModelRef) -> None:
    shown = previews_of(replace(ask_tiny(steps=3), model=with_small))
    assert shown[-1].step == 3
    assert all(step.preview and step.preview.width == 64 for step in shown)


def test_its_weights_count_in_the_models_memory(ask_tiny: Ask, with_small: ModelRef) -> None:
    plain, more = (sum(size for _, size in weights(load(ref, CPU))) for ref in (ask_tiny().model, with_small))
    assert more > plain


@pytest.mark.parametrize("trouble", ["channels", "weights", "pickle"])
def test_one_that_is_not_for_the_model_or_not_whole_is_refused(
    trouble: str, ask_tiny: Ask, with_small: ModelRef, tmp_path: Path
) -> None:
    folder = tmp_path / "small"
    file = folder / "diffusion_pytorch_model.safetensors"
    if trouble == "channels":
        written(folder, channels=16)
    elif trouble == "weights":
        save_file(dict(list(load_file(file).items())[1:]), file, {"format": "pt"})
    else:
        torch.save(load_file(file), folder / "diffusion_pytorch_model.bin")
        file.unlink()
    with pytest.raises(EngineError) as caught:
        load(with_small, CPU)
    assert caught.value.code == "model_unavailable"


def test_pictures_made_alone_are_paced_as_all_others(
    flowing: Callable[[str], Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their first and their last step are shown; between them only what the share of time allows."""
    job = flowing("flux")(steps=6)
    monkeypatch.setattr("studio.engines.local.pacing.PREVIEWS_PER_SECOND", 1e-6)
    assert [step.step for step in previews_of(job)] == [1, 6]
