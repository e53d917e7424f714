"""A run so small that a stage takes a second: sixteen scenes of 64 pixels, networks of a few thousand numbers."""

from pathlib import Path

import pytest
import torch

from starter.train import data, text, tokenizer
from starter.train.config import Config, Text, Unet, Upscaling, Vae
from starter.train.encode import encode
from starter.train.trainer import Budget
from starter.train.vae import VaeStage

STEPS = Budget(steps=3)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A run whose pictures, text encoder, autoencoder and latents are made."""
    torch.set_num_threads(1)
    config = Config(
        "tiny",
        picture_size=64,
        scenes=16,
        shard=8,
        held_back=4,
        pairs=4,
        text=Text(hidden=32, layers=1, heads=2, vocabulary=700, batch=8),
        vae=Vae(channels=16, batch=2, crop=32),
        unet=Unet(channels=(16, 32, 32), heads=1, groups=8, batch=8),
        upscaler=Upscaling(batch=2),
        root=tmp_path_factory.mktemp("starter"),
    )
    data.make(config)
    tokenizer.build(config, sample=300).save_pretrained(config.checkpoints / "tokenizer")
    for stage in (text.TextStage(config, STEPS), VaeStage(config, STEPS)):
        stage.trainer.run(stage.step_loss)
    encode(config)
    return config


@pytest.fixture
def fresh(tiny: Config, tmp_path: Path) -> Config:
    """The same run with checkpoints of its own for what comes after the latents."""
    from dataclasses import replace
    from shutil import copytree

    copytree(tiny.root, tmp_path, dirs_exist_ok=True)
    return replace(tiny, root=tmp_path)
