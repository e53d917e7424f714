"""The nodes a graph may have: what goes into each and comes out, and in which stage of ours its work is done.

One table serves the check of a graph, `/object_info` and the telling of progress. Limits are those of our own forms.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from studio.comfy import samplers

# The kinds of values a node takes by itself; every other type comes over a link.
VALUES = ("INT", "FLOAT", "STRING", "COMBO")
SEED_MOST = 2**64 - 1
# The order in which our stages pass; a node's `stage` is one of them.
STAGES = ("loading", "encoding", "denoising", "decoding", "saving")


@dataclass(frozen=True, slots=True)
class Slot:
    """What goes into a node. `least` and `most` bound numbers; `choices` names a list of Offer, or gives it."""

    name: str
    type: str
    default: Any = None
    least: float | None = None
    most: float | None = None
    step: float | None = None
    choices: str | tuple[str, ...] = ()
    many_lines: bool = False
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A class of nodes. `makes` are the types of its outputs, in the order of their numbers."""

    name: str
    title: str
    category: str
    stage: str
    takes: tuple[Slot, ...]
    makes: tuple[str, ...] = ()
    is_output: bool = False
    tip: str = ""

    def slot(self, name: str) -> Slot:
        """The input called `name`."""
        return next(slot for slot in self.takes if slot.name == name)


@dataclass(frozen=True, slots=True)
class Offer:
    """What one person may use, as a graph names it. `max_side` is that of the largest model."""

    checkpoints: tuple[str, ...] = ()
    loras: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    max_side: int = 1024

    def choices(self, slot: Slot) -> tuple[str, ...]:
        """What `slot` may be."""
        if isinstance(slot.choices, tuple):
            return slot.choices
        found: tuple[str, ...] = getattr(self, slot.choices)
        return found

    def most(self, slot: Slot) -> float | None:
        """The largest number that `slot` may be."""
        return self.max_side if slot.name in ("width", "height") else slot.most


def _link(name: str, type: str, tip: str = "") -> Slot:
    return Slot(name, type, tip=tip)


_IMAGES = _link("images", "IMAGE", "The images to save.")
_TABLE = (
    Node(
        "CheckpointLoaderSimple",
        "Load Checkpoint",
        "loaders",
        "loading",
        (Slot("ckpt_name", "COMBO", choices="checkpoints", tip="A model of this studio."),),
        ("MODEL", "CLIP", "VAE"),
    ),
    Node(
        "LoraLoader",
        "Load LoRA",
        "loaders",
        "loading",
        (
            _link("model", "MODEL"),
            _link("clip", "CLIP"),
            Slot("lora_name", "COMBO", choices="loras"),
            Slot("strength_model", "FLOAT", 1.0, -2.0, 2.0, 0.01),
            Slot("strength_clip", "FLOAT", 1.0, -2.0, 2.0, 0.01, tip="The same as strength_model here."),
        ),
        ("MODEL", "CLIP"),
    ),
    Node(
        "CLIPTextEncode",
        "CLIP Text Encode (Prompt)",
        "conditioning",
        "encoding",
        (Slot("text", "STRING", many_lines=True), _link("clip", "CLIP")),
        ("CONDITIONING",),
    ),
    Node(
        "EmptyLatentImage",
        "Empty Latent Image",
        "latent",
        "encoding",
        (
            Slot("width", "INT", 512, 64, None, 8),
            Slot("height", "INT", 512, 64, None, 8),
            Slot("batch_size", "INT", 1, 1, settings.MAX_OUTPUTS),
        ),
        ("LATENT",),
    ),
    Node(
        "LoadImage",
        "Load Image",
        "image",
        "encoding",
        (Slot("image", "COMBO", choices="pictures"),),
        ("IMAGE", "MASK"),
    ),
    Node(
        "VAEEncode",
        "VAE Encode",
        "latent",
        "encoding",
        (_link("pixels", "IMAGE"), _link("vae", "VAE")),
        ("LATENT",),
    ),
    Node(
        "KSampler",
        "KSampler",
        "sampling",
        "denoising",
        (
            _link("model", "MODEL"),
            Slot("seed", "INT", 0, 0, SEED_MOST),
            Slot("steps", "INT", 20, 1, 100),
            Slot("cfg", "FLOAT", 8.0, 0.0, 30.0, 0.1),
            Slot("sampler_name", "COMBO", choices=samplers.SAMPLERS),
            Slot("scheduler", "COMBO", choices=samplers.SCHEDULERS),
            _link("positive", "CONDITIONING"),
            _link("negative", "CONDITIONING"),
            _link("latent_image", "LATENT"),
            Slot("denoise", "FLOAT", 1.0, 0.05, 1.0, 0.01),
        ),
        ("LATENT",),
    ),
    Node(
        "VAEDecode",
        "VAE Decode",
        "latent",
        "decoding",
        (_link("samples", "LATENT"), _link("vae", "VAE")),
        ("IMAGE",),
    ),
    Node(
        "SaveImage",
        "Save Image",
        "image",
        "saving",
        (_IMAGES, Slot("filename_prefix", "STRING", "ComfyUI")),
        is_output=True,
    ),
    Node("PreviewImage", "Preview Image", "image", "saving", (_IMAGES,), is_output=True),
    Node("SaveImageWebsocket", "SaveImageWebsocket", "api/image", "saving", (_IMAGES,), is_output=True),
)
NODES = {node.name: node for node in _TABLE}


def object_info(offer: Offer, name: str | None = None) -> dict[str, Any]:
    """What `/object_info` tells of all nodes, or of the one called `name` ({} where there is none)."""
    return {node.name: _told(node, offer) for node in _TABLE if name in (None, node.name)}


def _told(node: Node, offer: Offer) -> dict[str, Any]:
    takes: dict[str, Any] = {"required": {slot.name: _slot_told(slot, offer) for slot in node.takes}}
    if node.is_output and node.name != "SaveImageWebsocket":
        takes["hidden"] = {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"}
    return {
        "input": takes,
        "input_order": {kind: list(slots) for kind, slots in takes.items()},
        "output": list(node.makes),
        "output_is_list": [False] * len(node.makes),
        "output_name": list(node.makes),
        "name": node.name,
        "display_name": node.title,
        "description": node.tip,
        "python_module": "nodes",
        "category": node.category,
        "output_node": node.is_output,
    }


def _slot_told(slot: Slot, offer: Offer) -> list[Any]:
    about: dict[str, Any] = {
        "default": slot.default,
        "min": slot.least,
        "max": offer.most(slot),
        "step": slot.step,
        "tooltip": slot.tip or None,
    }
    about = {name: value for name, value in about.items() if value is not None}
    if slot.many_lines:
        about |= {"multiline": True, "dynamicPrompts": True}
    if slot.choices == "pictures":
        about["image_upload"] = True
    kind: Any = list(offer.choices(slot)) if slot.type == "COMBO" else slot.type
    return [kind, about] if about else [kind]
