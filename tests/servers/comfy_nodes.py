"""The nodes that the ComfyUI test server has: their inputs as `/object_info` tells them, and what each does.

A "model" is its name, a "latent" a picture that still has to be decoded. What a sampler makes is one flat colour drawn
from prompt, model and seed, over what was there as far as `denoise` says: the same graph makes the same picture.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageOps

CHECKPOINTS = ["sd15.safetensors", "sdxl.safetensors"]
LORAS = ["ink.safetensors"]
COLOURISTS = ["ddcolor_paper_tiny.pth", "ddcolor_paper.pth", "ddcolor_modelscope.pth", "ddcolor_artistic.pth"]
SAMPLERS = ["euler", "euler_ancestral", "heun", "dpmpp_2m", "dpmpp_sde", "ddim", "uni_pc", "lcm"]
SCHEDULERS = ["normal", "karras", "sgm_uniform", "simple"]
# Inputs that are a link to another node's output.
LINKS = {"MODEL", "CLIP", "VAE", "CONDITIONING", "LATENT", "IMAGE", "MASK"}

Inputs = dict[str, Any]


@dataclass
class Latent:
    """A picture before it is decoded. `mask`: only where it is white anything changes."""

    image: Image.Image
    mask: Image.Image | None = None


@dataclass(frozen=True)
class Node:
    """`inputs`: to each name its type, or list of values, and options; `make` gives the outputs, or a `Sampling`."""

    inputs: dict[str, tuple[Any, ...]]
    outputs: tuple[str, ...]
    make: Callable[[Inputs], Any] = lambda inputs: ()
    output_node: bool = False
    optional: dict[str, tuple[Any, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sampling:
    """What a sampler does step by step: `steps` pictures on the way, the last of which is its latent."""

    steps: int
    at: Callable[[int], Image.Image]
    mask: Image.Image | None


def colour(*of: object) -> tuple[int, int, int]:
    red, green, blue, *_rest = hashlib.sha256(repr(of).encode()).digest()
    return red, green, blue


def sample(inputs: Inputs) -> Sampling:
    """Of so many steps; what is kept of the picture before is `1 - denoise` of it."""
    before, wanted = inputs["latent_image"], colour(inputs["model"], inputs["positive"], inputs["seed"])
    steps, denoise = int(inputs["steps"]), float(inputs["denoise"])
    flat = Image.new("RGB", before.image.size, wanted)

    def at(step: int) -> Image.Image:
        made = Image.blend(before.image, flat, denoise * step / steps)
        return Image.composite(made, before.image, before.mask) if before.mask else made

    return Sampling(steps, at, before.mask)


def _tinted(image: Image.Image, size: int, checkpoint: str) -> Image.Image:
    """Warm colours over the picture's own light, as a network might have given them."""
    warm = ImageOps.colorize(image.convert("L"), "#201008", "#fff0d8", mid="#a07850")
    return Image.blend(image.convert("RGB"), warm, 1.0)


SEED = ("INT", {"default": 0, "min": 0, "max": 0xFFFFFFFFFFFFFFFF, "control_after_generate": True})
SIDE = ("INT", {"default": 512, "min": 16, "max": 16384, "step": 8})
PICTURE: tuple[Any, ...] = ([], {"image_upload": True})

NODES: dict[str, Node] = {
    "CheckpointLoaderSimple": Node(
        {"ckpt_name": (CHECKPOINTS, {})},
        ("MODEL", "CLIP", "VAE"),
        lambda i: (i["ckpt_name"], i["ckpt_name"], i["ckpt_name"]),
    ),
    "LoraLoader": Node(
        {
            "model": ("MODEL", {}),
            "clip": ("CLIP", {}),
            "lora_name": (LORAS, {}),
            "strength_model": ("FLOAT", {"default": 1.0, "min": -100.0, "max": 100.0}),
            "strength_clip": ("FLOAT", {"default": 1.0, "min": -100.0, "max": 100.0}),
        },
        ("MODEL", "CLIP"),
        lambda i: (f"{i['model']}+{i['lora_name']}*{i['strength_model']}", i["clip"]),
    ),
    "CLIPTextEncode": Node(
        {"text": ("STRING", {"multiline": True}), "clip": ("CLIP", {})}, ("CONDITIONING",), lambda i: (i["text"],)
    ),
    "EmptyLatentImage": Node(
        {"width": SIDE, "height": SIDE, "batch_size": ("INT", {"default": 1, "min": 1, "max": 4096})},
        ("LATENT",),
        lambda i: (Latent(Image.new("RGB", (i["width"], i["height"]))),),
    ),
    "LoadImage": Node({"image": PICTURE}, ("IMAGE", "MASK"), lambda i: (i["image"].convert("RGB"), None)),
    "LoadImageMask": Node(
        {"image": PICTURE, "channel": (["alpha", "red", "green", "blue"], {})},
        ("MASK",),
        lambda i: (i["image"].convert("RGB").getchannel("R"),),
    ),
    "VAEEncode": Node({"pixels": ("IMAGE", {}), "vae": ("VAE", {})}, ("LATENT",), lambda i: (Latent(i["pixels"]),)),
    "SetLatentNoiseMask": Node(
        {"samples": ("LATENT", {}), "mask": ("MASK", {})},
        ("LATENT",),
        lambda i: (Latent(i["samples"].image, i["mask"]),),
    ),
    "KSampler": Node(
        {
            "model": ("MODEL", {}),
            "seed": SEED,
            "steps": ("INT", {"default": 20, "min": 1, "max": 10000}),
            "cfg": ("FLOAT", {"default": 8.0, "min": 0.0, "max": float("inf")}),
            "sampler_name": (SAMPLERS, {}),
            "scheduler": (SCHEDULERS, {}),
            "positive": ("CONDITIONING", {}),
            "negative": ("CONDITIONING", {}),
            "latent_image": ("LATENT", {}),
            "denoise": ("FLOAT", {"default": 1.0, "min": 0.0, "max": 1.0}),
        },
        ("LATENT",),
        sample,
    ),
    "VAEDecode": Node({"samples": ("LATENT", {}), "vae": ("VAE", {})}, ("IMAGE",), lambda i: (i["samples"].image,)),
    "DDColor_Colorize": Node(
        {
            "image": ("IMAGE", {}),
            "model_input_size": ("INT", {"default": 512, "min": 32, "max": 4096, "step": 32}),
            "checkpoint": (COLOURISTS, {"default": COLOURISTS[0]}),
        },
        ("IMAGE",),
        lambda i: (_tinted(i["image"], i["model_input_size"], i["checkpoint"]),),
    ),
    "SaveImage": Node(
        {"images": ("IMAGE", {}), "filename_prefix": ("STRING", {"default": "ComfyUI"})}, (), output_node=True
    ),
    "PreviewImage": Node({"images": ("IMAGE", {})}, (), output_node=True),
    "SaveImageWebsocket": Node({"images": ("IMAGE", {})}, (), output_node=True),
}


def object_info() -> dict[str, Any]:
    """As `/object_info` tells it."""
    return {
        name: {
            "input": {"required": node.inputs, "optional": node.optional},
            "input_order": {"required": list(node.inputs), "optional": list(node.optional)},
            "output": list(node.outputs),
            "output_node": node.output_node,
            "name": name,
            "display_name": name,
            "category": "tests",
        }
        for name, node in NODES.items()
    }


def faults_of(graph: dict[str, Any], uploads: set[str], checkpoints: list[str], most: dict[str, int]) -> dict[str, Any]:
    """`node_errors` of a graph, as ComfyUI words them."""
    found: dict[str, Any] = {}
    for ident, each in graph.items():
        node = NODES[each["class_type"]]
        errors = []
        for name, (kind, *rest) in node.inputs.items():
            value = each["inputs"].get(name)
            kind = checkpoints if name == "ckpt_name" else kind  # noqa: PLW2901
            extra: dict[str, Any] = {"input_name": name, "input_config": [kind, *rest]}
            if name not in each["inputs"]:
                errors.append(
                    {
                        "type": "required_input_missing",
                        "message": "Required input is missing",
                        "details": name,
                        "extra_info": extra,
                    }
                )
            elif isinstance(kind, list) and name != "image" and value not in kind:
                details = f"{name}: {value!r} not in {kind}"
                extra["received_value"] = value
                errors.append(
                    {
                        "type": "value_not_in_list",
                        "message": "Value not in list",
                        "details": details,
                        "extra_info": extra,
                    }
                )
            elif isinstance(kind, list) and name == "image" and value not in uploads:
                details = f"image - Invalid image file: {value}"
                errors.append(
                    {
                        "type": "custom_validation_failed",
                        "message": "Custom validation failed for node",
                        "details": details,
                        "extra_info": extra,
                    }
                )
            elif kind == "INT" and value > most.get(name, rest[0].get("max", value)):
                errors.append(
                    {
                        "type": "value_bigger_than_max",
                        "message": f"Value {value} bigger than max",
                        "details": name,
                        "extra_info": extra,
                    }
                )
        if errors:
            found[ident] = {"errors": errors, "dependent_outputs": [], "class_type": each["class_type"]}
    return found
