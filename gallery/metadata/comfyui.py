"""ComfyUI's graphs: the last sampler is found, and the links of its inputs are followed back, a bounded way.

`prompt` is {id: {"class_type", "inputs"}}, a link being [id, slot]; `workflow` is what its page draws: `as_prompt`
turns it into the other, as far as the nodes below need it.
"""

from collections.abc import Iterator
from typing import Any

from gallery.metadata import samplers
from gallery.metadata.found import MOST_LEFT, MOST_LORAS, Found, decimal, whole, words

NODES_MAX = 2000
HOPS_MAX = 40
# Widgets in the order in which a workflow keeps their values, without names.
WIDGETS = {
    "KSampler": ("seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": ("", "noise_seed", "", "steps", "cfg", "sampler_name", "scheduler"),
    "CLIPTextEncode": ("text",),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name",),
    "LoraLoader": ("lora_name", "strength_model"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "EmptyLatentImage": ("width", "height"),
    "EmptySD3LatentImage": ("width", "height"),
    "RandomNoise": ("noise_seed",),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "CFGGuider": ("cfg",),
    "FluxGuidance": ("guidance",),
    "PrimitiveStringMultiline": ("value",),
    "PrimitiveString": ("value",),
}
# Through which of its inputs a node hands on what it was given.
ONWARD = ("conditioning", "conditioning_1", "conditioning_to", "positive", "model", "samples", "latent", "pixels")
# Nodes that lead a picture in ways that have no place in our form.
UNKNOWN = ("ControlNet", "IPAdapter", "Upscale", "FaceDetailer")
TEXTS = ("text", "text_g", "t5xxl", "clip_l", "value", "string", "prompt")

Node = dict[str, Any]


def settings(graph: Any) -> Found | None:
    """What the graph's last sampler makes, in our own words; None when there is no sampler in it."""
    nodes = _nodes(graph)
    sampler = next((node for node in reversed(nodes.values()) if _is_sampler(node)), None)
    if sampler is None:
        return None
    told = _Told(nodes, sampler["inputs"])
    model, loras = told.model()
    latent = told.latent()
    strength = decimal(told.value("denoise", "sigmas"))
    begun = latent is not None and whole(latent["inputs"].get("width")) is None
    size = latent["inputs"] if latent is not None and not begun else {}
    name, schedule = words(told.value("sampler_name", "sampler")), words(told.value("scheduler", "sigmas"))
    params = {
        "prompt": told.text("positive"),
        "negative_prompt": told.text("negative"),
        "steps": whole(told.value("steps", "sigmas")),
        "guidance_scale": decimal(told.value("cfg", "guider")),
        "sampler": samplers.ours(name, schedule),
        "seed": whole(told.value("seed") if "seed" in told.inputs else told.value("noise_seed", "noise")),
        "width": whole(size.get("width")),
        "height": whole(size.get("height")),
        "strength": strength if begun else None,
        "loras": loras,
    }
    others = {_kind(node)[:40] for node in nodes.values() if any(word in _kind(node) for word in UNKNOWN)}
    return Found("comfyui", params, model, "image_to_image" if begun else "text_to_image", sorted(others)[:MOST_LEFT])


def as_prompt(workflow: Any) -> Any:
    """The graph of a `workflow` in the form of a `prompt`, for the nodes of WIDGETS; None for anything else."""
    if not isinstance(workflow, dict) or not isinstance(workflow.get("nodes"), list):
        return None
    links = {}
    for link in _list(workflow.get("links"))[: 4 * NODES_MAX]:
        if isinstance(link, list) and len(link) >= 3:
            links[str(link[0])] = [str(link[1]), link[2]]
    graph = {}
    for node in workflow["nodes"][:NODES_MAX]:
        if not isinstance(node, dict):
            continue
        kind = words(node.get("type"))
        values = _list(node.get("widgets_values"))
        inputs = {name: value for name, value in zip(WIDGETS.get(kind, ()), values, strict=False) if name}
        for each in _list(node.get("inputs")):
            if isinstance(each, dict) and str(each.get("link")) in links:
                inputs[words(each.get("name"))] = links[str(each.get("link"))]
        graph[str(node.get("id"))] = {"class_type": kind, "inputs": inputs}
    return graph


class _Told:
    """The inputs of one sampler, and what is behind their links."""

    def __init__(self, nodes: dict[str, Node], inputs: Node) -> None:
        self._nodes, self.inputs = nodes, inputs

    def value(self, name: str, behind: str = "") -> Any:
        """The input `name`, also where it is a link to a primitive, or an input of the node behind input `behind`."""
        found = self.inputs.get(name)
        if found is None and behind:
            node = self._node(self.inputs.get(behind))
            found = node["inputs"].get(name) if node else None
        node = self._node(found)
        return node["inputs"].get("value") if node else found

    def text(self, name: str) -> str:
        """The words behind a conditioning, whatever stands between."""
        start = self.inputs.get(name)
        if start is None:
            guider = self._node(self.inputs.get("guider"))
            inputs = guider["inputs"] if guider else {}
            start = inputs.get(name, inputs.get("conditioning") if name == "positive" else None)
        for node in self._back(start, name):
            for field in TEXTS:
                text = node["inputs"].get(field)
                behind = self._node(text)
                text = self._first_text(behind) if behind else text
                if isinstance(text, str) and text.strip():
                    return text.strip()
        return ""

    def model(self) -> tuple[str, list[dict[str, Any]]]:
        """The file the model was loaded from, without folder and ending, and the LoRAs on the way to it."""
        guider = self._node(self.inputs.get("guider"))
        start = self.inputs.get("model") or (guider["inputs"].get("model") if guider else None)
        loras: list[dict[str, Any]] = []
        for node in self._back(start, "model"):
            inputs = node["inputs"]
            name = words(inputs.get("ckpt_name")) or words(inputs.get("unet_name"))
            if name:
                return _stem(name), loras[::-1]
            lora = words(inputs.get("lora_name"))
            if lora and len(loras) < MOST_LORAS:
                weight = decimal(inputs.get("strength_model"))
                loras.append({"name": _stem(lora), "weight": 1.0 if weight is None else weight})
        return "", loras[::-1]

    def latent(self) -> Node | None:
        """Where the latents begin: an empty one with a size, or a picture."""
        return next((n for n in self._back(self._start("latent_image"), "latent") if _begins(n)), None)

    def _start(self, name: str) -> Any:
        return self.inputs.get(name, self.inputs.get("latent"))

    def _first_text(self, node: Node | None) -> str:
        return next((words(node["inputs"].get(f)) for f in TEXTS if words(node["inputs"].get(f))), "") if node else ""

    def _back(self, link: Any, name: str) -> Iterator[Node]:
        """The nodes that `link` leads to, one behind the other, each once."""
        seen = set()
        for _ in range(HOPS_MAX):
            node = self._node(link)
            if node is None or id(node) in seen:
                return
            seen.add(id(node))
            yield node
            onward = (node["inputs"].get(each) for each in (name, *ONWARD))
            link = next((each for each in onward if self._node(each) is not None), None)

    def _node(self, link: Any) -> Node | None:
        is_link = isinstance(link, list) and len(link) == 2 and isinstance(link[0], str | int)
        return self._nodes.get(str(link[0])) if is_link else None


def _nodes(graph: Any) -> dict[str, Node]:
    if not isinstance(graph, dict) or len(graph) > NODES_MAX:
        return {}
    return {k: n for k, n in graph.items() if isinstance(n, dict) and isinstance(n.get("inputs"), dict)}


def _kind(node: Node) -> str:
    return words(node.get("class_type"))


def _is_sampler(node: Node) -> bool:
    return "Sampler" in _kind(node) and bool({"latent_image", "latent"} & set(node["inputs"]))


def _begins(node: Node) -> bool:
    return whole(node["inputs"].get("width")) is not None or "image" in node["inputs"]


def _stem(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].rsplit(".", maxsplit=1)[0][:200]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
