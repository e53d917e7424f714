"""Pictures by prompt: text, drawing, picture or marked picture in; one graph on the server for each picture."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from studio.engines.base import EngineError
from studio.engines.board import received, scenes, sketch
from studio.engines.comfyui import filling, library, uploading
from studio.engines.comfyui.prompting import Asking
from studio.engines.comfyui.template import Template
from studio.engines.photo import files
from studio.job import Job, Output

TOOLS = ("text_to_image", "sketch_to_image", "image_to_image", "inpaint")


@dataclass
class Painting:
    """A job, read and laid out before any server is chosen. `made` are the pictures there are already, by index."""

    job: Job
    template: Template
    inputs: dict[str, bytes] = field(repr=False)
    made: dict[int, Output] = field(default_factory=dict)

    @classmethod
    def of(cls, job: Job) -> "Painting":
        """Raises EngineError: `engine_cannot`, `workflow_missing`, `adapter_unavailable`, and for inputs what
        engines/board raises."""
        if job.tool not in TOOLS:
            raise EngineError("engine_cannot")
        template = library.find(job.model, job.tool)
        loras = [adapter for adapter in job.adapters if adapter.kind == "lora"]
        if loras and not filling.takes_loras(template):
            raise EngineError("adapter_unavailable", name=loras[0].name)
        return cls(job, template, _inputs(job))

    @property
    def count(self) -> int:
        return int(self.job.params["count"])

    @property
    def _sampler(self) -> str:
        """The one that was asked for, else what the template says."""
        places = self.template.slots.get("sampler", ())
        own = [self.template.graph[place.node]["inputs"][place.input] for place in places]
        return str(self.job.params.get("sampler") or (own[0] if own else ""))

    async def whole(self, asking: Asking) -> list[Output]:
        """All pictures, those that another server has made already left out."""
        names = {slot: await uploading.upload(asking.client, data) for slot, data in self.inputs.items()}
        for index in range(self.count):
            if index not in self.made:
                graph = filling.fill(self.template, filling.values(self.job, index, names), self.job.adapters)
                data = await asking.picture(self.template, graph, index=index, count=self.count)
                self.made[index] = await asyncio.to_thread(self._output, index, data)
        return [self.made[index] for index in range(self.count)]

    def _output(self, index: int, data: bytes) -> Output:
        """What the server gave, decoded and written anew: it may be anything."""
        picture = scenes.finisher(self.job)(received.opened(data))
        facts: dict[str, Any] = {"workflow": self.template.name, "sampler": self._sampler}
        if self.job.params.get("steps"):
            facts["steps"] = filling.real_steps(self.job)
        seed = int(self.job.params.get("seed") or 0) + index
        return Output(files.written(picture, self.job.media_type), self.job.media_type, seed, facts)


def _inputs(job: Job) -> dict[str, bytes]:
    """PNG files by slot, at the size that is asked for."""
    if job.tool == "text_to_image":
        return {}
    if job.tool == "sketch_to_image":
        size = int(job.params["width"]), int(job.params["height"])
        return {"image": uploading.file(sketch.read(job.inputs["sketch"], *size, sketch.Options.of(job.params)).board)}
    scene = scenes.read(job)
    found: dict[str, Image.Image] = {"image": scene.image} | ({"mask": scene.mask} if scene.mask else {})
    return {slot: uploading.file(picture) for slot, picture in found.items()}
