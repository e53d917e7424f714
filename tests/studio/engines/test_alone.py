"""Families whose stock pipeline runs alone: the same pictures, through the same door, a step at a time."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from studio.engines.base import Engine, EngineError
from studio.engines.board import scenes, sketch
from studio.engines.local import LocalEngine, alone, messages
from studio.engines.local.adapters import Additions
from studio.engines.local.embeddings import Embedding
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.families import FAMILIES, SHAPED
from studio.engines.local.messages import Message
from studio.job import AdapterRef, Job, Output
from tests.studio.engines.contract import EngineContract, Recorder
from tests.studio.engines.driven import Driven, difference, loaded, together
from tests.studio.engines.lora_files import write_lora
from tests.studio.engines.sketches import drawing

Ask = Callable[..., Job]
FLOWS = [name for name, family in FAMILIES.items() if not family.stepped and family.pipelines and name not in SHAPED]
FROM_PICTURES = [name for name in FLOWS if "image" in FAMILIES[name].pipelines]
WITH_MASKS = [name for name in FLOWS if "mask" in FAMILIES[name].pipelines]


def apart(output: Output, expected: Image.Image) -> int:
    """The largest difference in levels of 255."""
    made = np.asarray(Image.open(io.BytesIO(output.data)), int)
    return int(np.abs(made - np.asarray(expected, int)).max())


class TestFluxThroughTheSameDoor(EngineContract):
    @pytest.fixture
    def engine(self, local_engine: DeviceEngine) -> Engine:
        return local_engine

    @pytest.fixture
    def ask(self, flowing: Callable[[str], Ask]) -> Ask:
        return flowing("flux")


@pytest.mark.parametrize(("family", "guidance"), [*((family, 4.0) for family in FLOWS), ("z_image", 1.0)])
def test_picture_from_words_equals_the_bare_pipeline(
    family: str, guidance: float, local_engine: DeviceEngine, flowing: Callable[[str], Ask]
) -> None:
    job = flowing(family)(prompt="a blue cat", negative_prompt="dog", steps=5, guidance_scale=guidance, seed=9, count=2)
    bare = getattr(diffusers, FAMILIES[family].pipelines["noise"]).from_pretrained(job.model.source)
    outputs = local_engine.run(job, Recorder())
    for seed, output in zip((9, 10), outputs, strict=True):
        expected = bare(
            "a blue cat",
            negative_prompt="dog",
            width=64,
            height=64,
            num_inference_steps=5,
            guidance_scale=guidance,
            generator=torch.Generator().manual_seed(seed),
        ).images[0]
        assert apart(output, expected) <= 2


@pytest.mark.parametrize("family", ["flux", "z_image"])
def test_loras_change_the_pictures_of_who_wears_them_as_the_bare_pipeline_does(
    family: str, flowing: Callable[[str], Ask], tmp_path: Path
) -> None:
    """Their pictures are made by one network, in turns."""
    plain = flowing(family)(prompt="a blue cat", steps=3, seed=9)
    network = loaded(plain.model).parts["transformer"]
    files = [write_lora(tmp_path / f"{at}.safetensors", {"transformer": network}, seed=at) for at in range(2)]
    worn = [AdapterRef(file.stem, "lora", str(file), weight) for file, weight in zip(files, (0.7, -0.4), strict=True)]
    jobs = [replace(plain, adapters=tuple(worn)), replace(plain, adapters=tuple(worn[:1])), plain]
    made = together([(0, job) for job in jobs])[0]
    bare = getattr(diffusers, FAMILIES[family].pipelines["noise"]).from_pretrained(plain.model.source)
    for at, file in enumerate(files):
        bare.load_lora_weights(str(file), adapter_name=f"lora_{at}")
    for job, outputs in zip(jobs, made, strict=True):
        if job.adapters:
            bare.set_adapters([f"lora_{at}" for at in range(len(job.adapters))], [ref.weight for ref in job.adapters])
        else:
            bare.unload_lora_weights()
        generator, params = torch.Generator().manual_seed(9), job.params
        steps, guidance = params["steps"], params["guidance_scale"]
        size = {"width": 64, "height": 64, "num_inference_steps": steps, "guidance_scale": guidance}
        expected = bare("a blue cat", negative_prompt=None, generator=generator, **size).images[0]
        assert apart(outputs[0], expected) <= 2
    assert difference(made[0], made[1]) > 2 and difference(made[1], made[2]) > 2


def test_embedding_for_a_model_that_reads_words_in_its_own_way_is_told_by_its_token(
    flowing: Callable[[str], Ask],
) -> None:
    job = flowing("flux")(prompt="a <cat>")
    cat = Additions(embeddings=(Embedding("<cat>", ()),))
    with pytest.raises(EngineError) as caught:
        alone.start(loaded(job.model), messages.request(job), cat)
    assert (caught.value.code, caught.value.params) == ("adapter_unavailable", {"name": "<cat>"})


@pytest.mark.parametrize("family", FROM_PICTURES)
def test_sketch_equals_bare_image_to_image(
    family: str, local_engine: DeviceEngine, flowing: Callable[[str], Ask]
) -> None:
    job = flowing(family)("sketch_to_image", sketch=drawing("cat"), prompt="a cat", strength=0.5, steps=8, seed=2)
    bare = getattr(diffusers, FAMILIES[family].pipelines["image"]).from_pretrained(job.model.source)
    listener = Recorder()
    output = local_engine.run(job, listener)[0]
    expected = bare(
        "a cat",
        image=sketch.read(drawing("cat"), 64, 64).board,
        width=64,
        height=64,
        strength=0.5,
        num_inference_steps=8,
        guidance_scale=3.5,
        generator=torch.Generator().manual_seed(2),
    ).images[0]
    assert apart(output, expected) <= 2
    assert [(s.step, s.total) for s in listener.denoising()] == [(n, 4) for n in range(1, 5)]


@pytest.mark.parametrize("family", WITH_MASKS)
def test_inpainting_equals_the_bare_pipeline(family: str, flowing: Callable[[str], Ask]) -> None:
    """What is outside of the mask is compared as the model makes it: the worker puts the original back there."""
    job = flowing(family)(prompt="a cat", strength=0.6, steps=5, seed=2)
    image = Image.open(io.BytesIO(drawing("house", colour=True))).convert("RGB").resize((64, 64))
    mask = Image.new("L", (64, 64))
    mask.paste(255, (16, 16, 48, 48))
    scene = scenes.Scene(image, mask)
    batcher = Driven(job.model)
    made: list[Message] = []
    batcher.submit(messages.Request(job, scene=scene), made.append)
    batcher.run_out()
    bare = getattr(diffusers, FAMILIES[family].pipelines["mask"]).from_pretrained(job.model.source)
    if family == "sd3":  # diffusers 0.42 forgets the decoder's shift in this one: here and only here it is taken off
        decode, shift = bare.vae.decode, bare.vae.config.shift_factor
        bare.vae.decode = lambda latents, **more: decode(latents + shift, **more)
    expected = bare(
        "a cat",
        image=image,
        mask_image=mask,
        width=64,
        height=64,
        strength=0.6,
        num_inference_steps=5,
        guidance_scale=3.5,
        generator=torch.Generator().manual_seed(2),
    ).images[0]
    picture = next(each for each in made if isinstance(each, messages.Picture))
    shown = np.frombuffer(picture.rgb, np.uint8).astype(int)
    assert np.abs(shown - np.asarray(expected, int).ravel()).max() <= 2


@pytest.mark.parametrize("family", FLOWS)
def test_half_precision_makes_a_picture_too(
    family: str, local_engine: DeviceEngine, flowing: Callable[[str], Ask]
) -> None:
    """bfloat16 is what these families use on a GPU."""
    job = flowing(family)(steps=2)
    output = local_engine.run(replace(job, model=replace(job.model, dtype="bfloat16")), Recorder())[0]
    assert output.facts["dtype"] == "bfloat16"


def test_marks_in_the_prompt_are_no_words(local_engine: DeviceEngine, flowing: Callable[[str], Ask]) -> None:
    marked, bare = (
        local_engine.run(flowing("flux")(steps=2, prompt=prompt), Recorder())[0]
        for prompt in ("a (red:1.3) house", "a red house")
    )
    assert marked.data == bare.data


@pytest.mark.parametrize(("family", "steps"), [*((family, 2) for family in FLOWS), ("flux", 1)])
def test_preview_shows_the_guess_at_the_result_and_last_the_result(
    family: str, steps: int, local_engine: DeviceEngine, flowing: Callable[[str], Ask]
) -> None:
    """However few steps: what is shown is never just the noise."""
    job = flowing(family)(steps=steps, width=128)
    listener = Recorder()
    local_engine.run(job, listener)
    model = loaded(job.model)
    whole = next(iter(alone.start(model, messages.request(job))))
    guesses = []
    while not whole.finished:
        guess = whole.work()
        guesses += [] if guess is None else [model.projection.preview(guess)]
    shown = [s.preview for s in listener.denoising() if s.preview]
    assert {(p.width, p.height) for p in shown} == {(16, 8)}
    # Not every step is shown when steps are quick, the last one always is.
    assert len(guesses) == steps
    assert all(p in guesses for p in shown)
    assert shown[-1] == guesses[-1] == model.projection.preview(whole.latents)


def test_large_network_counts_for_more_in_the_fair_order(
    flowing: Callable[[str], Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step of Flux is about the work of 36 rows of Stable Diffusion 1 of that size, and it needs no second row."""
    flux, z_image = flowing("flux")(), flowing("z_image")()
    one = alone.start(loaded(flux.model), messages.request(flux))[0]
    assert (one.rows, one.size) == (1, 64)
    assert alone.start(loaded(z_image.model), messages.request(z_image))[0].rows == 2
    monkeypatch.setattr(diffusers.ModelMixin, "num_parameters", lambda _network: 12_000_000_000)
    assert alone.start(loaded(flux.model), messages.request(flux))[0].size == 64 * 36


def test_engine_process_runs_it_too(
    process_engine: LocalEngine, local_engine: DeviceEngine, flowing: Callable[[str], Ask]
) -> None:
    job = flowing("z_image")(steps=2)
    assert process_engine.run(job, Recorder())[0].data == local_engine.run(job, Recorder())[0].data


def test_family_that_starts_from_noise_only_refuses_other_tools(
    local_engine: DeviceEngine, flowing: Callable[[str], Ask]
) -> None:
    with pytest.raises(EngineError) as caught:
        local_engine.run(flowing("lumina2")("sketch_to_image"), Recorder())
    assert caught.value.code == "unknown_tool"


def test_size_between_what_the_family_can_make_is_cut_from_a_larger_one(
    local_engine: DeviceEngine, flowing: Callable[[str], Ask]
) -> None:
    output = local_engine.run(flowing("z_image")(width=72, height=88, steps=2), Recorder())[0]
    assert Image.open(io.BytesIO(output.data)).size == (72, 88)
