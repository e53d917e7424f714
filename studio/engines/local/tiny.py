"""Writes tiny models with random weights for tests, one for each shape that is stepped: pictures of nothing.

Those whose stock pipeline runs alone are in tiny_flows.py.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from diffusers import (
    AutoencoderKL,
    ControlNetModel,
    DDIMScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

WIDTHS = (16, 32)
WORDS = 32
TEXT_WIDTH = 32
CONTROL_FOLDER = "controlnet-scribble"

# "sd2" has v-prediction as well as that family's layers, "turbo" and "lcm" are distilled models, "inpaint" has 9
# channels; "xl" is SDXL's shape, with the same variants.
Shape = Literal["sd", "sd2", "turbo", "lcm", "inpaint", "xl", "xl-turbo", "xl-lcm", "xl-inpaint"]


def write(folder: Path, *, shape: Shape = "sd", controlnet: bool = False, seed: int = 0) -> None:
    """Write the pipeline (about 1 MB) into `folder`, and a ControlNet into `folder/controlnet-scribble` if asked for.

    The same `seed` gives the same weights. An existing pipeline in `folder` is overwritten.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        unet = _unet(shape)
        pipeline = _xl(shape, unet) if shape.startswith("xl") else _sd(shape, unet)
        pipeline.save_pretrained(folder, safe_serialization=True)
        if controlnet:
            control = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(8, 16, 16, 16))
            for network in (*control.controlnet_down_blocks, control.controlnet_mid_block):
                # They start at zero for training; here the drawing must be seen in the result.
                torch.nn.init.normal_(network.weight, std=0.05)
            control.save_pretrained(folder / CONTROL_FOLDER, safe_serialization=True)


def _sd(shape: Shape, unet: UNet2DConditionModel) -> Any:
    return StableDiffusionPipeline(
        vae=vae(),
        text_encoder=CLIPTextModel(text_config(hidden_act="gelu" if shape == "sd2" else "quick_gelu")),
        tokenizer=tokenizer(),
        unet=unet,
        scheduler=_scheduler(shape),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _xl(shape: Shape, unet: UNet2DConditionModel) -> Any:
    return StableDiffusionXLPipeline(
        vae=vae(force_upcast=True),
        text_encoder=CLIPTextModel(text_config()),
        text_encoder_2=CLIPTextModelWithProjection(text_config(hidden_act="gelu", projection_dim=TEXT_WIDTH)),
        tokenizer=tokenizer(),
        tokenizer_2=tokenizer(),
        unet=unet,
        scheduler=_scheduler(shape),
    )


def tokenizer(words: int = WORDS) -> CLIPTokenizer:
    """Bytes as tokens, each as itself and as the end of a word: any text in any language, no merges. It reads up to
    `words` of them at once."""
    shown = sorted(byte_letters())
    names = [*shown, *(f"{letter}</w>" for letter in shown), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={name: at for at, name in enumerate(names)}, merges=[], model_max_length=words)


def byte_letters() -> list[str]:
    """The 256 visible letters that byte-level tokenizers write bytes with (GPT-2's table)."""
    visible = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    return [chr(byte) for byte in visible] + [chr(256 + extra) for extra in range(256 - len(visible))]


def text_config(**more: Any) -> CLIPTextConfig:
    """Two small layers for the tokens of `tokenizer`."""
    return CLIPTextConfig(
        vocab_size=514,
        hidden_size=TEXT_WIDTH,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=WORDS,
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
        **more,
    )


def _unet(shape: Shape) -> UNet2DConditionModel:
    more: dict[str, Any] = {"cross_attention_dim": TEXT_WIDTH}
    if shape == "sd2":
        more |= {"use_linear_projection": True, "attention_head_dim": (2, 4)}
    if shape.startswith("xl"):
        more |= {
            "use_linear_projection": True,
            "attention_head_dim": (2, 4),
            "transformer_layers_per_block": (1, 2),
            "cross_attention_dim": 2 * TEXT_WIDTH,
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 8,
            "projection_class_embeddings_input_dim": 6 * 8 + TEXT_WIDTH,
        }
    if shape.endswith("lcm"):
        more["time_cond_proj_dim"] = 16
    if shape.endswith("inpaint"):
        more["in_channels"] = 9
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=WIDTHS,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=8,
        **({"attention_head_dim": 4} | more),
    )


def vae(**more: Any) -> AutoencoderKL:
    """Eight pixels a latent place and 4 channels, unless told otherwise."""
    return AutoencoderKL(
        block_out_channels=(8, 8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=64,
        **({"latent_channels": 4} | more),
    )


def _scheduler(shape: Shape) -> Any:
    betas: Mapping[str, Any] = {
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "steps_offset": 1,
    }
    if shape.endswith("turbo"):
        return EulerAncestralDiscreteScheduler(**betas, timestep_spacing="trailing")
    if shape.endswith("lcm"):
        return LCMScheduler(**betas)
    if shape.startswith("xl"):
        return EulerDiscreteScheduler(**betas, timestep_spacing="leading")
    prediction = "v_prediction" if shape == "sd2" else "epsilon"
    return DDIMScheduler(**betas, clip_sample=False, set_alpha_to_one=False, prediction_type=prediction)
