"""What suits models that stand behind such servers, by the names that they have there. Numbers only."""

import re
from typing import Any

TOOLS = ("sketch_to_3d",)
# Pattern of the name -> family, steps, guidance, and the parameters that it takes no notice of.
KNOWN: tuple[tuple[str, str, int, float, tuple[str, ...]], ...] = (
    (r"trellis-?2|pixal", "trellis", 25, 7.5, ("prompt", "steps", "guidance_scale")),
    (r"trellis", "trellis", 25, 7.5, ("prompt",)),
)
OTHERWISE: tuple[str, int, float, tuple[str, ...]] = ("image_to_3d", 25, 7.5, ())


def suits(name: str) -> dict[str, Any]:
    """What suits a model that servers call `name`, as fields of Model: family, tools, defaults, unused."""
    plain = name.lower().replace("_", "-")
    family, steps, guidance, unused = next((row[1:] for row in KNOWN if re.search(row[0], plain)), OTHERWISE)
    defaults = {"steps": steps, "guidance_scale": guidance}
    return {"family": family, "tools": list(TOOLS), "defaults": defaults, "unused": list(unused)}
