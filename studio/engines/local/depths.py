"""How far what a picture shows is from whoever looks, by a network for it: a relief is as high as things are near.

Any of transformers' depth estimation (Depth Anything, DPT, GLPN, ZoeDepth, …) from a folder or hub id with config.json,
preprocessor_config.json and safetensors.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoImageProcessor, PretrainedConfig, PreTrainedModel

from studio.engines.local import networks

KIND = "ForDepthEstimation"
# Those that answer in metres, so that more is farther; the others say how near something is.
METRIC = {"glpn", "zoedepth", "depth_pro"}


class Unfit(ValueError):
    """A folder that holds no such network; it says why."""


class Estimator:
    """Looks at one picture at a time. For one thread."""

    def __init__(self, network: PreTrainedModel, prepare: Any) -> None:
        """`prepare` is its image processor, which makes a picture as large as the network wants it."""
        self.network = network
        self._prepare = prepare
        kind = getattr(network.config, "depth_estimation_type", "relative")
        self._far = kind == "metric" or network.config.model_type in METRIC

    @torch.inference_mode()
    def nearness(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How near each place of a picture (h, w, 3) is, from the farthest (0) to the nearest (1), as large as it."""
        given = self._prepare(images=[picture], return_tensors="pt")
        found = self.network(**{name: value.to(self.network.device) for name, value in given.items()})
        depth = found.predicted_depth.float()
        whole = torch.nn.functional.interpolate(
            depth.reshape(1, 1, *depth.shape[-2:]), size=picture.shape[:2], mode="bicubic", align_corners=False
        )[0, 0]
        near = 1 / whole.clamp(min=1e-3) if self._far else whole
        values = near.cpu().numpy()
        low, high = np.percentile(values, (1, 99))
        return np.asarray(((values - low) / max(float(high - low), 1e-6)).clip(0, 1), np.float32)


def load(source: str, device: torch.device) -> Estimator:
    """The network in the folder or hub id `source`, in float32.

    Raises Unfit for what is none, and whatever transformers raises for weights that are missing or damaged.
    """
    local = Path(source).is_absolute() or Path(source).is_dir()
    try:
        config, _rest = PretrainedConfig.get_config_dict(source, local_files_only=local)
    except OSError:
        config = {}
    name = str((config.get("architectures") or ["nothing"])[0])
    kind = networks.kind_of("transformers", name)
    if kind is None or not name.endswith(KIND):
        raise Unfit(f"{source} holds {name}, which sees no depth: that is one of transformers' …{KIND}.")
    try:
        prepare = AutoImageProcessor.from_pretrained(
            source, backend="pil", trust_remote_code=False, local_files_only=local
        )
    except OSError as error:
        raise Unfit(f"The network in {source} has no preprocessor_config.json.") from error
    return Estimator(networks.load(kind, source, device, torch.float32), prepare)


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
