"""A convolution whose weights are divided by their largest singular value, stored as DDColor's files store it."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class SpectralConv(nn.Module):
    """`weight_orig` divided by uᵀ W v (arXiv 1802.05957). For asking only: u and v are taken as they are."""

    weight_u: Tensor
    weight_v: Tensor

    def __init__(self, inputs: int, outputs: int, side: int, *, bias: bool) -> None:
        super().__init__()
        self.weight_orig = nn.Parameter(torch.empty(outputs, inputs, side, side))
        self.bias = nn.Parameter(torch.empty(outputs)) if bias else None
        self.register_buffer("weight_u", torch.empty(outputs))
        self.register_buffer("weight_v", torch.empty(inputs * side * side))
        self._padding = side // 2

    @property
    def weight(self) -> Tensor:
        """(outputs, inputs, side, side), divided."""
        flat = self.weight_orig.flatten(1).float()
        size = torch.dot(self.weight_u.float(), torch.mv(flat, self.weight_v.float()))
        return self.weight_orig / size.to(self.weight_orig.dtype)

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(x, self.weight, self.bias, padding=self._padding)
