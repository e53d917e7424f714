"""What a sound graph asks for: followed back from its outputs, one picture or a batch of them, from words or a picture.

The studio makes what one KSampler makes. A graph that goes on from there, or begins otherwise, is refused with a fault
at the node that is too much.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.comfy.checking import Graph, Placed
from studio.comfy.faults import Fault, NodeFaults, Unfit, outputs_failed
from studio.tools.base import SEED_MAX

STEPS_MOST = 100
CUSTOM = "custom_validation_failed"


@dataclass(frozen=True, slots=True)
class Lora:
    """A LoRA by its name in the graph, and how strongly it counts."""

    name: str
    strength: float


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be made. `picture` is the name of the picture to begin with, "" where it is made from words alone;
    then `width`, `height` and `count` say what. `at` tells which node and input each parameter came from."""

    checkpoint: str
    prompt: str
    negative: str
    seed: int
    steps: int
    cfg: float
    sampler: str
    scheduler: str
    denoise: float
    loras: tuple[Lora, ...] = ()
    picture: str = ""
    width: int = 0
    height: int = 0
    count: int = 1
    at: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def schedule_steps(self, most: int = STEPS_MOST) -> int:
        """The steps of the whole schedule of which ComfyUI runs the last `steps`; `most` where that would be more."""
        if not self.picture:
            return self.steps
        whole = max(self.steps, int(self.steps / self.denoise))
        if int(whole * self.denoise) < self.steps:
            whole += 1
        return max(self.steps, min(whole, most))

    def our_seed(self) -> int:
        """Seeds go up to 2^64 there and to 2^53 - 1 here: the same one always gives the same one."""
        return self.seed & SEED_MAX


def read(graph: Graph) -> Wish:
    """The wish of a sound graph. Raises Unfit with the fault at its node."""
    return _Reader(graph).wish()


def at_node(graph: Graph, node: str, fault: Fault) -> Unfit:
    """The refusal of `graph` for what is wrong with one of its nodes."""
    return outputs_failed({node: NodeFaults(graph.nodes[node].node.name, [fault])}, graph.outputs)


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def wish(self) -> Wish:
        samplers = {output: self._sampler_of(output) for output in self._graph.outputs}
        sampler = samplers[self._graph.outputs[0]]
        for other in samplers.values():
            if other.id != sampler.id:
                raise self._unfit(other, "model", "One prompt makes what one KSampler makes; send a second prompt.")
        checkpoint, loras = self._model(sampler)
        start = self._start(sampler, checkpoint)
        positive, negative = (self._text(sampler, name) for name in ("positive", "negative"))
        values = sampler.values
        return Wish(
            checkpoint=checkpoint.values["ckpt_name"],
            prompt=positive.values["text"],
            negative=negative.values["text"],
            seed=values["seed"],
            steps=values["steps"],
            cfg=values["cfg"],
            sampler=values["sampler_name"],
            scheduler=values["scheduler"],
            denoise=values["denoise"],
            loras=loras,
            at=self._places(sampler, checkpoint, positive, negative),
            **start,
        )

    def _sampler_of(self, output: str) -> Placed:
        """The KSampler whose pictures an output shows."""
        decode = self._source(self._graph.nodes[output], "images", "VAEDecode")
        return self._source(decode, "samples", "KSampler")

    def _model(self, sampler: Placed) -> tuple[Placed, tuple[Lora, ...]]:
        """The checkpoint, and the LoRAs between it and the sampler, in the order in which they were put on."""
        found: list[Lora] = []
        node = self._follow(sampler, "model")
        while node.node.name == "LoraLoader":
            strength = node.values["strength_model"]
            if node.values["strength_clip"] != strength:
                raise self._unfit(node, "strength_clip", "It must equal strength_model: here one strength counts.")
            if self._follow(node, "clip").id != self._follow(node, "model").id:
                raise self._unfit(node, "clip", "It must come from the same node as model.")
            found.insert(0, Lora(node.values["lora_name"], strength))
            node = self._follow(node, "model")
        return node, tuple(found)

    def _text(self, sampler: Placed, name: str) -> Placed:
        text = self._source(sampler, name, "CLIPTextEncode")
        if self._follow(text, "clip").id != sampler.links["model"]:
            raise self._unfit(text, "clip", "It must come from the same node as the model of the KSampler.")
        return text

    def _start(self, sampler: Placed, checkpoint: Placed) -> dict[str, Any]:
        """What the sampler begins with."""
        for node_id in self._graph.order:
            node = self._graph.nodes[node_id]
            if "vae" in node.links and node.links["vae"] != checkpoint.id:
                raise self._unfit(node, "vae", "It must come from the checkpoint of the KSampler's model.")
        latent = self._follow(sampler, "latent_image")
        if latent.node.name == "EmptyLatentImage":
            if sampler.values["denoise"] < 1:
                raise self._unfit(sampler, "denoise", "Below 1 it needs a picture (VAEEncode) to begin with.")
            # What is over a multiple of 8 is lost in ComfyUI, too.
            width, height = (latent.values[side] // 8 * 8 for side in ("width", "height"))
            return {"width": width, "height": height, "count": latent.values["batch_size"]}
        if latent.node.name == "KSampler":
            raise self._unfit(sampler, "latent_image", "It cannot go on from another KSampler here.")
        picture = self._source(latent, "pixels", "LoadImage")
        return {"picture": picture.values["image"]}

    def _places(self, *found: Placed) -> dict[str, tuple[str, str]]:
        sampler, checkpoint, positive, negative = (node.id for node in found)
        latent = self._follow(found[0], "latent_image")
        shape = latent if latent.node.name == "EmptyLatentImage" else self._follow(latent, "pixels")
        side = "image" if shape.node.name == "LoadImage" else ""
        loras = [node_id for node_id in self._graph.order if self._graph.nodes[node_id].node.name == "LoraLoader"]
        places = {
            "prompt": (positive, "text"),
            "negative_prompt": (negative, "text"),
            "steps": (sampler, "steps"),
            "guidance_scale": (sampler, "cfg"),
            "sampler": (sampler, "sampler_name"),
            "seed": (sampler, "seed"),
            "strength": (sampler, "denoise"),
            "model": (checkpoint, "ckpt_name"),
            "width": (shape.id, side or "width"),
            "height": (shape.id, side or "height"),
            "count": (shape.id, side or "batch_size"),
            "image": (shape.id, "image"),
        }
        return places | ({"loras": (loras[-1], "lora_name")} if loras else {})

    def _follow(self, node: Placed, name: str) -> Placed:
        return self._graph.nodes[node.links[name]]

    def _source(self, node: Placed, name: str, wanted: str) -> Placed:
        found = self._follow(node, name)
        if found.node.name != wanted:
            raise self._unfit(node, name, f"It must come from a {wanted} here, not from a {found.node.name}.")
        return found

    def _unfit(self, node: Placed, name: str, words: str) -> Unfit:
        fault = Fault(CUSTOM, "Custom validation failed for node", f"{name} - {words}", {"input_name": name})
        return at_node(self._graph, node.id, fault)
