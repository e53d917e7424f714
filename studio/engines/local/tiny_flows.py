"""Writes tiny models with random weights of the families whose stock pipeline runs alone. The others are in tiny.py."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import torch
from diffusers import (
    AuraFlowPipeline,
    AuraFlowTransformer2DModel,
    ChromaPipeline,
    ChromaTransformer2DModel,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    Lumina2Pipeline,
    Lumina2Transformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from transformers import (
    CLIPTextModel,
    CLIPTextModelWithProjection,
    Gemma2Config,
    Gemma2Model,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
    UMT5Config,
    UMT5EncoderModel,
)

from studio.engines.local import tiny

Flow = Literal["sd3", "flux", "z_image", "chroma", "aura_flow", "lumina2"]
CHANNELS = 16


def write(folder: Path, family: Flow, *, seed: int = 0) -> None:
    """Write the pipeline (about 1 MB) into `folder`. The same `seed` gives the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        MAKERS[family]().save_pretrained(folder, safe_serialization=True)


def _sd3() -> Any:
    width = 2 * tiny.TEXT_WIDTH
    return StableDiffusion3Pipeline(
        transformer=SD3Transformer2DModel(
            sample_size=32,
            patch_size=2,
            in_channels=CHANNELS,
            out_channels=CHANNELS,
            num_layers=2,
            attention_head_dim=8,
            num_attention_heads=4,
            joint_attention_dim=width,
            caption_projection_dim=32,
            pooled_projection_dim=width,
            pos_embed_max_size=32,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(),
        text_encoder=CLIPTextModelWithProjection(tiny.text_config(projection_dim=tiny.TEXT_WIDTH)),
        tokenizer=tiny.tokenizer(),
        text_encoder_2=CLIPTextModelWithProjection(tiny.text_config(projection_dim=tiny.TEXT_WIDTH)),
        tokenizer_2=tiny.tokenizer(),
        text_encoder_3=_t5(width),
        tokenizer_3=_t5_tokenizer(),
    )


def _flux() -> Any:
    return FluxPipeline(
        transformer=FluxTransformer2DModel(
            patch_size=1,
            in_channels=4 * CHANNELS,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=tiny.TEXT_WIDTH,
            pooled_projection_dim=tiny.TEXT_WIDTH,
            axes_dims_rope=(4, 4, 8),
            guidance_embeds=True,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=_vae(),
        text_encoder=CLIPTextModel(tiny.text_config()),
        tokenizer=tiny.tokenizer(),
        text_encoder_2=_t5(tiny.TEXT_WIDTH),
        tokenizer_2=_t5_tokenizer(),
    )


def _z_image() -> Any:
    return ZImagePipeline(
        transformer=ZImageTransformer2DModel(
            in_channels=CHANNELS,
            dim=32,
            n_layers=2,
            n_refiner_layers=1,
            n_heads=2,
            n_kv_heads=2,
            cap_feat_dim=tiny.TEXT_WIDTH,
            axes_dims=[8, 4, 4],
            axes_lens=[1024, 64, 64],
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(),
        text_encoder=Qwen3Model(
            Qwen3Config(
                vocab_size=300,
                hidden_size=tiny.TEXT_WIDTH,
                intermediate_size=64,
                num_hidden_layers=2,
                num_attention_heads=2,
                num_key_value_heads=2,
                head_dim=16,
                max_position_embeddings=1024,
            )
        ),
        tokenizer=_chat_tokenizer(),
    )


def _chroma() -> Any:
    return ChromaPipeline(
        transformer=ChromaTransformer2DModel(
            patch_size=1,
            in_channels=4 * CHANNELS,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=tiny.TEXT_WIDTH,
            axes_dims_rope=(4, 4, 8),
            approximator_num_channels=8,
            approximator_hidden_dim=32,
            approximator_layers=1,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=_vae(),
        text_encoder=_t5(tiny.TEXT_WIDTH),
        tokenizer=_t5_tokenizer(),
    )


def _aura_flow() -> Any:
    width = tiny.TEXT_WIDTH
    return AuraFlowPipeline(
        transformer=AuraFlowTransformer2DModel(
            sample_size=32,
            in_channels=CHANNELS,
            out_channels=CHANNELS,
            num_mmdit_layers=1,
            num_single_dit_layers=1,
            attention_head_dim=8,
            num_attention_heads=4,
            caption_projection_dim=32,
            joint_attention_dim=width,
            pos_embed_max_size=256,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.73),
        vae=_vae(shift_factor=None),
        text_encoder=UMT5EncoderModel(
            UMT5Config(vocab_size=300, d_model=width, d_kv=8, d_ff=64, num_layers=2, num_heads=4)
        ),
        tokenizer=_t5_tokenizer(),
    )


def _lumina2() -> Any:
    return Lumina2Pipeline(
        transformer=Lumina2Transformer2DModel(
            sample_size=32,
            in_channels=CHANNELS,
            hidden_size=32,
            num_layers=2,
            num_refiner_layers=1,
            num_attention_heads=2,
            num_kv_heads=2,
            multiple_of=16,
            axes_dim_rope=(8, 4, 4),
            axes_lens=(1024, 64, 64),
            cap_feat_dim=tiny.TEXT_WIDTH,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=6.0),
        vae=_vae(),
        text_encoder=Gemma2Model(
            Gemma2Config(
                vocab_size=300,
                hidden_size=tiny.TEXT_WIDTH,
                intermediate_size=64,
                num_hidden_layers=2,
                num_attention_heads=2,
                num_key_value_heads=2,
                head_dim=16,
            )
        ),
        tokenizer=_chat_tokenizer(),
    )


def _vae(**more: Any) -> Any:
    return tiny.vae(**{"latent_channels": CHANNELS, "shift_factor": 0.06, "scaling_factor": 1.5} | more)


def _t5(width: int) -> T5EncoderModel:
    return T5EncoderModel(T5Config(vocab_size=300, d_model=width, d_kv=8, d_ff=64, num_layers=2, num_heads=4))


def _t5_tokenizer() -> T5Tokenizer:
    """Printable ASCII letter by letter; whatever else there is counts as one unknown letter."""
    pieces = ["<pad>", "</s>", "<unk>", "▁", *(chr(code) for code in range(33, 127))]
    return T5Tokenizer(vocab=[(piece, 0.0 if at < 3 else -1.0) for at, piece in enumerate(pieces)], extra_ids=0)


def _chat_tokenizer() -> Qwen2Tokenizer:
    letters = sorted(tiny.byte_letters())
    return Qwen2Tokenizer(
        vocab={name: at for at, name in enumerate([*letters, "<|endoftext|>"])},
        merges=[],
        pad_token="<|endoftext|>",  # noqa: S106  a word of the tokenizer, no secret
        chat_template="{% for message in messages %}{{ message.content }}{% endfor %}",
    )


MAKERS: dict[str, Callable[[], Any]] = {
    "sd3": _sd3,
    "flux": _flux,
    "z_image": _z_image,
    "chroma": _chroma,
    "aura_flow": _aura_flow,
    "lumina2": _lumina2,
}
