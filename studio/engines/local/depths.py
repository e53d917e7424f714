"""How far what a picture shows is from whoever looks, by a network for it: a relief is as high as things are near.

Any of transformers' depth estimation (Depth Anything, DPT, GLPN, ZoeDepth, …), loaded as seeing.py does.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from studio.engines.local import seeing

KIND = "ForDepthEstimation"
# Those that answer in metres, so that more is farther; the others say how near something is.
METRIC = {"glpn", "zoedepth", "depth_pro"}


class Estimator:
    """Looks at one picture at a time. For one thread."""

    def __init__(self, eye: seeing.Eye) -> None:
        config = eye.network.config
        self.eye = eye
        kind = getattr(config, "depth_estimation_type", "relative")
        self._far = kind == "metric" or config.model_type in METRIC

    @torch.inference_mode()
    def nearness(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How near each place of a picture (h, w, 3) is, from the farthest (0) to the nearest (1), as large as it."""
        depth = self.eye.look(picture).predicted_depth.float()
        whole = torch.nn.functional.interpolate(
            depth.reshape(1, 1, *depth.shape[-2:]), size=picture.shape[:2], mode="bicubic", align_corners=False
        )[0, 0]
        near = 1 / whole.clamp(min=1e-3) if self._far else whole
        values = near.cpu().numpy()
        low, high = np.percentile(values, (1, 99))
        return np.asarray(((values - low) / max(float(high - low), 1e-6)).clip(0, 1), np.float32)


def load(source: str, device: torch.device) -> Estimator:
    """The network in the folder or hub id `source`. Raises as seeing.load does."""
    return Estimator(seeing.load(source, device, KIND, called="a network for reliefs", lacks="sees no depth"))


def write_tiny(folder: Path, *, seed: int = 0) -> None:
    """Write a tiny network with random weights for tests."""
    from transformers import GLPNConfig, GLPNForDepthEstimation, GLPNImageProcessorPil

    config = GLPNConfig(
        hidden_sizes=[8, 8, 8, 8],
        depths=[1, 1, 1, 1],
        num_attention_heads=[1, 1, 1, 1],
        mlp_ratios=[1, 1, 1, 1],
        decoder_hidden_size=8,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = GLPNForDepthEstimation(config)
    network.save_pretrained(folder, safe_serialization=True)
    GLPNImageProcessorPil().save_pretrained(folder)
