"""Drawings as strokes, as a board records them: what a person draws, not what the renderer draws.

A file holds `en` and `zh`, prompts that suit it, and `strokes`: points on a board of BOARD units, some with a `fill`.
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

FOLDER = Path(__file__).resolve().parent
BOARD, SIDE, WIDTH = 256, 512, 8
INK = (30, 30, 34, 255)


@dataclass(frozen=True, slots=True)
class Drawing:
    """`prompts` by language; `plain` and `coloured`: PNG files of SIDE pixels on transparent paper."""

    name: str
    prompts: dict[str, str]
    plain: bytes
    coloured: bytes


def load() -> list[Drawing]:
    """All of them, by name."""
    return [_drawing(path) for path in sorted(FOLDER.glob("*.json"))]


def _drawing(path: Path) -> Drawing:
    held = json.loads(path.read_text("utf-8"))
    prompts = {"en": held["en"], "zh": held["zh"]}
    plain, coloured = (_painted(held["strokes"], filled=filled) for filled in (False, True))
    return Drawing(path.stem, prompts, plain, coloured)


def _painted(strokes: list[dict[str, Any]], *, filled: bool) -> bytes:
    board = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    brush = ImageDraw.Draw(board)
    for stroke in strokes:
        places = [(x * SIDE / BOARD, y * SIDE / BOARD) for x, y in stroke["points"]]
        if filled and "fill" in stroke:
            brush.polygon(places, fill=(*stroke["fill"], 255))
        brush.line(places, fill=INK, width=WIDTH, joint="curve")
        for x, y in places:
            brush.ellipse((x - WIDTH / 2, y - WIDTH / 2, x + WIDTH / 2, y + WIDTH / 2), fill=INK)
    file = io.BytesIO()
    board.save(file, "PNG")
    return file.getvalue()
