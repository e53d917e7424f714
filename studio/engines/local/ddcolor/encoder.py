"""DDColor's encoder: a ConvNeXt (arXiv 2201.03545) that gives what each of its four stages sees. Published names."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

EPSILON = 1e-6
# What the blocks hold at once of their widest layer, in numbers: larger pictures go through it strip by strip.
STRIP = 2_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """Blocks and channels of the four stages, finest first; each has half the sides of the one before."""

    depths: tuple[int, int, int, int]
    channels: tuple[int, int, int, int]


class PlaceNorm(nn.LayerNorm):
    """Layer norm over the channels of (n, channels, h, w)."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Block(nn.Module):
    """A 7 × 7 look at each channel by itself, then two layers over the channels of each place; adds to its input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=EPSILON)
        self.pwconv1 = nn.Linear(channels, 4 * channels)
        self.pwconv2 = nn.Linear(4 * channels, channels)
        self.gamma = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        places = self.dwconv(x).permute(0, 2, 3, 1)
        # Every place is by itself from here on, so strips of them give the same with a fraction of the memory.
        lines = max(1, STRIP // max(1, 4 * x.shape[0] * x.shape[1] * x.shape[3]))
        added = [self._add(strip) for strip in places.split(lines, dim=1)]
        return x + (added[0] if len(added) == 1 else torch.cat(added, dim=1)).permute(0, 3, 1, 2)

    def _add(self, places: Tensor) -> Tensor:
        wide = functional.gelu(self.pwconv1(self.norm(places)))
        made: Tensor = self.gamma * self.pwconv2(wide)
        return made


class ConvNeXt(nn.Module):
    """Pictures to features at 1/4, 1/8, 1/16 and 1/32 of their sides."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        wide = shape.channels
        self.downsample_layers = nn.ModuleList([nn.Sequential(nn.Conv2d(3, wide[0], 4, 4), PlaceNorm(wide[0]))])
        for fine, coarse in pairwise(wide):
            self.downsample_layers.append(nn.Sequential(PlaceNorm(fine), nn.Conv2d(fine, coarse, 2, 2)))
        blocks = zip(wide, shape.depths, strict=True)
        self.stages = nn.ModuleList(nn.Sequential(*(Block(each) for _ in range(depth))) for each, depth in blocks)
        for stage, channels in enumerate(wide):
            self.add_module(f"norm{stage}", PlaceNorm(channels))
        # Part of every published file, though colouring has no use for the classifier's last norm.
        self.norm = nn.LayerNorm(wide[-1], eps=EPSILON)

    def look(self, stage: int, x: Tensor) -> tuple[Tensor, Tensor]:
        """What stage `stage` passes on to the next, and what it shows to the decoder."""
        x = self.stages[stage](self.downsample_layers[stage](x))
        return x, self.get_submodule(f"norm{stage}")(x)


class Encoder(nn.Module):
    """Holds the ConvNeXt under the name that the published files know it by."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.arch = ConvNeXt(shape)
