"""LoRA files into memory, whoever wrote them: read as diffusers reads them. Applying them is mixing.py's."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from studio.engines.local.loading import LoadedModel

NETWORKS = ("unet", "transformer", "text_encoder", "text_encoder_2")
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
    """The LoRA in `file` (safetensors, any names that diffusers knows for the family) on the device of `model`.

    diffusers and peft do it on an empty copy of each network, so that the names they know and their checks are ours,
    and nobody's network is changed. Raises ValueError, or what those libraries raise, for a file that does not suit
    the model in every part, or is of another kind (DoRA, LyCORIS).
    """
    _check_kind(file)
    found = _found(file, model)
    weights = found["state_dict"]
    changes = {
        name: _changes(name, model, found)
        for name in NETWORKS
        if name in model.parts and any(key.startswith(f"{name}.") for key in weights)
    }
    read_weights = 2 * sum(len(layers) for layers in changes.values())
    if read_weights == 0 or read_weights != len(weights):
        raise ValueError(f"Of its {len(weights)} weights {read_weights} have a place in this model.")
    return Lora(changes)


def _found(file: Path, model: LoadedModel) -> dict[str, Any]:
    """What is in the file, under diffusers' names for this family, as its loaders take it."""
    read_file = model.stock("noise").lora_state_dict
    more: dict[str, Any] = {"unet_config": model.parts["unet"].config} if "unet" in model.parts else {}
    if "return_alphas" in inspect.signature(read_file).parameters:
        more["return_alphas"] = True
    weights, *alphas, metadata = read_file(str(file), use_safetensors=True, return_lora_metadata=True, **more)
    return {"state_dict": weights, "network_alphas": alphas[0] if alphas else None, "metadata": metadata}


def _check_kind(file: Path) -> None:
    with safe_open(file, "pt") as opened:
        names = list(opened.keys())
    odd = [name for name in names if any(mark in name for mark in OTHER_KINDS)]
    if odd:
        raise ValueError(f"It is no plain LoRA: {odd[0]}.")


def _changes(name: str, model: LoadedModel, found: dict[str, Any]) -> dict[str, Change]:
    """The changes of one network, by the names of its layers. Raises ValueError for numbers that are none."""
    network, pipeline = model.parts[name], model.stock("noise")
    denoises = name in ("unet", "transformer")
    # Without numbers behind it the copy costs no memory to speak of: its pages are never touched.
    with torch.device("meta"):
        copy = type(network).from_config(network.config) if denoises else type(network)(network.config)
    copy.to_empty(device="cpu")
    given = found | {"adapter_name": _NAME, "low_cpu_mem_usage": True}
    if name == "unet":
        pipeline.load_lora_into_unet(**given, unet=copy)
    elif name == "transformer":
        copy.load_lora_adapter(given.pop("state_dict"), prefix=name, **given)
    else:
        pipeline.load_lora_into_text_encoder(**given, text_encoder=copy, prefix=name)
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
