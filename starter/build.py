"""Writes the folder that the engine loads: `python -m starter.build --config cpu --to /tmp/starter`.

Averaged weights in fp16, in the layout of diffusers, with `facts.json`: steps, versions and the hash of every file.
With `--from`, a part whose stage was not run is taken from a finished model.
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers import LCMScheduler, StableDiffusionPipeline

from starter.train import networks, parts
from starter.train.config import CONFIGS, Config
from starter.train.trainer import load_average, versions
from starter.train.unet import Denoiser, trained
from studio.engines.local.upscaler import Upscaler

# Folders beside those of the pipeline.
CONTROL, FEW_STEP_UNET, FEW_STEP_SCHEDULER = "controlnet-scribble", "unet-few-step", "scheduler-few-step"
UPSCALER = "upscaler"


def build(config: Config, target: Path, origin: Path | None = None) -> dict[str, int]:
    """Write `target` anew; returns the steps that each stage had in this run. `origin`: see above."""
    shutil.rmtree(target, ignore_errors=True)
    steps = {}
    denoiser = trained(config, origin)
    vae = parts.vae(config, origin).cpu()
    vae.register_to_config(scaling_factor=parts.scaling_factor(config))
    pipeline: Any = StableDiffusionPipeline(
        vae=vae,
        text_encoder=parts.text_encoder(config, origin).cpu(),
        tokenizer=parts.tokenizer(config, origin),
        unet=denoiser.unet,
        scheduler=networks.drawing_schedule(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.to(torch.float16).save_pretrained(target, safe_serialization=True)
    denoiser.control.half().save_pretrained(target / CONTROL)
    if (config.checkpoints / "distil").exists():
        student = Denoiser(config)
        load_average(student, config.checkpoints / "distil")
        student.unet.half().save_pretrained(target / FEW_STEP_UNET)
        scheduler: Any = LCMScheduler(**networks.SCHEDULE, clip_sample=False)
        scheduler.save_pretrained(target / FEW_STEP_SCHEDULER)
    if (config.checkpoints / UPSCALER).exists():
        upscaler = Upscaler()
        load_average(upscaler, config.checkpoints / UPSCALER)
        upscaler.half().save_pretrained(target / UPSCALER)
    for name in (FEW_STEP_UNET, FEW_STEP_SCHEDULER, UPSCALER):
        if origin and (origin / name).exists() and not (target / name).exists():
            shutil.copytree(origin / name, target / name)
    for state in sorted(config.checkpoints.glob("*/state.json")):
        steps[state.parent.name] = int(json.loads(state.read_text())["step"])
    steps.pop("judge", None)
    _write_facts(config, target, steps)
    return steps


def _write_facts(config: Config, target: Path, steps: dict[str, int]) -> None:
    files = sorted(p for p in target.rglob("*.safetensors"))
    facts = {
        "config": config.name,
        "picture_size": config.picture_size,
        "steps": steps,
        "seed": config.seed,
        "versions": versions(),
        "sha256": {str(p.relative_to(target)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files},
    }
    (target / "facts.json").write_text(json.dumps(facts, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", choices=CONFIGS, default="cpu")
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--from", dest="origin", type=Path, help="a finished model to take the rest from")
    given = parser.parse_args()
    print(build(CONFIGS[given.config], given.to, given.origin))


if __name__ == "__main__":
    main()
