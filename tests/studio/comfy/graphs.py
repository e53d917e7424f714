"""The standard graphs, in our own words, and a way to change one place in them."""

from copy import deepcopy
from typing import Any

from studio.comfy.nodes import Offer

OFFER = Offer(("starter.safetensors", "other.safetensors"), ("ink.safetensors", "wash.safetensors"), ("a.png",), 512)
TEXT: dict[str, Any] = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "starter.safetensors"}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "a red boat"}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "blurred"}},
    "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 128, "height": 64, "batch_size": 2}},
    "5": {
        "class_type": "KSampler",
        "inputs": {
            "model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0],
            "seed": 5, "steps": 12, "cfg": 6.5, "sampler_name": "euler", "scheduler": "normal", "denoise": 1,
        },
    },
    "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
    "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "boats/red"}},
}  # fmt: skip
PICTURE: dict[str, Any] = {
    **{key: TEXT[key] for key in "12367"},
    "5": {"class_type": "KSampler", "inputs": TEXT["5"]["inputs"] | {"denoise": 0.5, "latent_image": ["9", 0]}},
    "8": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
    "9": {"class_type": "VAEEncode", "inputs": {"pixels": ["8", 0], "vae": ["1", 2]}},
}


def lora(model: str, name: str = "ink.safetensors", strength: float = 0.5) -> dict[str, Any]:
    given = {"lora_name": name, "strength_model": strength, "strength_clip": strength}
    return {"class_type": "LoraLoader", "inputs": {"model": [model, 0], "clip": [model, 1], **given}}


def stacked() -> dict[str, Any]:
    """Two LoRAs, one upon the other."""
    graph = changed(TEXT, "5", model=["11", 0])
    for text in ("2", "3"):
        graph = changed(graph, text, clip=["11", 1])
    return graph | {"10": lora("1"), "11": lora("10", "wash.safetensors", 1.5)}


def changed(graph: dict[str, Any], node: str, **inputs: Any) -> dict[str, Any]:
    """A copy with other inputs; one that is None is left out."""
    copy = deepcopy(graph)
    copy[node]["inputs"].update(inputs)
    copy[node]["inputs"] = {name: value for name, value in copy[node]["inputs"].items() if value is not None}
    return copy


def without(graph: dict[str, Any], *nodes: str) -> dict[str, Any]:
    """A copy without some nodes."""
    return {key: deepcopy(node) for key, node in graph.items() if key not in nodes}
