"""Settings out of a file, whoever wrote it: ours, A1111's, InvokeAI's or ComfyUI's, in this order."""

import json
from typing import Any

from gallery.metadata import comfyui, infotext, invokeai
from gallery.metadata.containers import texts
from gallery.metadata.found import Found, loads, whole, words


def read(data: bytes) -> Found | None:
    """What the file says about how its picture was made; None when that is nothing. Never raises."""
    told = texts(data)
    return (
        _ours(loads(told.get("brushwire", "")))
        or infotext.settings(told.get("parameters", ""))
        or invokeai.settings(loads(told.get("invokeai_metadata", "")))
        or comfyui.settings(loads(told.get("prompt", "")))
        or comfyui.settings(comfyui.as_prompt(loads(told.get("workflow", ""))))
    )


def read_png(data: bytes) -> dict[str, Any]:
    """What a PNG says about itself: our recipe with its seed, else A1111's pairs, else {}. ValueError: not a PNG."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or len(data) < 33:
        raise ValueError("not a readable PNG")
    told = texts(data)
    try:
        ours = json.loads(told.get("brushwire", ""))
    except ValueError:
        ours = None
    if isinstance(ours, dict):
        return ours
    return infotext.parse_parameters(told["parameters"]) if "parameters" in told else {}


def _ours(recipe: Any) -> Found | None:
    """Our own form loses nothing; its values are as foreign as all others until a tool's form has checked them."""
    if not isinstance(recipe, dict) or not isinstance(recipe.get("params"), dict):
        return None
    params = {name: value for name, value in recipe["params"].items() if isinstance(name, str) and len(name) <= 40}
    params["seed"] = whole(recipe.get("seed", params.get("seed")))
    return Found("brushwire", params, words(recipe.get("model")), words(recipe.get("tool")))
