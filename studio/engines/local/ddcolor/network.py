"""The network of DDColor (arXiv 2212.11613) in its two published sizes. Not what is done before and after it."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from studio.engines.local.ddcolor.decoder import CHANNELS, QUERIES, ROUNDS, Decoder
from studio.engines.local.ddcolor.encoder import Encoder, Shape
from studio.engines.local.ddcolor.spectral import SpectralConv

Size = Literal["tiny", "large"]
SHAPES: dict[Size, Shape] = {
    "tiny": Shape((3, 3, 9, 3), (96, 192, 384, 768)),
    "large": Shape((3, 3, 27, 3), (192, 384, 768, 1536)),
}
# Both sides of a picture must be multiples of this.
MULTIPLE = 32
# Hears what is done: the stage, and how much of it (0 to 1).
Heard = Callable[[Literal["encoder", "decoder"], float], None]


class DDColor(nn.Module):
    """Grey pictures to their colours. Its parameters have the published names and shapes."""

    mean: Tensor
    std: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.encoder = Encoder(shape)
        self.decoder = Decoder(shape.channels)
        self.refine_net = nn.Sequential(nn.Sequential(SpectralConv(QUERIES + 3, 2, 1, bias=True)))
        # ImageNet's.
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))
        self._blocks = sum(shape.depths)

    def forward(self, pictures: Tensor, heard: Heard | None = None) -> Tensor:
        """a and b (n, 2, h, w), in units of Lab, of grey pictures (n, 3, h, w) in 0..1; h and w multiples of 32."""
        pictures = (pictures - self.mean) / self.std
        features = self._encode(pictures, heard)
        wide: list[Tensor] = []
        coarse = features.pop()
        for layer in self.decoder.layers:
            coarse = layer(coarse, features.pop())
            wide.append(coarse)
        turns = iter(range(2, ROUNDS + 2))  # the enlargement before counts as one, the mixing after as another

        def done() -> None:
            if heard is not None:
                heard("decoder", next(turns) / (ROUNDS + 2))

        colours = self.decoder.color_decoder(wide, done)
        return self._mix(colours, wide[-1], pictures)

    def _encode(self, pictures: Tensor, heard: Heard | None) -> list[Tensor]:
        seen, x, blocks = [], pictures, 0
        for stage, layers in enumerate(self.encoder.arch.stages):
            x, shown = self.encoder.arch.look(stage, x)
            seen.append(shown)
            blocks += len(list(layers.children()))
            if heard is not None:
                heard("encoder", blocks / self._blocks)
        return seen

    def _mix(self, colours: Tensor, features: Tensor, pictures: Tensor) -> Tensor:
        refine = self.refine_net.get_submodule("0.0")
        assert isinstance(refine, SpectralConv)
        weight = refine.weight.flatten(1)
        by_colour = torch.matmul(weight[:, :QUERIES], colours)
        assert by_colour.shape[-1] == CHANNELS
        made = self.decoder.last_shuf.mixed(features, by_colour)
        made += torch.einsum("fc,nchw->nfhw", weight[:, QUERIES:], pictures)
        assert refine.bias is not None
        made += refine.bias[:, None, None]
        return made


def build(size: Size) -> DDColor:
    """The network with "tiny" (ConvNeXt-T) or "large" (ConvNeXt-L) encoder, for asking; its weights are not loaded.

    Raises ValueError for another size.
    """
    if size not in SHAPES:
        raise ValueError(f"There is no DDColor of the size {size!r}: tiny or large.")
    return DDColor(SHAPES[size]).eval().requires_grad_(False)
