"""What suits models that often stand behind such servers, by the names that they have there. Numbers only.

Z-Image and sd-turbo as in Xinference's table of models, the others as our own engine takes them.
"""

import re
from typing import Any

from studio.engines.openai_images.asking import TOOLS

WORDS_ONLY = ("text_to_image",)
# Pattern of the name -> family, steps, guidance, side, tools.
KNOWN: tuple[tuple[str, str, int, float, int, tuple[str, ...]], ...] = (
    (r"z-image-turbo|liujuan-zimage", "z_image", 9, 0.0, 1024, ("text_to_image", "image_to_image", "sketch_to_image")),
    (r"z-image", "z_image", 28, 4.0, 1024, ("text_to_image", "image_to_image", "sketch_to_image")),
    (r"sdxl-turbo", "sdxl", 1, 0.0, 512, TOOLS),
    (r"sd-turbo", "sd", 1, 0.0, 512, TOOLS),
    (r"flux.*schnell", "flux", 4, 0.0, 1024, WORDS_ONLY),
    (r"flux", "flux", 28, 3.5, 1024, TOOLS),
    (r"(gpt|chatgpt)-image", "gpt_image", 1, 0.0, 1024, TOOLS),
    (r"dall-e", "dall_e", 1, 0.0, 1024, TOOLS),
    (r"sdxl|stable-diffusion-xl", "sdxl", 30, 6.0, 1024, TOOLS),
    (r"stable-diffusion-3|sd3", "sd3", 28, 4.5, 1024, TOOLS),
)
# What the plain endpoints have no field for.
UNUSED = ["negative_prompt", "steps", "guidance_scale", "strength", "sampler", "seed"]
OTHERWISE: tuple[str, int, float, int, tuple[str, ...]] = ("other", 25, 5.0, 1024, TOOLS)


def suits(name: str, dialects: set[str]) -> dict[str, Any]:
    """What suits a model that servers of these dialects call `name`, as fields of Model: family, tools, defaults,
    max_side, unused."""
    plain = name.lower().replace("_", "-")
    found = next((row[1:] for row in KNOWN if re.search(row[0], plain)), OTHERWISE)
    return _fields(*found) | {"unused": UNUSED if dialects == {"openai"} else []}


def _fields(family: str, steps: int, guidance: float, side: int, can: tuple[str, ...]) -> dict[str, Any]:
    # Of one step a part is none: image-to-image then takes it whole.
    defaults = {"steps": steps, "guidance_scale": guidance, "strength": 1.0 if steps == 1 else 0.75}
    size = {"width": side, "height": side}
    return {"family": family, "tools": list(can), "defaults": defaults | size, "max_side": max(1024, side)}
