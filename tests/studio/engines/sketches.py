"""Crude drawings as people make them with a mouse: lines of one width, with or without colours filled in."""

import io
from collections.abc import Callable

from PIL import Image, ImageDraw

SIDE = 512
INK = (30, 30, 34, 255)


class Board:
    """A canvas of 512 px; places are given in 256ths, as (x, y) pairs."""

    def __init__(
        self, *, colour: bool, width: int = 4, ink: tuple[int, ...] = INK, paper: tuple[int, ...] = (0, 0, 0, 0)
    ):
        self.image = Image.new("RGBA", (SIDE, SIDE), paper)
        self.draw = ImageDraw.Draw(self.image)
        self.colour, self.width, self.ink = colour, width * 2, ink

    def line(self, *points: tuple[float, float]) -> None:
        places = [(x * 2, y * 2) for x, y in points]
        self.draw.line(places, fill=self.ink, width=self.width, joint="curve")
        for x, y in places:
            self.draw.ellipse(
                [x - self.width / 2, y - self.width / 2, x + self.width / 2, y + self.width / 2], fill=self.ink
            )

    def area(self, fill: tuple[int, int, int], *points: tuple[float, float]) -> None:
        if self.colour:
            self.draw.polygon([(x * 2, y * 2) for x, y in points], fill=(*fill, 255))
        self.line(*points, points[0])

    def ellipse(self, fill: tuple[int, int, int], x0: float, y0: float, x1: float, y1: float) -> None:
        box = [x0 * 2, y0 * 2, x1 * 2, y1 * 2]
        self.draw.ellipse(box, fill=(*fill, 255) if self.colour else None, outline=self.ink, width=self.width)

    def png(self) -> bytes:
        file = io.BytesIO()
        self.image.save(file, "PNG")
        return file.getvalue()


def house(b: Board) -> None:
    b.area((200, 40, 40), (60, 120), (198, 122), (198, 212), (58, 208))
    b.area((90, 60, 50), (50, 122), (130, 60), (206, 122))
    b.area((120, 80, 40), (110, 210), (112, 160), (146, 160), (145, 211))
    b.line((0, 205), (60, 200))
    b.line((200, 206), (255, 200))
    b.ellipse((250, 210, 50), 200, 20, 236, 56)


def tree(b: Board) -> None:
    b.area((120, 76, 40), (115, 220), (120, 140), (138, 140), (140, 222))
    b.ellipse((50, 150, 60), 75, 50, 185, 150)
    b.line((0, 200), (112, 205))
    b.line((142, 205), (255, 196))


def boat(b: Board) -> None:
    b.area((40, 90, 210), (60, 170), (85, 205), (170, 205), (200, 168))
    b.area((250, 200, 60), (130, 50), (185, 150), (130, 150))
    b.line((130, 150), (130, 170))
    b.line((0, 160), (60, 160))
    b.line((200, 160), (256, 158))


def lighthouse(b: Board) -> None:
    b.area((220, 60, 50), (105, 220), (118, 80), (146, 80), (158, 220))
    b.area((250, 220, 100), (112, 80), (112, 62), (150, 62), (150, 80))
    b.area((120, 40, 40), (112, 62), (131, 44), (150, 62))
    b.line((0, 200), (105, 195))
    b.line((158, 198), (255, 205))


def cat(b: Board) -> None:
    orange = (240, 140, 40)
    b.area(orange, (88, 80), (88, 38), (115, 64))
    b.area(orange, (142, 64), (168, 38), (166, 78))
    b.ellipse(orange, 85, 130, 172, 220)
    b.ellipse(orange, 85, 60, 170, 135)
    b.line((170, 200), (205, 190), (210, 150))


def balloon(b: Board) -> None:
    b.ellipse((140, 60, 190), 80, 30, 180, 140)
    b.line((100, 130), (118, 170))
    b.line((160, 130), (142, 170))
    b.area((150, 100, 50), (114, 170), (146, 170), (146, 194), (114, 194))


DRAWINGS: dict[str, Callable[[Board], None]] = {f.__name__: f for f in (house, tree, boat, lighthouse, cat, balloon)}


def drawing(
    name: str, *, colour: bool = False, width: int = 4, ink: tuple[int, ...] = INK, white: bool = False
) -> bytes:
    """The drawing `name` as a PNG of 512 px, on transparent paper or on white."""
    board = Board(colour=colour, width=width, ink=ink, paper=(255, 255, 255, 255) if white else (0, 0, 0, 0))
    DRAWINGS[name](board)
    return board.png()
