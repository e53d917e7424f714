"""A bare diffusers pipeline on the starter's weights, as a script would use it: one call a picture."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline
from PIL import Image

from studio.engines.local import previews

STARTER = Path(__file__).resolve().parents[2] / "starter" / "weights"
SIDE, GUIDANCE = 128, 3.5

AfterStep = Callable[[int, int, Image.Image], None]


class Stock:
    """The pipeline in memory, in float32 on the CPU or float16 on CUDA."""

    def __init__(self, folder: Path = STARTER) -> None:
        torch.set_num_threads(int(os.environ.get("BRUSHWIRE_TORCH_THREADS", "1")))
        cuda = torch.cuda.is_available()
        dtype = torch.float16 if cuda else torch.float32
        self.pipeline: Any = StableDiffusionPipeline.from_pretrained(folder, dtype=dtype, safety_checker=None)
        self.pipeline.to("cuda" if cuda else "cpu")
        self.pipeline.set_progress_bar_config(disable=True)
        self.projection = previews.fit(self.pipeline.vae)

    def make(self, prompt: str, steps: int, seed: int, after_step: AfterStep) -> Image.Image:
        """One picture; `after_step` hears of every step with a preview at latent size."""

        def callback(_pipeline: Any, step: int, _time: int, tensors: dict[str, torch.Tensor]) -> dict[str, Any]:
            shown = self.projection.preview(tensors["latents"])
            after_step(step + 1, steps, Image.frombytes("RGB", (shown.width, shown.height), shown.rgb))
            return {}

        picture: Image.Image = self.pipeline(
            prompt,
            num_inference_steps=steps,
            guidance_scale=GUIDANCE,
            width=SIDE,
            height=SIDE,
            generator=torch.Generator().manual_seed(seed),
            callback_on_step_end=callback,
        ).images[0]
        return picture
