"""Settings in files of other programs, and files that only pretend to have some."""

import io
import json
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gallery import metadata
from gallery.metadata import containers, samplers
from gallery.metadata.writing import Told

A1111 = (
    "a red boat <lora:Ink Style:0.7>, 一只小船\nNegative prompt: fog\n"
    "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 965400086, Size: 512x768, "
    'Model hash: 45dee52b, Model: dreamy_v2, Clip skip: 2, Lora hashes: "Ink Style: abc, B: c", Version: v1.9.4'
)
TAKEN = {
    "prompt": "a red boat , 一只小船",
    "negative_prompt": "fog",
    "steps": 20,
    "guidance_scale": 6.5,
    "sampler": "DPM++ 2M Karras",
    "seed": 965400086,
    "width": 512,
    "height": 768,
    "loras": [{"name": "Ink Style", "weight": 0.7}],
}


def png(**texts: str) -> bytes:
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def with_comment(kind: str, comment: bytes) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, kind, exif=exif.tobytes())
    return out.getvalue()


def told(data: bytes) -> dict[str, Any]:
    found = metadata.read(data)
    assert found
    return {name: value for name, value in found.params.items() if value not in (None, "", [])}


def test_a1111_text_in_a_png() -> None:
    found = metadata.read(png(parameters=A1111))
    assert found and (found.source, found.model, found.tool) == ("a1111", "dreamy_v2", "text_to_image")
    assert told(png(parameters=A1111)) == TAKEN
    assert found.left == ["Clip skip"]


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@pytest.mark.parametrize("code", ["utf-16-be", "utf-16-le"])
def test_a1111_text_in_exif_in_either_byte_order(kind: str, code: str) -> None:
    assert told(with_comment(kind, b"UNICODE\0" + A1111.encode(code))) == TAKEN


@pytest.mark.parametrize("code", [b"ASCII\0\0\0", b"\0" * 8, b""])
def test_a_comment_in_plain_bytes_is_read_too(code: bytes) -> None:
    plain = A1111.replace(", 一只小船", "").encode()
    assert told(with_comment("JPEG", code + plain))["prompt"] == "a red boat"


def test_a_chinese_text_without_any_known_word_is_read_in_the_likelier_order() -> None:
    text = "一只小船在海上漂\nA: 1, B: 2, C: 3"
    for code in ("utf-16-be", "utf-16-le"):
        assert containers.texts(with_comment("WEBP", b"UNICODE\0" + text.encode(code)))["parameters"] == text


def test_a_second_pass_of_a1111_is_no_image_to_image() -> None:
    line = "x\nSteps: 4, Sampler: Euler a, Seed: 1, Denoising strength: 0.5"
    found = metadata.read(png(parameters=line))
    assert found and found.tool == "image_to_image" and found.params["strength"] == 0.5
    found = metadata.read(png(parameters=line + ", Hires upscale: 2, Hires upscaler: Latent"))
    assert found and found.tool == "text_to_image" and found.params["strength"] is None
    assert found.left == ["Hires upscale", "Hires upscaler"]


def test_our_own_form_comes_before_all_others_and_loses_nothing() -> None:
    recipe = {"tool": "inpaint", "model": "starter", "params": {"prompt": "猫", "feather": 3, "steps": 4}}
    data = metadata.write_png(Image.new("RGB", (8, 8)), recipe, 2**40, drawn=True)
    found = metadata.read(data)
    assert found and (found.source, found.tool, found.model) == ("brushwire", "inpaint", "starter")
    assert found.params == {"prompt": "猫", "feather": 3, "steps": 4, "seed": 2**40}


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
def test_our_jpeg_and_webp_are_read_back_whole(kind: str) -> None:
    params = {"prompt": 'a <b> & "c" 猫', "feather": 3, "steps": 4}
    recipe = {"tool": "inpaint", "model": "starter", "params": params}
    data = metadata.encode(Image.new("RGB", (8, 8)), kind, Told(recipe, 5, drawn=True))
    found = metadata.read(data)
    assert found and found.params == params | {"seed": 5}
    assert "Steps: 4" in containers.texts(data)["parameters"]
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.getexif().get_ifd(0x8769)[0x9286].startswith(b"UNICODE\0\0a")
        assert b"compositeWithTrainedAlgorithmicMedia" in picture.info["xmp"]


def test_invokeai() -> None:
    said = {
        "generation_mode": "sdxl_img2img",
        "positive_prompt": "a red boat",
        "negative_prompt": "fog",
        "width": 1024,
        "height": 768,
        "seed": 42,
        "steps": 25,
        "cfg_scale": 5,
        "scheduler": "dpmpp_2m_k",
        "strength": 0.6,
        "model": {"key": "x", "name": "juggernaut", "base": "sdxl"},
        "loras": [{"model": {"name": "ink"}, "weight": 0.5}, {"lora": {"model_name": "old"}, "weight": 1}, "no", {}],
        "clip_skip": 2,
        "controlnets": [{"x": 1}],
        "app_version": "5.0",
    }
    found = metadata.read(png(invokeai_metadata=json.dumps(said)))
    assert found and (found.source, found.model, found.tool) == ("invokeai", "juggernaut", "image_to_image")
    assert found.params["sampler"] == "DPM++ 2M Karras"
    assert found.params["loras"] == [{"name": "ink", "weight": 0.5}, {"name": "old", "weight": 1.0}]
    assert (found.params["strength"], found.params["seed"], found.left) == (0.6, 42, ["clip_skip", "controlnets"])


GRAPH: dict[str, Any] = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sub\\dreamy_v2.safetensors"}},
    "2": {
        "class_type": "LoraLoader",
        "inputs": {"model": ["1", 0], "lora_name": "ink.safetensors", "strength_model": 0.7},
    },
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": ["9", 0], "clip": ["2", 1]}},
    "4": {"class_type": "CLIPTextEncode", "inputs": {"text": "fog", "clip": ["2", 1]}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 1}},
    "6": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 7,
            "steps": 20,
            "cfg": 6.5,
            "sampler_name": "dpmpp_2m",
            "scheduler": "karras",
            "denoise": 1.0,
            "model": ["2", 0],
            "positive": ["8", 0],
            "negative": ["4", 0],
            "latent_image": ["5", 0],
        },
    },
    "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0]}},
    "8": {"class_type": "ControlNetApply", "inputs": {"conditioning": ["3", 0], "strength": 1}},
    "9": {"class_type": "PrimitiveStringMultiline", "inputs": {"value": "a red boat"}},
}


def test_a_comfyui_graph_is_followed_through_its_links() -> None:
    found = metadata.read(png(prompt=json.dumps(GRAPH)))
    assert found and (found.source, found.model, found.tool) == ("comfyui", "dreamy_v2", "text_to_image")
    assert told(png(prompt=json.dumps(GRAPH))) == {
        "prompt": "a red boat",
        "negative_prompt": "fog",
        "steps": 20,
        "guidance_scale": 6.5,
        "sampler": "DPM++ 2M Karras",
        "seed": 7,
        "width": 512,
        "height": 768,
        "loras": [{"name": "ink", "weight": 0.7}],
    }
    assert found.left == ["ControlNetApply"]


def test_a_comfyui_graph_that_begins_with_a_picture() -> None:
    graph = GRAPH | {
        "5": {"class_type": "VAEEncode", "inputs": {"pixels": ["10", 0], "vae": ["1", 2]}},
        "10": {"class_type": "LoadImage", "inputs": {"image": "cat.png"}},
    }
    graph["6"] = {**GRAPH["6"], "inputs": GRAPH["6"]["inputs"] | {"denoise": 0.6}}
    found = metadata.read(png(prompt=json.dumps(graph)))
    assert found and (found.tool, found.params["strength"], found.params["width"]) == ("image_to_image", 0.6, None)


def test_a_comfyui_graph_with_custom_sampling() -> None:
    graph = {
        "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux.safetensors"}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a red boat"}},
        "3": {"class_type": "FluxGuidance", "inputs": {"conditioning": ["2", 0], "guidance": 3.5}},
        "4": {"class_type": "BasicGuider", "inputs": {"model": ["1", 0], "conditioning": ["3", 0]}},
        "5": {"class_type": "RandomNoise", "inputs": {"noise_seed": 99}},
        "6": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
        "7": {"class_type": "BasicScheduler", "inputs": {"scheduler": "simple", "steps": 8, "denoise": 1}},
        "8": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 1024, "height": 1024}},
        "9": {
            "class_type": "SamplerCustomAdvanced",
            "inputs": {
                "noise": ["5", 0],
                "guider": ["4", 0],
                "sampler": ["6", 0],
                "sigmas": ["7", 0],
                "latent_image": ["8", 0],
            },
        },
    }
    found = metadata.read(png(prompt=json.dumps(graph)))
    assert found and found.model == "flux"
    wanted = {"prompt": "a red boat", "seed": 99, "steps": 8, "sampler": "Euler", "width": 1024, "height": 1024}
    assert {name: found.params[name] for name in wanted} == wanted


def test_a_workflow_alone_is_understood_by_the_order_of_its_widgets() -> None:
    workflow = {
        "nodes": [
            {"id": 1, "type": "CheckpointLoaderSimple", "widgets_values": ["dreamy.ckpt"]},
            {"id": 3, "type": "CLIPTextEncode", "widgets_values": ["a red boat"]},
            {"id": 5, "type": "EmptyLatentImage", "widgets_values": [640, 384, 1]},
            {
                "id": 6,
                "type": "KSampler",
                "widgets_values": [7, "randomize", 20, 8, "euler_ancestral", "normal", 1],
                "inputs": [
                    {"name": "model", "link": 1},
                    {"name": "positive", "link": 2},
                    {"name": "latent_image", "link": 3},
                    {"name": "negative", "link": None},
                    "nonsense",
                ],
            },
            "nonsense",
        ],
        "links": [[1, 1, 0, 6, 0, "MODEL"], [2, 3, 0, 6, 1, "C"], [3, 5, 0, 6, 3, "L"], ["x"], None],
    }
    found = metadata.read(png(workflow=json.dumps(workflow)))
    assert found and found.model == "dreamy"
    assert (found.params["prompt"], found.params["sampler"], found.params["width"]) == ("a red boat", "Euler a", 640)
    assert (found.params["seed"], found.params["steps"], found.params["guidance_scale"]) == (7, 20, 8.0)


def test_a_comfyui_webp_has_its_graph_in_the_camera_tags() -> None:
    exif = Image.Exif()
    exif[0x0110] = "prompt:" + json.dumps(GRAPH)
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "WEBP", exif=exif.tobytes())
    assert told(out.getvalue())["prompt"] == "a red boat"


@pytest.mark.parametrize(
    ("name", "schedule", "wanted"),
    [
        ("Euler a", "", "Euler a"),
        ("k_euler_a", "", "Euler a"),
        ("euler_ancestral", "normal", "Euler a"),
        ("DPM++ 2M Karras", "", "DPM++ 2M Karras"),
        ("dpmpp_2m", "karras", "DPM++ 2M Karras"),
        ("dpmpp_sde", "karras", "dpmpp_sde karras"),
        ("uni_pc", "", "UniPC"),
        ("DDIM", "", "DDIM"),
        ("Restart", "", "Restart"),
        ("", "", ""),
    ],
)
def test_samplers_have_many_names(name: str, schedule: str, wanted: str) -> None:
    assert samplers.ours(name, schedule) == wanted
