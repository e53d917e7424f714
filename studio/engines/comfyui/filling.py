"""A job's values put into a template's slots: the graph that a server is sent. Pure."""

import copy
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from studio.engines.comfyui.template import Graph, Template, is_link
from studio.job import AdapterRef, Job

# Our samplers (studio/engines/samplers.py) as ComfyUI calls them: sampler, scheduler.
SAMPLERS: Mapping[str, tuple[str, str]] = {
    "DDIM": ("ddim", "normal"),
    "Euler": ("euler", "normal"),
    "Euler a": ("euler_ancestral", "normal"),
    "DPM++ 2M": ("dpmpp_2m", "normal"),
    "DPM++ 2M Karras": ("dpmpp_2m", "karras"),
    "DPM++ SDE": ("dpmpp_sde", "normal"),
    "UniPC": ("uni_pc", "normal"),
    "LCM": ("lcm", "sgm_uniform"),
    "Heun": ("heun", "normal"),
}
LORA_NODE = "LoraLoader"
# Nodes of ours are told from a template's by this.
OURS = "brushwire-"
# What a checkpoint loader's outputs are: model, then the text encoder.
MODEL_OUT, CLIP_OUT = 0, 1


def values(job: Job, index: int, pictures: Mapping[str, str]) -> dict[str, Any]:
    """What goes into the slots for picture `index` of `job`; `pictures` are the names of uploaded files by slot.

    Seeds count up from picture to picture, and each is a graph of its own: so the second one is what the first of the
    next seed would be, whatever a server makes of a batch.
    """
    params = job.params
    prompt, negative = str(params.get("prompt") or ""), str(params.get("negative_prompt") or "")
    for adapter in job.adapters:
        if adapter.kind == "embedding":
            word = f"embedding:{_file(adapter.source).rpartition('.')[0]}"
            prompt, negative = prompt.replace(adapter.token, word), negative.replace(adapter.token, word)
    found: dict[str, Any] = {
        "prompt": prompt,
        "negative_prompt": negative,
        "seed": int(params.get("seed") or 0) + index,
        "batch_size": 1,
        "checkpoint": job.model.source,
        **pictures,
    }
    found |= {name: params[name] for name in ("guidance_scale", "width", "height", "network_size") if params.get(name)}
    if params.get("guidance_scale") is not None:
        found["guidance_scale"] = float(params["guidance_scale"])
    if params.get("steps"):
        found["steps"] = real_steps(job)
    if job.tool != "text_to_image" and params.get("strength"):
        found["strength"] = float(params["strength"])
    if params.get("sampler"):
        found["sampler"], found["scheduler"] = SAMPLERS[params["sampler"]]
    return found


def real_steps(job: Job) -> int:
    """How many steps really run: ComfyUI runs all that it is given, over the last part of a longer way (`denoise`),
    which is the very part that steps x strength leaves."""
    steps = int(job.params["steps"])
    if job.tool == "text_to_image":
        return steps
    return max(1, min(steps, int(steps * float(job.params.get("strength") or 1.0))))


def fill(template: Template, found: Mapping[str, Any], adapters: tuple[AdapterRef, ...] = ()) -> Graph:
    """The template's graph with `found` in its slots, and LoRAs between its model and whoever uses that."""
    graph = copy.deepcopy(template.graph)
    for slot, places in template.slots.items():
        if slot in found:
            for place in places:
                graph[place.node]["inputs"][place.input] = found[slot]
    loras = [adapter for adapter in adapters if adapter.kind == "lora"]
    for place in template.slots.get("checkpoint", ()):
        _add_loras(graph, place.node, loras)
    return graph


def takes_loras(template: Template) -> bool:
    """Whether LoRAs can be added: it loads a checkpoint whose model and text encoder others use."""
    nodes = {place.node for place in template.slots.get("checkpoint", ())}
    links = [value for node in template.graph.values() for value in node["inputs"].values() if is_link(value)]
    return any(link[0] in nodes and link[1] == CLIP_OUT for link in links)


def _add_loras(graph: Graph, loader: str, loras: list[AdapterRef]) -> None:
    ends = {MODEL_OUT: [loader, MODEL_OUT], CLIP_OUT: [loader, CLIP_OUT]}
    added: Graph = {}
    for number, lora in enumerate(loras):
        ident = f"{OURS}{loader}-{number}"
        inputs = {
            "model": ends[MODEL_OUT],
            "clip": ends[CLIP_OUT],
            "lora_name": _file(lora.source),
            "strength_model": float(lora.weight),
            "strength_clip": float(lora.weight),
        }
        added[ident] = {"class_type": LORA_NODE, "inputs": inputs, "_meta": {"title": f"LoRA {lora.name}"}}
        ends = {MODEL_OUT: [ident, 0], CLIP_OUT: [ident, 1]}
    if not added:
        return
    for node in graph.values():
        for name, value in node["inputs"].items():
            if is_link(value) and value[0] == loader and value[1] in ends:
                node["inputs"][name] = ends[value[1]]
    graph.update(added)


def _file(source: str) -> str:
    """The name of a file, whichever system wrote its path: what a server has it by."""
    return PurePosixPath(PureWindowsPath(source).as_posix()).name
