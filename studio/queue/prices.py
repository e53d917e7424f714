"""What a request costs, in device seconds: megapixels x steps x pictures x the model's weight.

Known before anything is made, the same whatever else the device does just then, and charged before the request waits
(studio/queue/lifecycle.py). The device's own measure, Generation.device_seconds, is what the fair share goes by.
"""

from statistics import median
from typing import Any

from django.core.cache import cache

from studio.models import Generation, Model, State
from studio.tools.base import Tool

MEGAPIXEL = 1_000_000
# Device seconds for one step of one megapixel until something was measured: as on a graphics card of 2023.
BY_FAMILY = {"sd": 0.15, "sdxl": 0.15, "sd3": 0.3, "z_image": 0.5, "lumina2": 0.5, "aura_flow": 0.6, "chroma": 1.0}
BY_FAMILY |= {"flux": 1.0, "chat": 20.0}  # of a chat model: for a scene
OTHERWISE = 0.2
# Finished generations that are looked at for a measured weight, how few are too few, for how long (s) it is kept.
LOOKED_AT = 40
FEWEST = 8
KEPT_FOR = 300


def cost(tool: Tool, model: Model, params: dict[str, Any]) -> float:
    """The device seconds that are charged for such a request, its `params` fitted to its inputs (Tool.fitted)."""
    return round(work(tool, params) * weight_of(model, tool), 3)


def work(tool: Tool, params: dict[str, Any]) -> float:
    """Megapixel-steps: what the network is asked, and once more each picture's pixels where it is enlarged."""
    if tool.counts_pixels:
        return tool.effort(params)
    pixels = int(params.get("width") or 0) * int(params.get("height") or 0) / MEGAPIXEL
    steps, times = tool.real_steps(params), int(params.get("upscale") or 1)
    enlarged = pixels * times**2 if times > 1 else 0.0
    return float((pixels * steps + enlarged) * int(params.get("count", 1)))


def weight_of(model: Model, tool: Tool) -> float:
    """Device seconds for a megapixel-step: what the administrator says, else what this tool took here lately, else what
    models of the family usually take."""
    if model.cost_weight is not None:
        return model.cost_weight
    key = f"weight:{model.name}:{tool.name}"
    known: float | None = cache.get(key)
    if known is None:
        known = _measured(model, tool)
        if known is not None:
            cache.set(key, known, KEPT_FOR)
    return known if known is not None else BY_FAMILY.get(model.family, OTHERWISE)


def _measured(model: Model, tool: Tool) -> float | None:
    like = Generation.objects.filter(model_name=model.name, tool=tool.name, state=State.FINISHED, device_seconds__gt=0)
    rows = like.order_by("-finished_at").values_list("params", "device_seconds")[:LOOKED_AT]
    done = [(work(tool, params), seconds) for params, seconds in rows if params.get("count")]
    found = [seconds / asked for asked, seconds in done if asked]
    # Two digits: a price should not change with every picture.
    return float(f"{median(found):.2g}") if len(found) >= FEWEST else None
