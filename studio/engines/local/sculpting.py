"""A shape by Shap-E's stock pipeline: each of its steps, and each part of its decoding, is a turn of the step loop.

The pipeline's latents are the weights of a small network that knows of every place whether it is inside, and which
colour it has. It is asked at the corners of a grid, and marching cubes find the surface (arXiv 2305.02463).
"""

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from studio.engines.base import EngineError
from studio.engines.local.alone import PLAIN, Turns
from studio.engines.local.loading import LoadedModel
from studio.engines.local.messages import Request, Shape
from studio.engines.prompts import plain

# So many places of the grid are asked about in one call: diffusers' own number.
AT_ONCE = 4096
# So many calls are a turn: some tens of milliseconds on a CPU.
CALLS_A_TURN = 8
# A surface with more triangles is none, but noise.
TRIANGLES_MOST = 1_000_000
# Of pictures of the step loop's, which has 64 x 64 places, this many operations a place (alone.PLAIN).
OPERATIONS = PLAIN * 2


@dataclass(eq=False, slots=True, kw_only=True)
class Sculpture(Turns):
    """Shape `index` of a job, of its words or of its picture (`inputs` of the pipeline)."""

    inputs: dict[str, Any]
    grid: int
    made: Any = field(init=False, default=None)

    @property
    def size(self) -> int:
        """Every weight of the prior works on each of its tokens."""
        prior = self.model.parts["prior"]
        return max(1, round(2 * prior.num_parameters() * prior.config.num_embeddings / OPERATIONS))

    def shape(self, seconds: float) -> Shape:
        """What was made, with Y up and its front towards us: the network has Z up and its back there."""
        mesh, steps = self.made, int(self.job.params["steps"])
        x, y, z = mesh.verts.float().cpu().numpy().T
        colours = torch.stack([mesh.vertex_channels[name] for name in "RGB"], 1).clamp(0, 1)
        return Shape(
            self.index,
            self.seed,
            np.stack([-x, z, y], 1).astype(np.float32),
            mesh.faces.cpu().numpy().astype(np.int32),
            (colours * 255).round().to(torch.uint8).cpu().numpy(),
            seconds,
            {"steps": steps, "seconds": round(self.seconds, 3), **self.model.surroundings()},
        )

    # The pipeline's thread ------------------------------------------------------------------------------------------

    @torch.no_grad()
    def _whole(self) -> None:
        params = self.job.params
        self.pipeline.progress_bar = self._steps
        try:
            latents = self.pipeline(
                **self.inputs,
                guidance_scale=float(params["guidance_scale"]),
                num_inference_steps=int(params["steps"]),
                generator=self.generator,
                output_type="latent",
            ).images
        finally:
            del self.pipeline.progress_bar
        if not torch.isfinite(latents).all():
            raise EngineError("no_picture")
        self._turn_over()
        self.made = self._decoded(latents)

    def _steps(self, times: Iterable[Any]) -> Iterator[Any]:
        """In place of the pipeline's progress bar: it goes through its times by it."""
        every = list(times)
        self.total = len(every)
        for time in every:
            self._turn_over()  # before the first one too: what it was given is read
            yield time
            self.position += 1

    def _decoded(self, latents: torch.Tensor) -> Any:
        """The mesh that the latents (1, tokens, width) stand for.

        Raises EngineError("no_picture") for an empty one, and for one that is only noise.
        """
        # The latents become weights of this network: it must be nobody else's meanwhile. In half precision places side
        # by side would be the same one.
        renderer = copy.copy(self.model.parts["shap_e_renderer"])
        renderer._modules = dict(renderer._modules)
        renderer.mlp = copy.deepcopy(renderer.mlp).float()
        renderer.mesh_decoder = copy.deepcopy(renderer.mesh_decoder)
        renderer.mlp.register_forward_pre_hook(lambda *_asked: self._asked())
        renderer.mesh_decoder.register_forward_hook(_surface)
        self.stage, self.position, self.total = "decoding", 0, -(-(self.grid**3) // AT_ONCE)
        return renderer.decode_to_mesh(latents, self.model.device, grid_size=self.grid, query_batch_size=AT_ONCE)

    def _asked(self) -> None:
        if self.position and self.position % CALLS_A_TURN == 0:
            self._turn_over()
        self.position = min(self.position + 1, self.total)  # the colours come after the places, and are few


def _surface(_module: Any, _given: Any, mesh: Any) -> None:
    if not 0 < len(mesh.faces) <= TRIANGLES_MOST:
        raise EngineError("no_picture")


def start(model: LoadedModel, request: Request) -> list[Sculpture]:
    """The shapes of `request`, seeds seed, seed + 1, …, none of which has begun."""
    job, kind = request.job, model.stock("noise")
    if request.scene is None:
        inputs: dict[str, Any] = {"prompt": plain(job.params.get("prompt") or "")}
    else:
        inputs = {"image": request.scene.image}
    seeds = [int(job.params["seed"]) + index for index in range(int(job.params["count"]))]
    return [
        Sculpture(
            job=job,
            index=index,
            seed=seed,
            model=model,
            pipeline=model.pipeline(kind),
            generator=torch.Generator().manual_seed(seed),
            inputs=inputs,
            grid=request.grid,
        )
        for index, seed in enumerate(seeds)
    ]
