"""What suits checkpoints that often lie on ComfyUI servers, by the names of their files. Numbers only."""

import re
from typing import Any

TOOLS = ("text_to_image", "sketch_to_image", "image_to_image", "inpaint")
# Pattern of the name -> family, steps, guidance, side.
KNOWN: tuple[tuple[Any, ...], ...] = (
    (r"sdxl-turbo|sd-xl-turbo", "sdxl", 4, 1.0, 512),
    (r"sd-turbo", "sd", 4, 1.0, 512),
    (r"lightning|hyper", "sdxl", 8, 1.0, 1024),
    (r"flux.*schnell", "flux", 4, 1.0, 1024),
    (r"flux", "flux", 20, 1.0, 1024),
    (r"sd3|stable-diffusion-3", "sd3", 28, 4.5, 1024),
    (r"xl|pony|illustrious", "sdxl", 25, 6.0, 1024),
)
OTHERWISE: tuple[Any, ...] = ("sd", 20, 7.0, 512)


def suits(name: str) -> dict[str, Any]:
    """Fields of a catalogue row (Model) for a checkpoint that the server calls `name`: family, tools, defaults,
    max_side. DDColor's are for photos, all others for the templates that load a checkpoint."""
    plain = name.lower().replace("_", "-")
    if "ddcolor" in plain:
        return {"family": "ddcolor", "tools": ["colorize"], "defaults": {}, "max_side": 1024}
    family, steps, guidance, side = next(
        (rest for pattern, *rest in KNOWN if re.search(pattern, plain)), list(OTHERWISE)
    )
    defaults = {"steps": steps, "guidance_scale": guidance, "strength": 0.75, "width": side, "height": side}
    return {"family": family, "tools": list(TOOLS), "defaults": defaults, "max_side": max(1024, side)}
