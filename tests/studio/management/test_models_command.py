"""`manage.py models`: the catalogue on the command line."""

import json
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest
from django.core.management import CommandError, call_command
from safetensors.torch import load_file, save_file

from studio import tools
from studio.engines.local import faces
from studio.models import Model
from studio.views.panel import panel
from tests.studio.engines import ddcolor_weights
from tests.studio.engines.esrgan_weights import written

ALL_TOOLS = ["text_to_image", "sketch_to_image", "image_to_image", "inpaint", "outpaint"]


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


def model_in(folder: Path, pipeline: str, network: dict[str, Any], scheduler: dict[str, Any]) -> str:
    """A folder with the small files of a model, and none of its weights."""
    part = "unet" if "Stable" in pipeline or "Latent" in pipeline else "transformer"
    for place, content in (
        ("model_index.json", {"_class_name": pipeline}),
        (f"{part}/config.json", network),
        ("scheduler/scheduler_config.json", scheduler),
    ):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(json.dumps(content))
    return str(folder)


XL, LCM = "StableDiffusionXLPipeline", "LatentConsistencyModelPipeline"
TRAILING = {"timestep_spacing": "trailing"}


@pytest.mark.parametrize(
    ("name", "files", "suits"),
    [
        ("sd15", ("StableDiffusionPipeline", {"sample_size": 64}, {}), ("sd", 25, 7.5, 512)),
        ("sd21", ("StableDiffusionPipeline", {"sample_size": 96}, {}), ("sd", 25, 7.5, 768)),
        ("sd-turbo", ("StableDiffusionPipeline", {"sample_size": 64}, TRAILING), ("sd", 4, 0, 512)),
        ("dreamshaper", (LCM, {"sample_size": 96, "time_cond_proj_dim": 256}, {}), ("sd", 4, 8, 768)),
        ("xl", (XL, {"sample_size": 128}, {}), ("sdxl", 30, 6, 1024)),
        ("xl-lcm", (XL, {"sample_size": 128}, {"_class_name": "LCMScheduler"}), ("sdxl", 4, 1, 1024)),
        ("xl-lightning-8step", (XL, {"sample_size": 128}, {}), ("sdxl", 8, 0, 1024)),
        ("flux-dev", ("FluxPipeline", {"guidance_embeds": True}, {}), ("flux", 28, 3.5, 1024)),
        ("flux-schnell", ("FluxPipeline", {"guidance_embeds": False}, {}), ("flux", 4, 0, 1024)),
        ("sd3-medium", ("StableDiffusion3Pipeline", {"sample_size": 128}, {}), ("sd3", 28, 4.5, 1024)),
        ("z-image-turbo", ("ZImagePipeline", {}, {}), ("z_image", 9, 0, 1024)),
    ],
)
def test_a_model_says_itself_what_it_is_and_what_suits_it(models, tmp_path, name, files, suits) -> None:
    call_command("models", "add", name, model_in(tmp_path / name, *files))
    model = Model.objects.get(name=name)
    told = tuple(model.defaults[key] for key in ("steps", "guidance_scale", "width"))
    assert (model.family, *told) == suits
    assert model.defaults["height"] == model.defaults["width"] <= model.max_side
    assert set(model.tools) <= set(ALL_TOOLS)
    assert model.schedule == (TRAILING if "lightning" in name else {})
    assert ("live" in model.defaults) == (suits[1] <= 8)


def test_an_inpainting_model_is_offered_for_nothing_else(models, tmp_path) -> None:
    source = model_in(tmp_path, "StableDiffusionInpaintPipeline", {"sample_size": 64, "in_channels": 9}, {})
    call_command("models", "add", "filler", source)
    assert Model.objects.get(name="filler").tools == ["inpaint", "outpaint"]


def test_a_model_with_an_upscaler_can_upscale(models, tmp_path) -> None:
    source = model_in(tmp_path, XL, {"sample_size": 128}, {})
    call_command("models", "add", "sharp", source, "--part", "upscaler=some/folder")
    assert Model.objects.get(name="sharp").tools == [*ALL_TOOLS, "upscale"]


@pytest.mark.parametrize(("kind", "can"), [("x4", "upscale"), ("compact x2", "upscale"), ("compact x1", "restore")])
def test_a_published_network_is_told_by_its_file(models, tmp_path, kind: str, can: str) -> None:
    call_command("models", "add", "sharp", str(written(kind, tmp_path)))
    model = Model.objects.get(name="sharp")
    assert (model.family, model.tools, model.engine) == ("esrgan", [can], "local")
    assert Path(model.ref().source).is_file()


def test_a_published_network_that_is_not_whole_is_refused_by_its_keys(models, tmp_path) -> None:
    file = written("x4", tmp_path)
    save_file({name: each for name, each in load_file(file).items() if name != "conv_hr.bias"}, file)
    with pytest.raises(CommandError, match=r"lacks conv_hr\.bias"):
        call_command("models", "add", "sharp", str(file))
    with pytest.raises(CommandError, match="missing"):
        call_command("models", "add", "sharp", str(tmp_path / "missing.safetensors"))


def test_what_is_said_goes_before_what_is_recognised(models, tmp_path) -> None:
    source = model_in(tmp_path / "sdxl-turbo", XL, {"sample_size": 64}, {})
    call_command("models", "add", "quick", source, "--defaults", '{"steps": 2}', "--schedule", "{}",
                 "--max-side", "512", "--tools", "text_to_image", "--dtype", "bfloat16")  # fmt: skip
    model = Model.objects.get(name="quick")
    assert (model.defaults["steps"], model.defaults["width"], model.schedule) == (2, 512, {})
    assert (model.max_side, model.tools, model.ref().dtype) == (512, ["text_to_image"], "bfloat16")


@pytest.mark.parametrize("pipeline", ["HunyuanDiTPipeline", "", ["evil", "Pipeline"], {"a": 1}])
def test_a_model_of_an_unknown_family_is_refused_in_words(models, tmp_path, pipeline) -> None:
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": pipeline}))
    with pytest.raises(CommandError, match="does not know that family"):
        call_command("models", "add", "odd", str(tmp_path))


def test_a_folder_without_a_pipeline_and_another_family_than_its_own_are_refused(models, tmp_path) -> None:
    with pytest.raises(CommandError, match="model_index"):
        call_command("models", "add", "none", str(tmp_path))
    source = model_in(tmp_path, XL, {}, {})
    with pytest.raises(CommandError, match="sdxl, not sd"):
        call_command("models", "add", "none", source, "--family", "sd")
    with pytest.raises(CommandError, match="no family cats"):
        call_command("models", "add", "none", source, "--family", "cats")


@pytest.mark.parametrize(
    ("source", "family"),
    [("org/sd15", "sd"), ("org/some-xl-base", "sdxl"), ("org/FLUX.1-dev", "flux"), ("org/Z-Image-Turbo", "z_image")],
)
def test_without_the_hub_the_name_decides_and_that_is_said(models, capsys, source, family) -> None:
    call_command("models", "add", "guess", source)
    assert Model.objects.get(name="guess").family == family
    assert "by its name" in capsys.readouterr().out


def test_a_model_is_added_at_the_end_with_what_was_said(models, capsys) -> None:
    call_command("models", "add", "sd15", "org/sd15", "--part", "controlnet_scribble=org/scribble",
                 "--defaults", '{"steps": 25}', "--tools", "text_to_image")  # fmt: skip
    model = Model.objects.get(name="sd15")
    assert list(Model.objects.exclude(engine="plain"))[-1] == model
    assert (model.title, model.source) == ("sd15", "org/sd15")
    assert (model.tools, model.defaults) == (
        ["text_to_image"],
        {"steps": 25, "guidance_scale": 7.5, "width": 512, "height": 512},
    )
    assert model.ref().parts == {"controlnet_scribble": "org/scribble"}
    assert "sd15" in capsys.readouterr().out


def test_models_are_switched_off_and_on(models, alice) -> None:
    call_command("models", "disable", "starter")
    assert not Model.objects.usable_by(alice).filter(name="starter").exists()
    call_command("models", "enable", "starter")
    assert Model.objects.usable_by(alice).filter(name="starter").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "starter", "org/name"),
        ("add", "new", "org/name", "--tools", "paint_the_fence"),
        ("add", "new", "org/name", "--part", "controlnet_scribble"),
        ("add", "new", "org/name", "--defaults", "[1]"),
        ("add", "new", "org/name", "--defaults", "{"),
        ("add", "new", "org/name", "--schedule", "[]"),
        ("add", "no name!", "org/name"),
        ("enable", "nobody"),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(models, arguments) -> None:
    before = list(Model.objects.values())
    with pytest.raises(CommandError):
        call_command("models", *arguments)
    assert list(Model.objects.values()) == before


def test_colour_model_is_known_by_its_name_and_goes_before_the_way_without_a_model(
    tmp_path: Path, models: None
) -> None:
    with ddcolor_weights.least():
        file = ddcolor_weights.write(tmp_path / "ddcolor.safetensors")
        call_command("models", "add", "colours", str(file))
    added = Model.objects.get(name="colours")
    assert (added.family, added.tools) == ("ddcolor", ["colorize"])
    assert added.position < Model.objects.get(name="plain").position


def test_colour_model_that_is_not_whole_is_refused_with_the_keys_that_are_missing(tmp_path: Path, db: None) -> None:
    with ddcolor_weights.least():
        file = ddcolor_weights.write(tmp_path / "ddcolor.safetensors")
        state = load_file(file)
        gone = next(name for name in state if "color_decoder" in name)
        del state[gone]
        save_file(state, file)
        with pytest.raises(CommandError) as caught:
            call_command("models", "add", "colours", str(file))
    assert gone in str(caught.value)
    assert not Model.objects.filter(name="colours").exists()


@pytest.mark.parametrize(
    ("source", "steps", "guidance", "can"),
    [
        ("z-image-turbo", 9, 0.0, 3), ("Z-Image", 28, 4.0, 3), ("sd-turbo", 1, 0.0, 5), ("FLUX.1-schnell", 4, 0.0, 1),
        ("gpt-image-1", 1, 0.0, 5), ("something-new", 25, 5.0, 5),
    ],
)  # fmt: skip
def test_a_model_on_a_server_has_what_suits_it(models, source, steps, guidance, can) -> None:
    from studio.models import Server

    Server.objects.create(name="gpu", kind="openai_images", base_url="http://gpu", dialect="xinference")
    Server.objects.create(name="cloud", kind="openai_images", base_url="http://cloud")
    call_command("models", "add", "there", source, "--engine", "openai_images", "--server", "gpu")
    model = Model.objects.get(name="there")
    assert (model.defaults["steps"], model.defaults["guidance_scale"]) == (steps, guidance)
    assert len(model.tools) == can and model.server.name == "gpu" and model.ref().source == source
    assert model.unused == []
    call_command("models", "add", "cloudy", source, "--engine", "openai_images", "--server", "cloud")
    shown = {each["name"] for each in panel(tools.find("text_to_image"), Model.objects.get(name="cloudy"))}
    assert {"prompt", "size"} <= shown and not {"steps", "seed", "guidance_scale", "negative_prompt"} & shown
    with pytest.raises(CommandError, match="no server called"):
        call_command("models", "add", "other", source, "--engine", "openai_images", "--server", "none")


@pytest.mark.parametrize(
    ("source", "unused"),
    [
        ("Qubico/trellis", {"prompt"}), ("Qubico/trellis2", {"prompt", "steps", "guidance_scale"}), ("mine", set()),
    ],
)  # fmt: skip
def test_a_model_that_makes_shapes_on_a_server_shows_what_it_takes_notice_of(models, source, unused) -> None:
    call_command("models", "add", "shapes", source, "--engine", "mesh_http")
    model = Model.objects.get(name="shapes")
    assert model.tools == ["sketch_to_3d"] and set(model.unused) == unused
    shown = {each["name"] for each in panel(tools.find("sketch_to_3d"), model)}
    assert shown >= {"size", "seed"} and shown & {"prompt", "steps", "guidance_scale"} == (
        {"prompt", "steps", "guidance_scale"} - unused
    )
    assert not shown & {"way", "thickness", "triangles", "raised"}


def test_colour_model_comes_with_its_face_detector_and_not_with_something_else(tmp_path: Path, db: None) -> None:
    with ddcolor_weights.least():
        file = ddcolor_weights.write(tmp_path / "ddcolor.safetensors")
        with pytest.raises(CommandError, match=r"no config\.json of a face detector"):
            call_command("models", "add", "colours", str(file), "--part", f"faces={tmp_path}")
        assert not Model.objects.filter(name="colours").exists()
        faces.write_tiny(tmp_path / "faces", faces=1)
        call_command("models", "add", "colours", str(file), "--part", f"faces={tmp_path / 'faces'}")
    assert Model.objects.get(name="colours").ref().parts == {"faces": str(tmp_path / "faces")}


@pytest.mark.parametrize(
    ("source", "family", "tools", "side"),
    [
        ("sd_xl_base_1.0.safetensors", "sdxl", 4, 1024),
        ("dreamshaper_8.safetensors", "sd", 4, 512),
        ("ddcolor_artistic.pth", "ddcolor", 1, None),
    ],
)
def test_checkpoint_on_a_comfyui_server_gets_what_suits_its_name(
    models: None, source: str, family: str, tools: int, side: int | None
) -> None:
    call_command("models", "add", "there", source, "--engine", "comfyui", "--part", "workflow:inpaint=docs")
    model = Model.objects.get(name="there")
    assert (model.family, len(model.tools), model.defaults.get("width")) == (family, tools, side)
    assert model.ref().parts == {"workflow:inpaint": "docs"}, "a name there is no folder here"
