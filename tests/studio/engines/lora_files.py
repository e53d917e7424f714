"""LoRA and embedding files with random numbers, in the names that different trainers write."""

from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file

Layout = Literal["peft", "kohya"]
ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
EVERYTHING = (*ATTENTION, "proj_in", "conv1", "conv2", "time_emb_proj", "ff.net.0.proj", "ff.net.2")
DENOISERS = ("unet", "transformer")
TEXT = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")
PREFIXES = {"unet": "lora_unet", "text_encoder": "lora_te", "text_encoder_2": "lora_te2"}


def write_lora(
    file: Path,
    parts: dict[str, Any],
    *,
    layout: Layout = "peft",
    rank: int = 4,
    seed: int = 0,
    layers: tuple[str, ...] = ATTENTION,
    strength: float = 0.4,
) -> Path:
    """A LoRA for the networks in `parts` ("unet", "text_encoder", …); `layers` are those of the UNet, by their ends."""
    numbers = torch.Generator().manual_seed(seed)
    weights: dict[str, torch.Tensor] = {}
    for part, network in parts.items():
        for name, module in network.named_modules():
            if not name.endswith(layers if part in DENOISERS else TEXT) or not hasattr(module, "weight"):
                continue
            shape = module.weight.shape
            down = torch.randn(rank, *shape[1:], generator=numbers) * strength
            up = torch.randn(shape[0], rank, *[1] * (len(shape) - 2), generator=numbers) * strength
            weights |= _named(part, name, layout, down, up, two="text_encoder_2" in parts)
    save_file(weights, file)
    return file


def _named(
    part: str, name: str, layout: Layout, down: torch.Tensor, up: torch.Tensor, *, two: bool
) -> dict[str, torch.Tensor]:
    path = name if part in DENOISERS or name.startswith("text_model.") else f"text_model.{name}"
    if layout == "peft":
        return {f"{part}.{path}.lora_A.weight": down, f"{part}.{path}.lora_B.weight": up}
    prefix = "lora_te1" if part == "text_encoder" and two else PREFIXES[part]
    own = f"{prefix}_{path.replace('.', '_')}"
    return {
        f"{own}.lora_down.weight": down,
        f"{own}.lora_up.weight": up,
        f"{own}.alpha": torch.tensor(len(down) / 2),
    }


def write_embedding(file: Path, widths: tuple[int, ...], *, vectors: int = 1, seed: int = 0, name: str = "") -> Path:
    """Vectors for one text encoder (A1111's name unless `name`), or two (SDXL's names)."""
    numbers = torch.Generator().manual_seed(seed)
    names = ("clip_l", "clip_g") if len(widths) > 1 else (name or "emb_params",)
    save_file({n: torch.randn(vectors, width, generator=numbers) for n, width in zip(names, widths, strict=True)}, file)
    return file
