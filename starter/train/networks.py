"""The networks of the starter, in the shapes that diffusers' Stable Diffusion pipelines load.

They are typed Any: diffusers hides from mypy that its models are torch modules.
"""

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderTiny, ControlNetModel, DDIMScheduler, DPMSolverMultistepScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from starter.train.config import TOKENS, Config

LATENT_CHANNELS = 4
# Stable Diffusion's noise schedule with v-prediction (Salimans and Ho 2022).
SCHEDULE: dict[str, Any] = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.02,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "steps_offset": 1,
    "timestep_spacing": "trailing",
}
PARTS: dict[str, type[Any]] = {
    "text_encoder": CLIPTextModel,
    "vae": AutoencoderTiny,
    "unet": UNet2DConditionModel,
    "controlnet-scribble": ControlNetModel,
}


def text_encoder(config: Config, tokenizer: CLIPTokenizer) -> Any:
    """Token numbers (rows, TOKENS) to states (rows, TOKENS, hidden)."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=config.text.hidden,
            intermediate_size=3 * config.text.hidden,
            num_hidden_layers=config.text.layers,
            num_attention_heads=config.text.heads,
            max_position_embeddings=TOKENS,
            projection_dim=config.text.hidden,
            hidden_act="quick_gelu",
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def vae(config: Config) -> Any:
    """Pictures (rows, 3, 8h, 8w) in -1..1 to latents (rows, 4, h, w) and back. Few blocks: a decoder for a CPU."""
    channels = (config.vae.channels,) * 4
    return AutoencoderTiny(
        encoder_block_out_channels=channels,
        decoder_block_out_channels=channels,
        num_encoder_blocks=(0, 0, 1, 2),
        num_decoder_blocks=(3, 3, 1, 0),
        latent_channels=LATENT_CHANNELS,
    )


def unet(config: Config) -> Any:
    """The denoiser. The pooled prompt also joins the time embedding, like a class label (addition_embed_type)."""
    shape = config.unet
    down = tuple("CrossAttnDownBlock2D" if looks else "DownBlock2D" for looks in shape.attention)
    up = tuple("CrossAttnUpBlock2D" if looks else "UpBlock2D" for looks in reversed(shape.attention))
    return UNet2DConditionModel(
        sample_size=config.latent_size,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        block_out_channels=shape.channels,
        layers_per_block=1,
        down_block_types=down,
        up_block_types=up,
        cross_attention_dim=config.text.hidden,
        # diffusers' name for the NUMBER of heads.
        attention_head_dim=shape.heads,
        norm_num_groups=shape.groups,
        use_linear_projection=True,
        resnet_time_scale_shift="scale_shift",
        time_embedding_dim=256,
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
    )


def controlnet(config: Config) -> Any:
    """The reader of line drawings: no attention, the prompt reaches it through the UNet alone."""
    shape = config.unet
    return ControlNetModel(
        in_channels=LATENT_CHANNELS,
        block_out_channels=shape.channels,
        layers_per_block=1,
        down_block_types=("DownBlock2D",) * len(shape.channels),
        mid_block_type="UNetMidBlock2D",
        cross_attention_dim=config.text.hidden,
        attention_head_dim=shape.heads,
        norm_num_groups=shape.groups,
        use_linear_projection=True,
        conditioning_embedding_out_channels=(8, 16, 16, 32),
    )


def training_schedule() -> Any:
    return DDIMScheduler(**SCHEDULE, clip_sample=False, set_alpha_to_one=False)


def drawing_schedule() -> Any:
    """The scheduler that ships: good from about eight steps on."""
    return DPMSolverMultistepScheduler(**SCHEDULE, algorithm_type="dpmsolver++", solver_order=2)


def load_part(folder: Path, part: str) -> Any:
    """One of PARTS out of a finished model, in float32."""
    return PARTS[part].from_pretrained(folder / part, dtype=torch.float32)


def start_from(module: torch.nn.Module, folder: Path, part: str) -> None:
    """Copy the weights of a finished model. Raises RuntimeError when the shapes differ."""
    module.load_state_dict(load_part(folder, part).state_dict())


def smart_start(model: Any) -> None:
    """Begin as: latents = mean colour of 8 x 8 pixels (and one free channel), decoder = smooth enlargement of them.

    Saves the minutes in which a fresh autoencoder only learns that; the blocks then learn the rest.
    """
    with torch.no_grad():
        for module in model.modules():
            if type(module).__name__ == "AutoencoderTinyBlock":
                module.conv[-1].weight.mul_(0.2)
                module.conv[-1].bias.zero_()
        encoder: list[Any] = [m for m in model.encoder.layers if isinstance(m, torch.nn.Conv2d)]
        for k, conv in enumerate(encoder):
            last = k == len(encoder) - 1
            conv.weight[:3] *= 0.1 if last else 0.05
            if conv.bias is not None:
                conv.bias[:3] = -2.0 if last else 0.0
            for c in range(3):
                if conv.stride[0] == 2:
                    conv.weight[c, c, 1:3, 1:3] += 0.25
                else:
                    conv.weight[c, c, 1, 1] += 4.0 if last else 1.0
        smooth = torch.tensor([0.25, 0.5, 0.25])
        decoder: list[Any] = [m for m in model.decoder.layers if isinstance(m, torch.nn.Conv2d)]
        for k, conv in enumerate(decoder):
            conv.weight[:3] *= 0.05
            for c in range(3):
                if k == 0:
                    conv.weight[c, c, 1, 1] += 0.27
                    conv.bias[c] = 0.5
                elif k < len(decoder) - 1:
                    conv.weight[c, c] += smooth[:, None] * smooth[None]
                else:
                    conv.weight[c, c, 1, 1] += 1
                    conv.bias[c] = 0
