"""InvokeAI's `invokeai_metadata` (JSON), of its versions 3 and later."""

from typing import Any

from gallery.metadata import samplers
from gallery.metadata.found import MOST_LEFT, MOST_LORAS, Found, decimal, whole, words

TAKEN = {
    "positive_prompt",
    "negative_prompt",
    "steps",
    "cfg_scale",
    "scheduler",
    "seed",
    "width",
    "height",
    "strength",
    "model",
    "loras",
    "generation_mode",
}
# Says nothing that would change a picture here.
SILENT = {"app_version", "rand_device", "_canvas_objects", "canvas_v2_metadata", "ref_images", "metadata_version"}


def settings(told: Any) -> Found | None:
    """What it says in our own words; None for anything else."""
    if not isinstance(told, dict) or "positive_prompt" not in told:
        return None
    mode = words(told.get("generation_mode"))
    params = {
        "prompt": words(told["positive_prompt"]),
        "negative_prompt": words(told.get("negative_prompt")),
        "steps": whole(told.get("steps")),
        "guidance_scale": decimal(told.get("cfg_scale")),
        "sampler": samplers.ours(words(told.get("scheduler"))),
        "seed": whole(told.get("seed")),
        "width": whole(told.get("width")),
        "height": whole(told.get("height")),
        "strength": decimal(told.get("strength")),
        "loras": _loras(told.get("loras")),
    }
    left = [str(name)[:40] for name, value in told.items() if name not in TAKEN | SILENT and value not in (None, [], 0)]
    tool = "image_to_image" if "img2img" in mode else "inpaint" if "paint" in mode else "text_to_image"
    return Found("invokeai", params, _name(told.get("model")), tool, left[:MOST_LEFT])


def _name(model: Any) -> str:
    """Its versions differ in where a model's name stands."""
    if not isinstance(model, dict):
        return words(model)
    return words(model.get("name")) or words(model.get("model_name"))


def _loras(told: Any) -> list[dict[str, Any]]:
    if not isinstance(told, list):
        return []
    entries = [each for each in told[:MOST_LORAS] if isinstance(each, dict)]
    named = [(_name(each.get("model") or each.get("lora")), decimal(each.get("weight"))) for each in entries]
    return [{"name": name, "weight": 1.0 if weight is None else weight} for name, weight in named if name]
