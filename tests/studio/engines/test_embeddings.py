"""Textual inversion and another decoder: equal to diffusers' own way, refused where they do not fit."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL
from safetensors.torch import save_file

from studio.engines.base import EngineError
from studio.engines.local import messages, tiny
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.solo import run_solo
from studio.job import AdapterRef, Job, ModelRef
from tests.studio.engines.conftest import job_for
from tests.studio.engines.contract import Recorder
from tests.studio.engines.driven import difference, loaded, stock, together
from tests.studio.engines.lora_files import write_embedding, write_lora


def embedding(file: Path, token: str = "<cat-toy>") -> AdapterRef:
    return AdapterRef(file.stem, "embedding", str(file), token=token)


@pytest.mark.parametrize(("vectors", "name"), [(1, "<cat-toy>"), (1, ""), (4, "")])
def test_embedding_equals_diffusers_own_loading(
    vectors: int, name: str, ask_tiny: Callable[..., Job], tmp_path: Path
) -> None:
    file = write_embedding(tmp_path / "cat.safetensors", (tiny.TEXT_WIDTH,), vectors=vectors, name=name)
    ask = ask_tiny(steps=3, prompt="a <cat-toy> here", negative_prompt="no <cat-toy>")
    job = replace(ask, adapters=(embedding(file),))
    made = together([(0, job), (0, ask)])[0]
    assert difference(made[0], stock(job)) <= 2
    assert difference(made[1], stock(ask)) <= 2
    assert difference(made[0], made[1]) > 2


def test_embedding_goes_with_weights_long_prompts_and_loras(ask_tiny: Callable[..., Job], tmp_path: Path) -> None:
    file = write_embedding(tmp_path / "cat.safetensors", (tiny.TEXT_WIDTH,), vectors=3)
    lora = write_lora(tmp_path / "ink.safetensors", {"unet": loaded(ask_tiny().model).parts["unet"]})
    both = (embedding(file), AdapterRef("ink", "lora", str(lora), 0.6))

    def made(prompt: str) -> list[object]:
        return together([(0, replace(ask_tiny(steps=2, prompt=prompt), adapters=both))])[0][0]

    heavy = made("a (<cat-toy>:1.5) " + "in a very long garden " * 3)
    assert difference(heavy, made("a <cat-toy> " + "in a very long garden " * 3)) > 2
    # Part of another word is not the token.
    assert difference(made("a <cat-toy>s"), made("a <cat-toy>")) > 2


def test_embedding_of_sdxl_has_vectors_for_both_text_encoders(tmp_path: Path) -> None:
    tiny.write(tmp_path / "xl", shape="xl")
    ask = job_for(ModelRef("xl", "sdxl", str(tmp_path / "xl")), 64)(steps=2, prompt="a <cat-toy>")
    parts = loaded(ask.model).parts
    widths = tuple(parts[name].config.hidden_size for name in ("text_encoder", "text_encoder_2"))
    file = write_embedding(tmp_path / "cat.safetensors", widths, vectors=2)
    made = together([(0, replace(ask, adapters=(embedding(file),))), (0, ask)])[0]
    assert difference(made[0], made[1]) > 2
    assert difference(made[1], stock(ask)) <= 2


@pytest.mark.parametrize("trouble", ["width", "two", "none", "long", "nan", "missing"])
def test_embedding_that_does_not_fit_is_told_by_its_name(
    trouble: str, local_engine: DeviceEngine, ask_tiny: Callable[..., Job], tmp_path: Path
) -> None:
    file = tmp_path / "bad.safetensors"
    if trouble == "width":
        write_embedding(file, (tiny.TEXT_WIDTH * 2,))
    elif trouble == "two":
        write_embedding(file, (tiny.TEXT_WIDTH, tiny.TEXT_WIDTH))
    elif trouble == "none":
        write_embedding(file, (tiny.TEXT_WIDTH,), vectors=0)
    elif trouble == "long":
        write_embedding(file, (tiny.TEXT_WIDTH,), vectors=tiny.WORDS)
    elif trouble == "nan":
        save_file({"emb_params": torch.full((1, tiny.TEXT_WIDTH), torch.nan)}, file)
    with pytest.raises(EngineError) as caught:
        local_engine.run(replace(ask_tiny(), adapters=(embedding(file),)), Recorder())
    assert (caught.value.code, caught.value.params) == ("adapter_unavailable", {"name": "bad"})


def test_another_decoder_takes_the_place_of_the_models_own(
    local_engine: DeviceEngine, ask_tiny: Callable[..., Job], tiny_folder: Path, tmp_path: Path
) -> None:
    tiny.write(tmp_path / "other", seed=7)
    job = ask_tiny()
    own = local_engine.run(job, Recorder())
    swapped = replace(job, model=replace(job.model, parts={"vae": str(tmp_path / "other" / "vae")}))
    made = local_engine.run(swapped, Recorder())
    assert difference(made, own) > 2
    model = loaded(job.model)
    other = AutoencoderKL.from_pretrained(tmp_path / "other" / "vae").eval()
    expected = run_solo(replace(model, parts=model.parts | {"vae": other}), messages.request(job), Recorder())
    assert difference(made, expected) <= 2


@pytest.mark.parametrize("trouble", ["channels", "missing", "weights"])
def test_decoder_that_does_not_fit_makes_the_model_unavailable(
    trouble: str, local_engine: DeviceEngine, ask_tiny: Callable[..., Job], tmp_path: Path
) -> None:
    tiny.write(tmp_path / "other")
    folder = tmp_path / "other" / "vae"
    if trouble == "channels":
        AutoencoderKL(latent_channels=8, block_out_channels=(8,), norm_num_groups=4).save_pretrained(folder)
    elif trouble == "missing":
        folder = tmp_path / "nowhere"
    else:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | {"block_out_channels": [8, 8, 16, 32]}))
    job = ask_tiny()
    with pytest.raises(EngineError) as caught:
        local_engine.run(replace(job, model=replace(job.model, parts={"vae": str(folder)})), Recorder())
    assert caught.value.code == "model_unavailable"
