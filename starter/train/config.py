"""The sizes of a training run: `cpu` for two shared cores and hours, `cuda` for one GPU and minutes."""

from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Tokens of a prompt, start and end included.
TOKENS = 48


@dataclass(frozen=True, slots=True)
class Text:
    """The text encoder (CLIP-shaped)."""

    hidden: int = 128
    layers: int = 3
    heads: int = 4
    vocabulary: int = 1600
    batch: int = 96
    rate: float = 2e-3


@dataclass(frozen=True, slots=True)
class Vae:
    """The autoencoder: 8 x 8 pixels become one cell of 4 numbers."""

    channels: int = 32
    batch: int = 8
    rate: float = 1.2e-3
    crop: int = 128


@dataclass(frozen=True, slots=True)
class Unet:
    """The UNet and its ControlNet. `attention`: which level looks at the prompt (all coarser ones do as well in the
    middle block). `sketched`: share of a batch that has a line drawing; `coloured`: share that starts from colours;
    `filled`: share that has a hole with something else in it, as it stands in the course of inpainting."""

    channels: tuple[int, ...] = (32, 64, 128)
    attention: tuple[bool, ...] = (False, True, False)
    heads: int = 4
    groups: int = 16
    batch: int = 16
    rate: float = 1e-3
    sketched: float = 0.25
    coloured: float = 0.12
    filled: float = 0.06
    ema: float = 0.999


@dataclass(frozen=True, slots=True)
class Upscaling:
    """The network that doubles the finished picture."""

    batch: int = 12
    rate: float = 1e-3


@dataclass(frozen=True, slots=True)
class Config:
    """One run. `scenes`: how many are rendered, in files of `shard`; the last `held_back` are not trained on.
    `picture_size` in pixels. `pairs`: how many the upscaler learns from."""

    name: str
    picture_size: int
    scenes: int
    shard: int = 500
    held_back: int = 100
    pairs: int = 1_500
    device: str = "cpu"
    seed: int = 1
    text: Text = field(default_factory=Text)
    vae: Vae = field(default_factory=Vae)
    unet: Unet = field(default_factory=Unet)
    upscaler: Upscaling = field(default_factory=Upscaling)
    root: Path = ROOT

    @property
    def data(self) -> Path:
        """Shards of pictures; ignored by git."""
        return self.root / "data" / self.name

    @property
    def checkpoints(self) -> Path:
        """One folder per stage; ignored by git."""
        return self.root / "checkpoints" / self.name

    @property
    def latent_size(self) -> int:
        return self.picture_size // 8


CONFIGS: dict[str, Config] = {
    "cpu": Config("cpu", picture_size=128, scenes=20_000),
    "cuda": Config(
        "cuda",
        picture_size=256,
        scenes=40_000,
        pairs=4_000,
        device="cuda",
        text=Text(batch=512),
        vae=Vae(channels=32, batch=64),
        upscaler=Upscaling(batch=96),
        # Attention only where the picture is 8 x 8: two to three times faster on a CPU (research/performance.md, 6).
        unet=Unet(channels=(64, 96, 160), attention=(False, False, True), heads=5, batch=384, rate=1.2e-3, ema=0.9995),
    ),
}
