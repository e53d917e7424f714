"""Random models of the published sizes, so that the arithmetic is the real one, and tiny ones of the same shapes.

Written in half precision into a folder, on the device itself (2.6 billion random numbers take a CPU a minute), and
loaded from there as every model is.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    ControlNetModel,
    EulerDiscreteScheduler,
    LCMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from studio.engines.local import tiny
from studio.job import ModelRef

Name = Literal["sd15", "sdxl", "live"]
TITLES: Mapping[Name, str] = {"sd15": "SD 1.5", "sdxl": "SDXL", "live": "SD 1.5, LCM, tiny decoder"}
WORDS = 77
NOISE: Mapping[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
# The configurations that were published with the models.
SD15_UNET: Mapping[str, Any] = {"cross_attention_dim": 768, "attention_head_dim": 8, "sample_size": 64}
SDXL_UNET: Mapping[str, Any] = {
    "sample_size": 128,
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 6 * 256 + 1280,
}
VAE: Mapping[str, Any] = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "layers_per_block": 2,
}


def write(name: Name, folder: Path, device: torch.device, *, full: bool) -> ModelRef:
    """The model `name` in `folder`, written there unless it is already; "sd15" has a ControlNet beside it. "live" is
    "sd15", which must lie beside it, with LCM and a tiny decoder."""
    if not (folder / "model_index.json").exists():
        _write(name, folder, device, full=full)
    return ModelRef(name, "sdxl" if name == "sdxl" else "sd", str(folder))


def control(folder: Path) -> str:
    """Where the ControlNet of "sd15" lies."""
    return str(folder / tiny.CONTROL_FOLDER)


def _write(name: Name, folder: Path, device: torch.device, *, full: bool) -> None:
    if name == "live":
        _live(folder, folder.parent / "sd15", device)
    elif not full:
        tiny.write(folder, shape="xl" if name == "sdxl" else "sd", controlnet=name == "sd15")
    elif name == "sdxl":
        parts: dict[str, Any] = {
            "vae": _made(device, lambda: AutoencoderKL(**VAE, force_upcast=True, scaling_factor=0.13025)),
            "unet": _made(device, lambda: UNet2DConditionModel(**SDXL_UNET)),
            "text_encoder": _made(device, lambda: CLIPTextModel(_clip_l())),
            "text_encoder_2": _made(device, lambda: CLIPTextModelWithProjection(_clip_g())),
            "tokenizer": tiny.tokenizer(WORDS),
            "tokenizer_2": tiny.tokenizer(WORDS),
            "scheduler": EulerDiscreteScheduler(**NOISE, timestep_spacing="leading", steps_offset=1),
        }
        _saved(StableDiffusionXLPipeline(**parts), folder)
    else:
        unet: Any = _made(device, lambda: UNet2DConditionModel(**SD15_UNET))
        parts = {
            "vae": _made(device, lambda: AutoencoderKL(**VAE)),
            "unet": unet,
            "text_encoder": _made(device, lambda: CLIPTextModel(_clip_l())),
            "tokenizer": tiny.tokenizer(WORDS),
            "scheduler": EulerDiscreteScheduler(**NOISE, timestep_spacing="leading", steps_offset=1),
        }
        nothing = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
        lines: Any = _made(device, lambda: ControlNetModel.from_unet(unet.float()))
        for network in (*lines.controlnet_down_blocks, lines.controlnet_mid_block):
            # They start at zero for training; here the drawing must be seen in the result.
            torch.nn.init.normal_(network.weight, std=0.02)
        lines.save_pretrained(folder / tiny.CONTROL_FOLDER, safe_serialization=True)
        unet.half()
        _saved(StableDiffusionPipeline(**parts, **nothing), folder)


def _made(device: torch.device, build: Callable[[], Any]) -> Any:
    """What `build` makes, the same each time, in half precision on `device`."""
    with torch.random.fork_rng(), torch.device(device):
        torch.manual_seed(0)
        return build().to(device, torch.float16)


def _saved(pipeline: Any, folder: Path) -> None:
    pipeline.save_pretrained(folder, safe_serialization=True)


def _clip_l() -> CLIPTextConfig:
    return _clip(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)


def _clip_g() -> CLIPTextConfig:
    large = {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 20}
    return _clip(**large, hidden_act="gelu", projection_dim=1280)


def _clip(**sizes: Any) -> CLIPTextConfig:
    # The tokenizer is the tiny one's: bytes are words. Whatever the words, the arithmetic is the same.
    ends: dict[str, Any] = {"bos_token_id": 512, "eos_token_id": 513, "pad_token_id": 513}
    return CLIPTextConfig(vocab_size=49408, max_position_embeddings=WORDS, **ends, **sizes)


def _live(folder: Path, base: Path, device: torch.device) -> None:
    """`base` by links, with a scheduler for few steps and a tiny autoencoder of the published size."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in ("unet", "text_encoder", "tokenizer"):
        (folder / part).symlink_to(base / part)
    scheduler: Any = LCMScheduler(**NOISE)
    scheduler.save_pretrained(folder / "scheduler")
    _made(device, AutoencoderTiny).save_pretrained(folder / "vae", safe_serialization=True)
    index = json.loads((base / "model_index.json").read_text("utf-8"))
    index |= {"scheduler": ["diffusers", "LCMScheduler"], "vae": ["diffusers", "AutoencoderTiny"]}
    (folder / "model_index.json").write_text(json.dumps(index), "utf-8")
