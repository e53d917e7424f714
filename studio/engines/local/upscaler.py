"""A small network that doubles a picture's size and sharpens it. Not the loop that cuts a large picture into tiles."""

from typing import Any, cast

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional


class _Block(nn.Module):
    """Adds to its input what two convolutions make of it; the first looks `spread` pixels far."""

    def __init__(self, channels: int, spread: int) -> None:
        super().__init__()
        self.look = nn.Conv2d(channels, channels, 3, padding=spread, dilation=spread)
        self.add = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + cast(Tensor, self.add(functional.relu(self.look(x))))


class Upscaler(ModelMixin, ConfigMixin):
    """Pictures of any size to twice that size. `channels`: of the inner layers; `spreads`: one block for each, see
    _Block. Saved and loaded like every network of diffusers, as safetensors."""

    @register_to_config
    def __init__(self, scale: int = 2, channels: int = 48, spreads: tuple[int, ...] = (1, 2, 4, 2, 1)) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, channels, 3, padding=1)
        self.blocks = nn.Sequential(*(_Block(channels, spread) for spread in spreads))
        self.tail = nn.Conv2d(channels, 3 * scale * scale, 3, padding=1)
        nn.init.zeros_(self.tail.weight)
        nn.init.zeros_(cast(Tensor, self.tail.bias))

    # Tiles may begin anywhere.
    folded = 1

    @property
    def scale(self) -> int:
        return int(self.config["scale"])

    @property
    def kind(self) -> str:
        """What it is called in recipes."""
        return f"Brushwire's own x{self.scale}"

    @property
    def reach(self) -> int:
        """How many input pixels away something can still change an output pixel: what tiles must overlap by."""
        return 2 + sum(spread + 1 for spread in self.config["spreads"])

    def forward(self, pictures: Tensor) -> Tensor:
        """(n, 3, h, w) in -1..1 to (n, 3, scale * h, scale * w), about in -1..1: clamp before showing."""
        scale = self.config["scale"]
        smooth = functional.interpolate(pictures, scale_factor=scale, mode="bilinear", align_corners=False)
        detail = functional.pixel_shuffle(self.tail(self.blocks(functional.relu(self.head(pictures)))), scale)
        return smooth + detail


def load(folder: Any) -> Upscaler:
    """The upscaler in `folder` for asking, in float32. Raises OSError for no folder, ValueError for missing weights."""
    network: Any
    network, found = Upscaler.from_pretrained(
        folder, dtype=torch.float32, use_safetensors=True, local_files_only=True, output_loading_info=True
    )
    gaps = [*found["missing_keys"], *found["unexpected_keys"], *found["mismatched_keys"]]
    if gaps:
        raise ValueError(f"The upscaler in {folder} has {len(gaps)} wrong weights, such as {gaps[0]}.")
    upscaler: Upscaler = network.eval().requires_grad_(False)
    return upscaler
