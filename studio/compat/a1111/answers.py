"""What is told in the words of A1111's API: finished pictures, how far one is, models, samplers and settings."""

import base64
import json
from typing import Any

from django.utils import timezone

from gallery.metadata import parameters_text
from studio.commands import delivering
from studio.commands.checkpoints import Making
from studio.commands.programs import End
from studio.compat.a1111 import wishes
from studio.compat.a1111.wishes import Asked
from studio.engines import samplers
from studio.models import Model

HASH = 10
# What `options` tells besides the model. They are what is done here, and cannot be set otherwise.
FIXED = {
    "samples_format": "png",
    "CLIP_stop_at_last_layers": 1,
    "live_previews_enable": True,
    "show_progress_type": "VAE",
}
SCHEDULES = ("automatic", "karras")


def pictures(asked: Asked, end: End) -> dict[str, Any]:
    """`images`, `parameters` and `info`, the latter as JSON in a text."""
    shown = [_base64(delivering.picture(work, delivering.Form())) for work in end.works] if asked.send_images else []
    told = asked.model_dump(exclude={"init_images", "mask"})
    return {"images": shown, "parameters": told, "info": json.dumps(_info(asked, end), ensure_ascii=False)}


def _info(asked: Asked, end: End) -> dict[str, Any]:
    params, works, first = end.params, end.works, end.works[0]
    prompts = [str(params.get("prompt") or "")] * len(works)
    negatives = [str(params.get("negative_prompt") or "")] * len(works)
    return {
        "prompt": prompts[0],
        "all_prompts": prompts,
        "negative_prompt": negatives[0],
        "all_negative_prompts": negatives,
        "seed": first.seed,
        "all_seeds": [work.seed for work in works],
        "width": first.width,
        "height": first.height,
        "sampler_name": first.recipe.get("facts", {}).get("sampler") or params.get("sampler") or "",
        "cfg_scale": params.get("guidance_scale"),
        "steps": params.get("steps"),
        "batch_size": len(works),
        "denoising_strength": params.get("strength"),
        "sd_model_name": end.model,
        "index_of_first_image": 0,
        "infotexts": [parameters_text(work.recipe, work.seed, work.width, work.height) for work in works],
        "job_timestamp": f"{first.created_at:%Y%m%d%H%M%S}",
        "brushwire": {"generation": str(end.generation), "device_seconds": end.cost},
    }


def progress(making: Making | None, *, with_picture: bool) -> dict[str, Any]:
    """How far the key's newest generation is; zeros where it makes nothing."""
    state = {"skipped": False, "interrupted": False, "stopping_generation": False, "job": "", "job_count": 0}
    state |= {"job_timestamp": "0", "job_no": 0, "sampling_step": 0, "sampling_steps": 0}
    told = {"progress": 0.0, "eta_relative": 0.0, "state": state, "current_image": None, "textinfo": None}
    if making is None:
        return told
    state |= {"job": str(making.generation), "job_count": making.count, "job_no": making.index}
    state |= {"sampling_step": making.step, "sampling_steps": making.total}
    told |= {"progress": making.done, "textinfo": "Waiting..." if making.waits else None}
    if making.began is not None:
        spent = (timezone.now() - making.began).total_seconds()
        state["job_timestamp"] = f"{making.began:%Y%m%d%H%M%S}"
        told["eta_relative"] = spent * (1 - making.done) / making.done if making.done else 0.0
    if with_picture and making.jpeg:
        told["current_image"] = _base64(wishes.thumbnail(making.jpeg))
    return told


def model(row: Model) -> dict[str, Any]:
    """An entry of `sd-models`."""
    short = row.fingerprint[:HASH]
    told = {"title": title(row), "model_name": row.name, "hash": short, "sha256": None, "filename": row.name}
    return told | {"config": None}


def title(row: Model) -> str:
    """What `options` and `override_settings` call it."""
    return f"{row.name} [{row.fingerprint[:HASH]}]"


def options(row: Model) -> dict[str, Any]:
    """The settings."""
    return {"sd_model_checkpoint": title(row), "sd_checkpoint_hash": row.fingerprint} | FIXED


def sampler_list(row: Model) -> list[dict[str, Any]]:
    """Those of the model; "Automatic" is its own, and the only one of some."""
    names = ["Automatic", *samplers.offered(row.family)]
    return [{"name": name, "aliases": [], "options": {}} for name in names]


def schedulers() -> list[dict[str, Any]]:
    """The schedules that belong to samplers of ours."""
    rest = {"aliases": None, "default_rho": -1.0, "need_inner_model": False}
    return [{"name": name, "label": name.capitalize()} | rest for name in SCHEDULES]


def upscalers(rows: list[Model]) -> list[dict[str, Any]]:
    """What makes pictures larger."""
    able = [row for row in rows if "upscale" in row.tools]
    rest = {"model_name": None, "model_path": None, "model_url": None}
    return [{"name": name, "scale": scale} | rest for name, scale in [("None", 4), *((row.name, 2) for row in able)]]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
