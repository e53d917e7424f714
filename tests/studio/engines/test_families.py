"""Every family of models makes the pictures that its stock pipeline makes, alone and in company."""

import copy
import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers.pipelines.pipeline_loading_utils import _get_ignore_patterns
from PIL import Image

from studio.engines.board import sketch
from studio.engines.local import decoding, previews, scaling, tiny
from studio.engines.local.encoding import Encodings
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.loading import LoadedModel, load
from studio.job import Job, ModelRef, Output
from tests.studio.engines.conftest import job_for
from tests.studio.engines.contract import Recorder
from tests.studio.engines.driven import difference, loaded, stock, together
from tests.studio.engines.sketches import drawing
from tests.studio.engines.test_exact import MIXED

Ask = Callable[..., Job]


@pytest.fixture(scope="session")
def shaped(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Ask]:
    """A maker of jobs for a tiny model of that shape, with a ControlNet or without."""
    written: dict[str, Path] = {}

    def ask(shape: Any, *, control: bool = False) -> Ask:
        key = shape + "-lines" * control
        if key not in written:
            written[key] = tmp_path_factory.mktemp(key)
            tiny.write(written[key], shape=shape, controlnet=control)
        parts = {"controlnet_scribble": str(written[key] / tiny.CONTROL_FOLDER)} if control else {}
        family = "sdxl" if shape.startswith("xl") else "sd"
        return job_for(ModelRef(key, family, str(written[key]), parts=parts), 64)

    return ask


def apart(output: Output, expected: Image.Image) -> int:
    """The largest difference in levels of 255."""
    made = np.asarray(Image.open(io.BytesIO(output.data)), int)
    return int(np.abs(made - np.asarray(expected, int)).max())


@pytest.mark.parametrize("shape", ["sd2", "turbo", "lcm", "xl", "xl-turbo", "xl-lcm"])
def test_each_shape_in_company_equals_stock(shape: str, shaped: Any) -> None:
    ask = shaped(shape)
    jobs = [(turn, ask(tool, **params)) for turn, tool, params in MIXED]
    made, most = together(jobs)
    assert most >= (4 if shape.endswith("lcm") else 5)  # distilled models take one row a picture
    for (_turn, job), outputs in zip(jobs, made, strict=True):
        assert difference(outputs, stock(job)) <= 2


@pytest.mark.parametrize("colour", [False, True])
def test_drawings_lead_sdxl_as_its_stock_pipelines_do(colour: bool, shaped: Any) -> None:
    ask = shaped("xl", control=True)
    sketches = {"sketch": drawing("house", colour=colour)}
    jobs = [
        (turn, ask(tool, **params, **(sketches if tool == "sketch_to_image" else {})))
        for turn, tool, params in MIXED[:4]
    ]
    made, _most = together(jobs)
    for (_turn, job), outputs in zip(jobs, made, strict=True):
        assert difference(outputs, stock(job)) <= 2


@pytest.mark.parametrize("unwanted", ["", "dog"])
def test_sdxl_equals_the_bare_pipeline(unwanted: str, local_engine: DeviceEngine, shaped: Any) -> None:
    """An empty negative prompt is none at all, which this family answers with zeros instead of empty words."""
    job = shaped("xl")(prompt="a blue cat", negative_prompt=unwanted, steps=5, guidance_scale=4.0, seed=9)
    bare = diffusers.StableDiffusionXLPipeline.from_pretrained(job.model.source)
    assert bare.config.force_zeros_for_empty_prompt
    expected = bare(
        "a blue cat",
        negative_prompt=unwanted or None,
        width=64,
        height=64,
        num_inference_steps=5,
        guidance_scale=4.0,
        generator=torch.Generator().manual_seed(9),
    ).images[0]
    assert apart(local_engine.run(job, Recorder())[0], expected) <= 2


def test_sdxl_sketch_equals_bare_image_to_image(local_engine: DeviceEngine, shaped: Any) -> None:
    job = shaped("xl")("sketch_to_image", sketch=drawing("cat"), prompt="a cat", strength=0.5, steps=8, seed=2)
    bare = diffusers.StableDiffusionXLImg2ImgPipeline.from_pretrained(job.model.source)
    expected = bare(
        "a cat",
        image=sketch.read(drawing("cat"), 64, 64).board,
        strength=0.5,
        num_inference_steps=8,
        guidance_scale=3.5,
        generator=torch.Generator().manual_seed(2),
    ).images[0]
    assert apart(local_engine.run(job, Recorder())[0], expected) <= 2


def test_lcm_equals_its_own_pipeline(local_engine: DeviceEngine, shaped: Any) -> None:
    """That pipeline has its own loop; a distilled model takes its guidance as a number, and one row."""
    job = shaped("lcm")(prompt="a blue cat", steps=4, guidance_scale=8.0, seed=9)
    parts = diffusers.StableDiffusionPipeline.from_pretrained(job.model.source).components
    expected = diffusers.LatentConsistencyModelPipeline(**parts, requires_safety_checker=False)(
        "a blue cat",
        width=64,
        height=64,
        num_inference_steps=4,
        guidance_scale=8.0,
        generator=torch.Generator().manual_seed(9),
    ).images[0]
    assert apart(local_engine.run(job, Recorder())[0], expected) <= 2


@pytest.mark.parametrize("shape", ["sd", "xl", "xl-lcm"])
def test_half_precision_makes_a_picture_too(shape: str, local_engine: DeviceEngine, shaped: Any) -> None:
    ask = shaped(shape)
    for tool in ("text_to_image", "sketch_to_image"):
        job = ask(tool, steps=3)
        output = local_engine.run(replace(job, model=replace(job.model, dtype="bfloat16")), Recorder())[0]
        assert output.facts["dtype"] == "bfloat16"


@pytest.fixture
def overflowing(shaped: Any) -> LoadedModel:
    """In half precision, of which its autoencoder makes no numbers in either direction."""
    model = loaded(shaped("xl")().model)
    vae = copy.deepcopy(model.parts["vae"])
    for way in (vae.encoder, vae.decoder):
        way.conv_in.weight.data *= 2e5  # the norms after it bring it back, if it is not infinite by then
    vae.half()
    assert not bool(torch.isfinite(vae.decode(torch.ones(1, 4, 8, 8).half()).sample).all())
    return replace(model, parts=model.parts | {"vae": vae}, dtype=torch.float16)


def test_decoder_that_overflows_in_half_precision_is_fitted_in_full(overflowing: LoadedModel, shaped: Any) -> None:
    """SDXL's decoder says so; its previews' colours must not come from the overflow."""
    plain = previews.fit(loaded(shaped("xl")().model).parts["vae"])
    fitted = previews.fit(overflowing.parts["vae"])
    assert overflowing.parts["vae"].dtype == torch.float16
    assert bool(torch.isfinite(fitted.matrix).all())
    assert fitted.matrix.shape == plain.matrix.shape


@pytest.mark.parametrize("says_so", [True, False])
def test_autoencoder_that_overflows_in_half_precision_is_asked_in_full(says_so: bool, overflowing: LoadedModel) -> None:
    """SDXL's says so, of others it is seen: their pictures would be black."""
    vae = overflowing.parts["vae"]
    vae.register_to_config(force_upcast=says_so)
    latents = torch.ones(1, 4, 8, 8).half()
    slot: Any = SimpleNamespace(model=overflowing, latents=latents, generator=torch.Generator())
    decoded, encoded = decoding.decode(slot), Encodings().of(overflowing, torch.ones(1, 3, 64, 64)).latent_dist.mean
    assert vae.dtype == torch.float16
    whole = copy.deepcopy(vae).float()
    with torch.no_grad():
        expected = whole.decode(scaling.to_decoder(whole, latents.float())).sample
        assert torch.equal(decoded, expected)
        assert torch.equal(encoded, whole.encode(torch.ones(1, 3, 64, 64)).latent_dist.mean)


def test_distilled_model_steps_by_the_schedule_of_its_catalogue_entry(shaped: Any) -> None:
    """SDXL-Lightning comes with SDXL's own scheduler, and was taught at other times."""
    ask = shaped("xl")
    lightning = replace(ask().model, schedule={"timestep_spacing": "trailing"})
    job = replace(ask(prompt="a blue cat", steps=4, guidance_scale=0.0, seed=9), model=lightning)
    bare = diffusers.StableDiffusionXLPipeline.from_pretrained(lightning.source)
    bare.scheduler = type(bare.scheduler).from_config(bare.scheduler.config, timestep_spacing="trailing")
    expected = bare(
        "a blue cat",
        width=64,
        height=64,
        num_inference_steps=4,
        guidance_scale=0.0,
        generator=torch.Generator().manual_seed(9),
    ).images[0]
    made, plain = together([(0, job)])[0][0], together([(0, replace(job, model=ask().model))])[0][0]
    assert apart(made[0], expected) <= 2 < difference(made, plain)


def test_model_that_was_published_in_half_precision_only_is_read(
    local_engine: DeviceEngine, shaped: Any, tmp_path: Path
) -> None:
    job = shaped("xl")(steps=2)
    folder = shutil.copytree(job.model.source, tmp_path / "half")
    for file in folder.rglob("*.safetensors"):
        file.rename(file.with_suffix(".fp16.safetensors"))
    whole, half = (
        local_engine.run(replace(job, model=replace(job.model, source=str(source))), Recorder())[0].data
        for source in (job.model.source, folder)
    )
    assert whole == half


def test_hub_model_in_half_precision_only_is_asked_for_as_such(
    shaped: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub is not asked; which of its files there would be is for diffusers' own check."""
    job = shaped("xl")(steps=2)
    folder = Path(shutil.copytree(job.model.source, tmp_path / "half"))
    for file in folder.rglob("*.safetensors"):
        file.rename(file.with_suffix(".fp16.safetensors"))
    asked: list[str | None] = []

    def download(_name: str, variant: str | None = None, **_more: Any) -> str:
        asked.append(variant)
        files = [str(file.relative_to(folder)) for file in folder.rglob("*.*")]
        parts = [file.split("/")[0] for file in files if file.endswith(".safetensors")]
        _get_ignore_patterns([], parts, files, True, False, False, False, False, variant)
        return str(folder)

    monkeypatch.setattr(diffusers.StableDiffusionXLPipeline, "download", download)
    assert load(replace(job.model, source="somebody/half"), torch.device("cpu")).parts["unet"]
    assert asked == [None, "fp16"]
