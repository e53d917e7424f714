"""Sketches as they were drawn, stroke by stroke, on a board of 512 px: what shapes in space are made of in tests.

Of each the file says the Euler number that its shape must have (`euler`, 2 for each closed body less 2 for each hole
through it; null where it may be any), how many `parts` it is of, or with which `error` it is refused.
"""

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

BOARD, WIDTH, INK = 512, 6, (30, 30, 34)
SKETCHES: dict[str, Any] = json.loads((Path(__file__).parents[2] / "fixtures/solids/sketches.json").read_text("utf-8"))


def drawn(name: str, side: int = BOARD, paper: tuple[int, ...] = (255, 255, 255, 255)) -> bytes:
    """A PNG of `side` px of the sketch, with soft edges as a browser draws them."""
    times = 3 * side / BOARD
    board = Image.new("RGBA", (side * 3, side * 3), paper)
    brush = ImageDraw.Draw(board)
    for stroke in SKETCHES[name]["strokes"]:
        places = [(x * times, y * times) for x, y in stroke["points"]]
        ink = (*stroke.get("ink", INK), 255)
        radius = stroke.get("width", WIDTH) * times / 2
        if "fill" in stroke:
            brush.polygon(places, fill=(*stroke["fill"], 255))
        brush.line(places, fill=ink, width=round(2 * radius), joint="curve")
        for x, y in places:
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    file = io.BytesIO()
    board.resize((side, side), Image.Resampling.BOX).save(file, "PNG")
    return file.getvalue()
