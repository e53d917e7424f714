"""SRVGGNetCompact: convolutions at the picture's own size (the small one of Real-ESRGAN), with the published names."""

from torch import Tensor, nn
from torch.nn import functional


class SRVGGNetCompact(nn.Module):
    """Pictures (n, 3, h, w) in 0..1 to (n, 3, h · scale, w · scale): what it adds to the picture's enlarged pixels."""

    folded = 1

    def __init__(self, features: int = 64, convolutions: int = 16, scale: int = 4) -> None:
        """`convolutions` between the first and the last."""
        super().__init__()
        self.scale = scale
        self.convolutions = convolutions
        layers: list[nn.Module] = [nn.Conv2d(3, features, 3, padding=1), nn.PReLU(features)]
        for _ in range(convolutions):
            layers += [nn.Conv2d(features, features, 3, padding=1), nn.PReLU(features)]
        layers.append(nn.Conv2d(features, 3 * scale**2, 3, padding=1))
        self.body = nn.ModuleList(layers)

    @property
    def reach(self) -> int:
        """How many input pixels away something can still change an output pixel."""
        return self.convolutions + 2

    def forward(self, pictures: Tensor) -> Tensor:
        x = pictures
        for layer in self.body:
            x = layer(x)
        detail = functional.pixel_shuffle(x, self.scale)
        return detail + functional.interpolate(pictures, scale_factor=self.scale, mode="nearest")
