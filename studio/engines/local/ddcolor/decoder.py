"""DDColor's two decoders: one that enlarges the features, and one in which 100 colours look at them. Published names.

The last layers are linear, so they are done in another order than in the paper: colours and the final mixing become one
matrix first, and 100 maps of 256 channels at the picture's full size are never made. The same numbers, a twentieth of
the memory.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.engines.local.ddcolor.spectral import SpectralConv

CHANNELS, QUERIES, SCALES, ROUNDS, HEADS, INNER = 256, 100, 3, 9, 8, 2048
# Numbers that the last enlargement holds at once. Few: blocks just below glibc's limit of 32 MB for memory of their own
# fragment the heap, measured as twice the memory at 1024.
STRIP = 2_000_000


def blurred(x: Tensor) -> Tensor:
    """Each place as the mean of itself and those above and to the left, so that shuffled pixels leave no grid."""
    return functional.avg_pool2d(functional.pad(x, (1, 0, 1, 0), mode="replicate"), 2, stride=1)


class Shuffle(nn.Module):
    """Features `scale` times as large: more channels first, then channels become places."""

    def __init__(self, inputs: int, outputs: int, scale: int, *, normed: bool) -> None:
        super().__init__()
        wide = outputs * scale * scale
        layers: list[nn.Module] = [SpectralConv(inputs, wide, 1, bias=not normed)]
        self.conv = nn.Sequential(*layers, *([nn.BatchNorm2d(wide)] if normed else []))
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        return blurred(functional.pixel_shuffle(functional.relu(self.conv(x)), self.scale))

    def mixed(self, x: Tensor, mix: Tensor) -> Tensor:
        """What `mix` (n, few, outputs) makes of the channels of `forward(x)`: (n, few, h, w). Never holds them all."""
        squares = self.scale**2
        layer = self.conv.get_submodule("0")
        assert isinstance(layer, SpectralConv) and layer.bias is not None
        weight, bias = layer.weight.flatten(1), layer.bias[:, None]
        lines = max(1, STRIP // max(1, x.shape[0] * x.shape[3] * len(weight)))
        strips = []
        for strip in x.split(lines, dim=2):
            # By hand: as a convolution it comes out in an order that has to be turned for the second product.
            wide = torch.matmul(weight, strip.flatten(2)).add_(bias).relu_()
            few = torch.matmul(mix, wide.view(len(wide), mix.shape[2], -1))
            strips.append(few.view(len(few), -1, *strip.shape[2:]))
        small = torch.cat(strips, dim=2)
        assert small.shape[1] == mix.shape[1] * squares
        return blurred(functional.pixel_shuffle(small, self.scale))


class Widening(nn.Module):
    """Coarse features made twice as large and joined with the encoder's finer ones, as in a U-Net."""

    def __init__(self, coarse: int, fine: int, outputs: int) -> None:
        super().__init__()
        self.shuf = Shuffle(coarse, outputs, 2, normed=True)
        self.bn = nn.BatchNorm2d(fine)
        joined = SpectralConv(outputs + fine, outputs, 3, bias=False)
        self.conv = nn.Sequential(joined, nn.ReLU(), nn.BatchNorm2d(outputs))

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        both = torch.cat([self.shuf(coarse), self.bn(fine)], dim=1)
        made: Tensor = self.conv(functional.relu_(both))
        return made


class Crossing(nn.Module):
    """The colours look at the features."""

    def __init__(self) -> None:
        super().__init__()
        self.multihead_attn = nn.MultiheadAttention(CHANNELS, HEADS, batch_first=True)
        self.norm = nn.LayerNorm(CHANNELS)

    def forward(self, colours: Tensor, wanted: Tensor, features: Tensor, places: Tensor) -> Tensor:
        seen = self.multihead_attn(colours + wanted, features + places, features, need_weights=False)[0]
        made: Tensor = self.norm(colours + seen)
        return made


class Agreeing(nn.Module):
    """The colours look at each other."""

    def __init__(self) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(CHANNELS, HEADS, batch_first=True)
        self.norm = nn.LayerNorm(CHANNELS)

    def forward(self, colours: Tensor, wanted: Tensor) -> Tensor:
        known = colours + wanted
        made: Tensor = self.norm(colours + self.self_attn(known, known, colours, need_weights=False)[0])
        return made


class Thinking(nn.Module):
    """Two layers over each colour by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.linear1 = nn.Linear(CHANNELS, INNER)
        self.linear2 = nn.Linear(INNER, CHANNELS)
        self.norm = nn.LayerNorm(CHANNELS)

    def forward(self, colours: Tensor) -> Tensor:
        made: Tensor = self.norm(colours + self.linear2(functional.relu(self.linear1(colours))))
        return made


class Steps(nn.Module):
    """Linear layers with ReLU between them."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(CHANNELS, CHANNELS) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = functional.relu(layer(x))
        made: Tensor = self.layers[-1](x)
        return made


class ColourDecoder(nn.Module):
    """100 colours, each a vector that its places in the picture will answer to."""

    def __init__(self, inputs: Sequence[int]) -> None:
        super().__init__()
        self.query_feat = nn.Embedding(QUERIES, CHANNELS)
        self.query_embed = nn.Embedding(QUERIES, CHANNELS)
        self.level_embed = nn.Embedding(SCALES, CHANNELS)
        self.input_proj = nn.ModuleList(nn.Conv2d(each, CHANNELS, 1) for each in inputs)
        self.transformer_cross_attention_layers = nn.ModuleList(Crossing() for _ in range(ROUNDS))
        self.transformer_self_attention_layers = nn.ModuleList(Agreeing() for _ in range(ROUNDS))
        self.transformer_ffn_layers = nn.ModuleList(Thinking() for _ in range(ROUNDS))
        self.decoder_norm = nn.LayerNorm(CHANNELS)
        self.color_embed = Steps()

    def forward(self, scales: Sequence[Tensor], done: Callable[[], None]) -> Tensor:
        """(n, 100, 256) from features, coarsest first; calls `done` after each of its rounds."""
        count = scales[0].shape[0]
        features = [
            (project(each) + self.level_embed.weight[level][:, None, None]).flatten(2).transpose(1, 2)
            for level, (project, each) in enumerate(zip(self.input_proj, scales, strict=True))
        ]
        places = [whereabouts(*each.shape[-2:]).to(each) for each in scales]
        colours = self.query_feat.weight.expand(count, -1, -1)
        wanted = self.query_embed.weight.expand(count, -1, -1)
        rounds = zip(
            self.transformer_cross_attention_layers,
            self.transformer_self_attention_layers,
            self.transformer_ffn_layers,
            strict=True,
        )
        for turn, (cross, agree, think) in enumerate(rounds):
            level = turn % SCALES
            colours = think(agree(cross(colours, wanted, features[level], places[level]), wanted))
            done()
        made: Tensor = self.color_embed(self.decoder_norm(colours))
        return made


def whereabouts(height: int, width: int) -> Tensor:
    """(height · width, 256): sines and cosines of each place's row, then of its column (arXiv 2005.12872, A.4)."""
    half = CHANNELS // 2
    wave = 10000 ** (2 * torch.div(torch.arange(half), 2, rounding_mode="floor") / half)

    def along(length: int) -> Tensor:
        place = torch.arange(1, length + 1, dtype=torch.float32) / (length + 1e-6) * 2 * math.pi
        angle = place[:, None] / wave
        return torch.stack([angle[:, 0::2].sin(), angle[:, 1::2].cos()], dim=2).flatten(1)

    rows = along(height)[:, None].expand(height, width, half)
    columns = along(width)[None].expand(height, width, half)
    return torch.cat([rows, columns], dim=2).flatten(0, 1)


class Decoder(nn.Module):
    """Features of the encoder to a finer picture of them, and to the colours in it."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        outputs = (2 * CHANNELS, 2 * CHANNELS, CHANNELS)
        coarse = (channels[-1], *outputs)
        fines = channels[-2::-1]
        self.layers = nn.ModuleList(map(Widening, coarse, fines, outputs))
        self.last_shuf = Shuffle(CHANNELS, CHANNELS, 4, normed=False)
        self.color_decoder = ColourDecoder(outputs)
