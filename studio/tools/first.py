"""What a tool may want made before its own work begins."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class First:
    """To be made with `tool`, by `params`, of what was given for the other one; its picture becomes the other one's
    input of that `role`."""

    tool: str
    params: dict[str, Any]
    role: str
