"""What has to be made before something else that was asked for: a picture of the drawing, say, that lies on its shape.

The two are one request: they are checked, charged and queued together (commands/generations.py), and cancelling one
ends the other. studio/queue/sequels.py hands the picture on.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from accounts.models import User
from studio import tools
from studio.commands import wording
from studio.models import Input, Model
from studio.protocol import Submit
from studio.queue import prices
from studio.tools.base import Tool
from studio.tools.first import First

RANDOM_SEED_BELOW = 2**32
# Widths and heights of pictures are multiples of this.
GRID, LEAST = 8, 64


@dataclass(frozen=True, slots=True)
class Planned:
    """A generation that is to be queued before another one: what studio/queue/lifecycle.py `submit` takes."""

    command: str
    tool: Tool
    model: Model
    role: str
    row: dict[str, Any]

    @property
    def cost(self) -> float:
        """Device seconds."""
        return float(self.row["cost"])


def plan(user: User, first: First, model: Model, given: Mapping[str, Input], command: Submit) -> Planned:
    """`first` by `model`, as large as that usually makes pictures, in the shape of the drawing that was `given`.

    Raises Refused: invalid, prompt_blocked, input_required.
    """
    tool = tools.find(first.tool)
    mine = {role: each for role, each in given.items() if role in (*tool.needs, *tool.takes)}
    sizes = {role: (each.width, each.height) for role, each in mine.items()}
    shape = _shaped(tool, model, next(iter(sizes.values()))) if sizes else {}
    params, notes = wording.admit(user, tool.clean(first.params | shape, model))
    params["loras"] = []
    if params.get("seed") is None:
        params["seed"] = secrets.randbelow(RANDOM_SEED_BELOW)
    fitted = tool.fitted(params, sizes, model)
    row = {
        "params": fitted,
        "inputs": {role: str(each.pk) for role, each in mine.items()},
        "board": command.board,
        "notes": notes,
        "cost": prices.cost(tool, model, fitted),
    }
    # The same request sent again finds both of its rows again.
    return Planned(uuid5(NAMESPACE_OID, f"{user.pk}:{command.id}:first").hex, tool, model, first.role, row)


def _shaped(tool: Tool, model: Model, size: tuple[int, int]) -> dict[str, int]:
    """As many pixels as the model usually makes, in the proportions of `size`: the picture shall lie on the drawing."""
    usual = tool.form_class.defaults(model)
    area = float(usual.get("width", 512)) * float(usual.get("height", 512))
    ratio = size[0] / size[1]
    width, height = (
        min(model.max_side // GRID * GRID, max(LEAST, round(side / GRID) * GRID))
        for side in (sqrt(area * ratio), sqrt(area / ratio))
    )
    return {"width": width, "height": height}
