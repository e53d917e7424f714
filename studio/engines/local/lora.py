"""LoRA files into memory, whoever wrote them: read as diffusers reads them. Applying them is mixing.py's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders import StableDiffusionLoraLoaderMixin, StableDiffusionXLLoraLoaderMixin
from safetensors import safe_open

from studio.engines.local.loading import LoadedModel

NETWORKS = ("unet", "text_encoder", "text_encoder_2")
# What the weights of relatives are called: DoRA (diffusers', kohya's), LoHa, LoKr.
OTHER_KINDS = ("lora_magnitude_vector", "dora_scale", "hada_", "lokr_")
_NAME = "read"


@dataclass(frozen=True, slots=True)
class Change:
    """What a LoRA adds to one layer: `up(down(x))`. `down` (rank, in, …) and `up` (out, rank, …) are the weights of a
    linear layer, or of two convolutions of which the first has the kernel of the layer it changes."""

    down: torch.Tensor
    up: torch.Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Lora:
    """A LoRA in memory: its changes by network ("unet", "text_encoder", …) and layer. Compared by identity; `mark`
    tells it from all others even after it is gone."""

    changes: Mapping[str, Mapping[str, Change]]
    mark: int = field(default_factory=count(1).__next__)

    @property
    def size(self) -> int:
        """Bytes."""
        all_of_them = (change for layers in self.changes.values() for change in layers.values())
        return sum(change.down.nbytes + change.up.nbytes for change in all_of_them)


def read(file: Path, model: LoadedModel) -> Lora:
    """The LoRA in `file` (safetensors; kohya's, diffusers' or peft's names) on `model`'s device and in its numbers.

    diffusers and peft do it on an empty copy of each network, so that the names they know and their checks are ours,
    and nobody's network is changed. Raises ValueError, or what those libraries raise, for a file that does not suit
    the model in every part, or is of another kind (DoRA, LyCORIS).
    """
    _check_kind(file)
    mixin: Any = StableDiffusionXLLoraLoaderMixin if "text_encoder_2" in model.parts else StableDiffusionLoraLoaderMixin
    weights, alphas, metadata = mixin.lora_state_dict(
        str(file), use_safetensors=True, unet_config=model.parts["unet"].config, return_lora_metadata=True
    )
    changes = {
        name: _changes(mixin, name, model, {"state_dict": weights, "network_alphas": alphas, "metadata": metadata})
        for name in NETWORKS
        if name in model.parts and any(key.startswith(f"{name}.") for key in weights)
    }
    read_weights = 2 * sum(len(layers) for layers in changes.values())
    if read_weights == 0 or read_weights != len(weights):
        raise ValueError(f"Of its {len(weights)} weights {read_weights} have a place in this model.")
    return Lora(changes)


def _check_kind(file: Path) -> None:
    with safe_open(file, "pt") as opened:
        names = list(opened.keys())
    odd = [name for name in names if any(mark in name for mark in OTHER_KINDS)]
    if odd:
        raise ValueError(f"It is no plain LoRA: {odd[0]}.")


def _changes(mixin: Any, name: str, model: LoadedModel, found: dict[str, Any]) -> dict[str, Change]:
    """The changes of one network, by the names of its layers. Raises ValueError for numbers that are none."""
    network = model.parts[name]
    # Without numbers behind it the copy costs no memory to speak of: its pages are never touched.
    with torch.device("meta"):
        copy = type(network).from_config(network.config) if name == "unet" else type(network)(network.config)
    copy.to_empty(device="cpu")
    if name == "unet":
        mixin.load_lora_into_unet(**found, unet=copy, adapter_name=_NAME, low_cpu_mem_usage=True)
    else:
        mixin.load_lora_into_text_encoder(
            **found, text_encoder=copy, prefix=name, adapter_name=_NAME, low_cpu_mem_usage=True
        )
    return {
        layer: _change(module, model)
        for layer, module in copy.named_modules()
        if _NAME in getattr(module, "lora_A", {}) and _NAME in module.lora_B
    }


def _change(module: Any, model: LoadedModel) -> Change:
    down, up = module.lora_A[_NAME], module.lora_B[_NAME]
    if up.bias is not None or getattr(module.get_base_layer(), "groups", 1) != 1:
        raise ValueError("It changes a layer in a way that is not known here.")
    change = Change(
        down.weight.detach().to(model.device, model.dtype),
        (up.weight.detach().float() * module.scaling[_NAME]).to(model.device, model.dtype),
    )
    if not all(bool(torch.isfinite(part).all()) for part in (change.down, change.up)):
        raise ValueError("It holds numbers that are none.")
    return change
