"""The networks as far as they are trained: a finished model's weights, and a checkpoint's over them."""

import json
from pathlib import Path
from typing import Any

from transformers import CLIPTokenizer

from starter.train import networks
from starter.train.config import Config
from starter.train.trainer import load_average

# Where encode writes what the latents were multiplied with.
SCALE_FILE = "scale.json"


def tokenizer(config: Config, origin: Path | None = None) -> CLIPTokenizer:
    """That of the text stage; `origin`'s where there was none. Raises OSError without both."""
    trained = config.checkpoints / "tokenizer"
    return CLIPTokenizer.from_pretrained(origin / "tokenizer" if origin and not trained.exists() else trained)


def text_encoder(config: Config, origin: Path | None = None) -> Any:
    """The trained text encoder, frozen; `origin`'s where none was trained."""
    trained = config.checkpoints / "text"
    if origin and not trained.exists():
        encoder = networks.load_part(origin, "text_encoder")
    else:
        encoder = networks.text_encoder(config, tokenizer(config))
        load_average(encoder, trained, "encoder.")
    return encoder.eval().requires_grad_(False).to(config.device)


def vae(config: Config, origin: Path | None = None) -> Any:
    """The trained autoencoder, frozen; `origin`'s where none was trained. Raises FileNotFoundError without both."""
    model = networks.vae(config)
    checkpoint = config.checkpoints / "vae"
    if origin:
        networks.start_from(model, origin, "vae")
    if checkpoint.exists():
        load_average(model, checkpoint)
    elif not origin:
        raise FileNotFoundError(f"No autoencoder in {checkpoint}.")
    return model.eval().requires_grad_(False).to(config.device)


def scaling_factor(config: Config) -> float:
    """What makes the latents' spread about one."""
    return float(json.loads((config.data / SCALE_FILE).read_text())["scaling_factor"])
