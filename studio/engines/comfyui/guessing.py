"""Slots found in a graph by the classes that everybody uses: a start for whoever adds a template."""

from collections.abc import Iterator
from typing import Any

from studio.engines.comfyui.template import BY_SOCKET, Graph, is_link

# Class (or how it begins) -> input -> slot.
PLACES: dict[str, dict[str, str]] = {
    "KSampler": {
        "seed": "seed",
        "noise_seed": "seed",
        "steps": "steps",
        "cfg": "guidance_scale",
        "sampler_name": "sampler",
        "scheduler": "scheduler",
        "denoise": "strength",
    },
    "Empty": {"width": "width", "height": "height", "batch_size": "batch_size"},
    "LoadImageMask": {"image": "mask"},
    "LoadImage": {"image": "image"},
    "CheckpointLoaderSimple": {"ckpt_name": "checkpoint"},
    "UNETLoader": {"unet_name": "checkpoint"},
    "DDColor_Colorize": {"model_input_size": "network_size", "checkpoint": "checkpoint"},
}
RESULTS = ("PreviewImage", "SaveImage", BY_SOCKET)
WORDS = {"positive": "prompt", "negative": "negative_prompt"}


def slots_of(graph: Graph, tools: list[str]) -> dict[str, Any]:
    """As a template has them; `tools` decide whether `denoise` is a strength."""
    found: dict[str, list[str]] = {}
    for slot, place in _places(graph):
        if slot != "strength" or set(tools) - {"text_to_image"}:
            found.setdefault(slot, []).append(place)
    return {slot: places[0] if len(places) == 1 else places for slot, places in found.items()}


def result_of(graph: Graph) -> str:
    """The first node whose picture could be meant; "" without any."""
    return next((node for kind in RESULTS for node, each in graph.items() if each["class_type"] == kind), "")


def _places(graph: Graph) -> Iterator[tuple[str, str]]:
    for node, each in graph.items():
        kind = str(each["class_type"])
        known = next((places for name, places in PLACES.items() if kind.startswith(name)), {})
        for name, slot in known.items():
            if name in each["inputs"] and not is_link(each["inputs"][name]):
                yield slot, f"{node}.{name}"
        for name, slot in WORDS.items():
            text = _text_behind(graph, each["inputs"].get(name), len(graph))
            if text:
                yield slot, text


def _text_behind(graph: Graph, link: Any, most: int) -> str:
    """Where the words of a conditioning are written, however many nodes are between."""
    if not is_link(link) or most == 0 or link[0] not in graph:
        return ""
    node, inputs = link[0], graph[link[0]]["inputs"]
    if isinstance(inputs.get("text"), str):
        return f"{node}.text"
    behind = (_text_behind(graph, each, most - 1) for name, each in inputs.items() if name.startswith("conditioning"))
    return next((each for each in behind if each), "")
