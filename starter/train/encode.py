"""Latents of all pictures and coloured drawings, beside them in the shards: `python -m starter.train.encode`."""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from starter.train import networks, parts
from starter.train.config import CONFIGS, Config
from starter.train.data import Shards
from starter.train.trainer import be_modest
from starter.train.vae import as_input

NAMES = {"pictures": "latents", "colours": "colour-latents"}
CHUNK = 50


@torch.inference_mode()
def encode(config: Config, origin: Path | None = None) -> None:
    """Write what is missing; delete the shards' latents to make them anew (with another autoencoder)."""
    model = parts.vae(config, origin)
    folders = Shards(config.data).folders
    factor = _scaling_factor(config, model, folders[0], origin)
    for folder in folders:
        for source, target in NAMES.items():
            if (folder / f"{target}.npy").exists():
                continue
            pictures = np.load(folder / f"{source}.npy", mmap_mode="r")
            made = [_latents(config, model, pictures[k : k + CHUNK]) * factor for k in range(0, len(pictures), CHUNK)]
            half = folder / f"{target}.half.npy"
            np.save(half, torch.cat(made).half().numpy())
            half.rename(folder / f"{target}.npy")
        print(folder.name, flush=True)


def _latents(config: Config, model: Any, pictures: np.ndarray) -> torch.Tensor:
    return model.encode(as_input(pictures).to(config.device)).latents.cpu()


def _scaling_factor(config: Config, model: Any, folder: Path, origin: Path | None) -> float:
    path = config.data / parts.SCALE_FILE
    if path.exists():
        return parts.scaling_factor(config)
    if origin:
        factor = float(networks.load_part(origin, "vae").config.scaling_factor)
    else:
        first = np.load(folder / "pictures.npy", mmap_mode="r")[:200]
        factor = round(1 / _latents(config, model, first).std().item(), 4)
    path.write_text(json.dumps({"scaling_factor": factor}))
    return factor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", choices=CONFIGS, default="cpu")
    parser.add_argument("--from", dest="origin", type=Path, help="a finished model to start from")
    given = parser.parse_args()
    be_modest()
    encode(CONFIGS[given.config], given.origin)


if __name__ == "__main__":
    main()
