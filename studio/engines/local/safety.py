"""The safety checker of a model, where the catalogue names one (part "safety_checker"): whether a picture is unsafe.

diffusers' own network (CompVis), from a folder with config.json, safetensors and perhaps preprocessor_config.json.
Only says what it sees; settings SAFETY decides (studio/worker/runner.py, gallery/keeping.py,
gallery/moderation/gate.py).
"""

import io
from pathlib import Path
from typing import Any

import numpy
import torch
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from PIL import Image
from transformers import CLIPConfig, CLIPImageProcessor

from studio.engines.local import networks

PART = "safety_checker"


class SafetyChecker:
    """Looks at pictures, one at a time (about 0.1 s on two cores for the published network)."""

    def __init__(self, network: Any, prepare: CLIPImageProcessor, device: torch.device) -> None:
        self._network, self._prepare, self._device = network, prepare, device

    @torch.no_grad()
    def unsafe(self, picture: Image.Image) -> bool:
        """Whether the network holds `picture` (any mode and size) for unsafe."""
        pixels = self._prepare(picture.convert("RGB"), return_tensors="pt").pixel_values.to(self._device)
        # It blacks out what it is given; that is not our picture.
        _, found = self._network(clip_input=pixels, images=numpy.zeros((1, 1, 1, 3)))
        return bool(found[0])

    def unsafe_bytes(self, data: bytes) -> bool:
        """The same for an encoded picture."""
        with Image.open(io.BytesIO(data)) as picture:
            return self.unsafe(picture)


def load(source: str, device: torch.device) -> SafetyChecker:
    """The checker in the folder or hub id `source`, in float32. Raises ValueError for missing weights."""
    network = networks.load(StableDiffusionSafetyChecker, source, device, torch.float32)
    folder = Path(source)
    if (folder / "preprocessor_config.json").is_file():
        prepare = CLIPImageProcessor.from_pretrained(source, local_files_only=True)
    else:
        side = network.config.vision_config.image_size
        prepare = CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
    return SafetyChecker(network, prepare, device)


def beside(source: str) -> SafetyChecker:
    """The same on the CPU, beside whatever device there is: for pictures that were made elsewhere."""
    return load(source, torch.device("cpu"))


def write_tiny(folder: Path, *, unsafe: bool, seed: int = 0) -> None:
    """Write a tiny checker with random weights for tests: it finds every picture unsafe, or none."""
    vision = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision |= {"image_size": 32, "patch_size": 16}
    config = CLIPConfig(vision_config=vision, projection_dim=8)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = StableDiffusionSafetyChecker(config)
    # A cosine is from -1 to 1: beyond these thresholds every one is, or none.
    for weights in (network.concept_embeds_weights, network.special_care_embeds_weights):
        weights.data.fill_(-2.0 if unsafe else 2.0)
    for embeds in (network.concept_embeds, network.special_care_embeds):
        torch.nn.init.normal_(embeds.data)
    network.save_pretrained(folder, safe_serialization=True)
