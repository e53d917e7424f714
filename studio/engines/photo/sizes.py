"""Which network sizes a colouring asks for: one, or three side by side."""

from collections.abc import Mapping
from typing import Any

from studio.engines.photo import presets

# Three around one that was asked for.
AROUND = (0.75, 1.0, 1.35)


def open_to_faces(params: Mapping[str, Any]) -> bool:
    """Whether it is left to the photo how large it is seen, so that faces in it would count."""
    return not params.get("network_size") and params.get("preset") not in presets.PRESETS


def asked(params: Mapping[str, Any], width: int, height: int, faces: int | None = None) -> list[int]:
    """The network size of each result of a photo of these sides; `faces` that a detector has found, if there is one."""
    size = int(params.get("network_size") or 0)
    three = bool(params.get("three"))
    if size:
        around = AROUND if three else (1.0,)
        return [min(presets.MOST_SIZE, max(presets.LEAST_SIZE, round(size * each))) for each in around]
    choice = presets.auto(width, height, faces)
    name: presets.Name = choice.preset
    if params.get("preset") in presets.PRESETS:
        name = params["preset"]
    elif not three:
        return [choice.size]
    return list(presets.three(name)) if three else [presets.PRESETS[name].usual]


def preset(params: Mapping[str, Any], width: int, height: int, faces: int | None = None) -> str:
    """The name of the preset that these come from, "" for a size that was asked for."""
    if params.get("network_size"):
        return ""
    named = str(params.get("preset") or "auto")
    return named if named in presets.PRESETS else presets.auto(width, height, faces).preset
