"""RRDBNet: dense blocks within residual ones (Wang et al., ESRGAN, 2018, arXiv:1809.00219), published names."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

# What a block's answer counts beside its input, inside a block and between blocks (the paper's beta).
RESIDUAL = 0.2
SLOPE = 0.2


def _conv(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1)


def _leaky(x: Tensor) -> Tensor:
    return functional.leaky_relu(x, SLOPE)


class _Dense(nn.Module):
    """Five convolutions; each sees the input and all that the ones before it found."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        for at in range(5):
            self.add_module(f"conv{at + 1}", _conv(features + at * growth, growth if at < 4 else features))

    def forward(self, x: Tensor) -> Tensor:
        known = x
        for at in range(1, 5):
            known = torch.cat([known, _leaky(self.get_submodule(f"conv{at}")(known))], 1)
        return x + RESIDUAL * cast(Tensor, self.get_submodule("conv5")(known))


class _Block(nn.Module):
    """Three dense blocks."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (_Dense(features, growth) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        return x + RESIDUAL * cast(Tensor, self.rdb3(self.rdb2(self.rdb1(x))))


class RRDBNet(nn.Module):
    """Pictures (n, 3, h, w) in 0..1 to (n, 3, h · scale, w · scale), scale = 2 ** doublings / folded.

    With `folded` above 1 squares of so many pixels become channels first; sides must then be multiples of it.
    """

    def __init__(
        self, features: int = 64, blocks: int = 23, growth: int = 32, doublings: int = 2, folded: int = 1
    ) -> None:
        super().__init__()
        self.folded = folded
        self.doublings = doublings
        self.scale = 2**doublings // folded
        self.conv_first = _conv(3 * folded**2, features)
        self.body = nn.Sequential(*(_Block(features, growth) for _ in range(blocks)))
        self.conv_body = _conv(features, features)
        for at in range(doublings):
            self.add_module(f"conv_up{at + 1}", _conv(features, features))
        self.conv_hr = _conv(features, features)
        self.conv_last = _conv(features, 3)

    @property
    def reach(self) -> int:
        """How many input pixels away something can still change an output pixel."""
        return self.folded * (2 + 15 * len(self.body)) + 2 * self.folded * self.doublings + 2

    def forward(self, pictures: Tensor) -> Tensor:
        if self.folded > 1:
            pictures = functional.pixel_unshuffle(pictures, self.folded)
        x = self.conv_first(pictures)
        x = x + self.conv_body(self.body(x))
        for at in range(self.doublings):
            x = _leaky(
                self.get_submodule(f"conv_up{at + 1}")(functional.interpolate(x, scale_factor=2, mode="nearest"))
            )
        return cast(Tensor, self.conv_last(_leaky(self.conv_hr(x))))
