"""A finished model folder, asked as the studio asks it: by words, by lines, by a hole; in full or in few steps."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import (
    ControlNetModel,
    LCMScheduler,
    StableDiffusionControlNetImg2ImgPipeline,
    StableDiffusionControlNetPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from PIL import Image
from torch import Tensor

from starter.build import CONTROL, FEW_STEP_SCHEDULER, FEW_STEP_UNET, UPSCALER
from starter.train.batches import GAIN
from studio.engines.local import upscaler

Images = list[Image.Image]
CHUNK = 8
GUIDANCE = 5.0
# Of image-to-image, as in the studio's catalogue.
STRENGTH = 0.6


class Model:
    """On the CPU, in float32. `few`: its UNet for few steps, which needs no guidance.

    Picture k of a call has the seed k, whatever it is asked for, so that two ways can be compared picture by picture.
    """

    def __init__(self, folder: Path, steps: int, *, few: bool = False) -> None:
        self.steps, self.guidance = steps, 1.0 if few else GUIDANCE
        control = ControlNetModel.from_pretrained(folder / CONTROL, dtype=torch.float32)
        self.pipeline: Any = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32, safety_checker=None)
        if few:
            self.pipeline.unet = UNet2DConditionModel.from_pretrained(folder / FEW_STEP_UNET, dtype=torch.float32)
            self.pipeline.scheduler = LCMScheduler.from_pretrained(folder / FEW_STEP_SCHEDULER)
        parts = self.pipeline.components
        self.pipeline.vae.to(memory_format=torch.channels_last)
        self.sketching: Any = StableDiffusionControlNetPipeline(
            **parts, controlnet=control, requires_safety_checker=False
        )
        self.colouring: Any = StableDiffusionControlNetImg2ImgPipeline(
            **parts, controlnet=control, requires_safety_checker=False
        )
        self.filling: Any = StableDiffusionInpaintPipeline(**parts, requires_safety_checker=False)
        self.size = int(self.pipeline.unet.config.sample_size) * 8
        self.upscaler = upscaler.load(folder / UPSCALER) if (folder / UPSCALER).exists() else None
        pipelines: tuple[Any, ...] = (self.pipeline, self.sketching, self.colouring, self.filling)
        for pipeline in pipelines:
            pipeline.set_progress_bar_config(disable=True)

    def from_words(self, prompts: Sequence[str]) -> Images:
        return self._made(self.pipeline, prompts, {})

    def from_lines(self, prompts: Sequence[str], lines: Images) -> Images:
        """`lines`: white on black, of any size."""
        return self._made(self.sketching, prompts, {"image": [as_control(image, self.size) for image in lines]})

    def from_colours(self, prompts: Sequence[str], colours: Images, lines: Images) -> Images:
        """`colours`: coloured areas on grey, of any size; the lines as in `from_lines`."""
        size = (self.size, self.size)
        start = [image.resize(size, Image.Resampling.BOX) for image in colours]
        control = [as_control(image, self.size) for image in lines]
        return self._made(self.colouring, prompts, {"image": start, "control_image": control}, strength=STRENGTH)

    def filled(self, prompts: Sequence[str], pictures: Images, holes: Images) -> Images:
        """`holes`: white where something new is wanted. Everything else is the given picture's, pixel by pixel."""
        size = (self.size, self.size)
        known = [p.resize(size, Image.Resampling.BOX) for p in pictures]
        masks = [h.resize(size, Image.Resampling.NEAREST) for h in holes]
        made = self._made(self.filling, prompts, {"image": known, "mask_image": masks}, strength=1.0)
        return [Image.composite(new, old, mask) for new, old, mask in zip(made, known, masks, strict=True)]

    def doubled(self, images: Images) -> Images:
        """Twice as large, by the model's own upscaler. Raises ValueError when it has none."""
        if self.upscaler is None:
            raise ValueError("This model has no upscaler.")
        with torch.inference_mode():
            made = [self.upscaler(as_tensor([image])) for image in images]
        return [_as_image(picture) for picture in made]

    def _made(self, pipeline: Any, prompts: Sequence[str], inputs: dict[str, Images], **options: Any) -> Images:
        made: Images = []
        options |= {"num_inference_steps": self.steps, "guidance_scale": self.guidance}
        for k in range(0, len(prompts), CHUNK):
            asked = list(prompts[k : k + CHUNK])
            given = {name: images[k : k + CHUNK] for name, images in inputs.items()}
            seeds = [torch.Generator().manual_seed(k + row) for row in range(len(asked))]
            made += pipeline(asked, **given, **options, generator=seeds).images
        return made


def as_control(lines: Image.Image, size: int) -> Image.Image:
    """Lines as the ControlNet learned them."""
    small = lines.convert("L").resize((size, size), Image.Resampling.BOX)
    return small.point(lambda value: min(255, round(value * GAIN))).convert("RGB")


def as_tensor(images: Images) -> Tensor:
    """(n, 3, h, w) in -1..1."""
    values = np.stack([np.asarray(image.convert("RGB")) for image in images])
    return torch.from_numpy(values).permute(0, 3, 1, 2).float() / 127.5 - 1


def _as_image(picture: Tensor) -> Image.Image:
    values = picture[0].clamp(-1, 1).add(1).mul(127.5).round().byte().permute(1, 2, 0).contiguous()
    return Image.fromarray(values.numpy())
