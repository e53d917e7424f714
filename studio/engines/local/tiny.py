"""Writes a tiny Stable Diffusion with random weights for tests: the right files and shapes, pictures of nothing."""

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, ControlNetModel, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

WIDTHS = (16, 32)
WORDS = 32
CONTROL_FOLDER = "controlnet-scribble"


def write(folder: Path, *, controlnet: bool = False, seed: int = 0) -> None:
    """Write the pipeline (about 1 MB) into `folder`, and a ControlNet into `folder/controlnet-scribble` if asked for.

    The same `seed` gives the same weights. An existing pipeline in `folder` is overwritten.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        unet = _unet()
        pipeline: Any = StableDiffusionPipeline(
            vae=_vae(),
            text_encoder=_text_encoder(),
            tokenizer=_tokenizer(),
            unet=unet,
            scheduler=_scheduler(),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        pipeline.save_pretrained(folder, safe_serialization=True)
        if controlnet:
            control = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(8, 16, 16, 16))
            for network in (*control.controlnet_down_blocks, control.controlnet_mid_block):
                # They start at zero for training; here the drawing must be seen in the result.
                torch.nn.init.normal_(network.weight, std=0.05)
            control.save_pretrained(folder / CONTROL_FOLDER, safe_serialization=True)


def _tokenizer() -> CLIPTokenizer:
    """Bytes as tokens, each as itself and as the end of a word: any text in any language, no merges."""
    shown = sorted(_byte_letters())
    names = [*shown, *(f"{letter}</w>" for letter in shown), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={name: at for at, name in enumerate(names)}, merges=[], model_max_length=WORDS)


def _byte_letters() -> list[str]:
    """The 256 visible letters that byte-level tokenizers write bytes with (GPT-2's table)."""
    visible = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    return [chr(byte) for byte in visible] + [chr(256 + extra) for extra in range(256 - len(visible))]


def _text_encoder() -> CLIPTextModel:
    config = CLIPTextConfig(
        vocab_size=514,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=WORDS,
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
    )
    return CLIPTextModel(config)


def _unet() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=WIDTHS,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32,
        attention_head_dim=4,
        norm_num_groups=8,
    )


def _vae() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=64,
    )


def _scheduler() -> DDIMScheduler:
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )
