"""The example pictures of the presets for old photos, drawn here: `python -m starter.photo_pictures`.

Each is grey on its left and in colours on its right, as a photo is before and after.
"""

from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

FOLDER = Path(__file__).parents[1] / "static/img/preset"
SIZE, TIMES, QUALITY = (192, 144), 4, 82
Draw = ImageDraw.ImageDraw


def person(draw: Draw) -> None:
    """Head and shoulders before a wall."""
    draw.rectangle((0, 0, 768, 576), fill="#b9c3bd")
    draw.polygon([(150, 576), (205, 455), (330, 405), (440, 405), (565, 455), (620, 576)], fill="#5b7386")
    draw.polygon([(335, 400), (385, 500), (435, 400)], fill="#efe9df")
    draw.rectangle((345, 330, 425, 430), fill="#c9946f")
    draw.ellipse((265, 60, 505, 300), fill="#4a3224")
    draw.ellipse((290, 95, 480, 365), fill="#dba984")
    draw.pieslice((272, 62, 498, 270), 180, 360, fill="#4a3224")
    for x in (340, 414):
        draw.ellipse((x, 220, x + 22, 238), fill="#33281f")
        draw.arc((x - 8, 196, x + 32, 226), 200, 340, fill="#4a3224", width=7)
    draw.line((386, 232, 378, 276, 394, 280), fill="#b98561", width=6, joint="curve")
    draw.chord((350, 292, 420, 330), 10, 170, fill="#b5605c")


def building(draw: Draw) -> None:
    """A house with a tree under the sky."""
    draw.rectangle((0, 0, 768, 390), fill="#9cc3e4")
    draw.ellipse((520, 50, 720, 120), fill="#f1f4f6")
    draw.rectangle((0, 380, 768, 576), fill="#7d9a4a")
    draw.polygon([(330, 576), (430, 576), (400, 400), (360, 400)], fill="#cdbfa4")
    draw.rectangle((190, 210, 570, 440), fill="#b05c43")
    draw.polygon([(150, 220), (380, 70), (610, 220)], fill="#5d4b46")
    for x in (235, 455):
        draw.rectangle((x, 265, x + 75, 345), fill="#eadfc6")
        draw.rectangle((x + 8, 273, x + 67, 337), fill="#5f7f95")
    draw.rectangle((345, 320, 415, 440), fill="#6b4a2f")
    draw.rectangle((655, 330, 685, 450), fill="#6e5136")
    draw.ellipse((585, 160, 755, 360), fill="#58803a")


def mixed(draw: Draw) -> None:
    """People before a house."""
    building(draw)
    for x, coat in ((250, "#47647c"), (400, "#a1503f"), (520, "#d9c9a5")):
        draw.rounded_rectangle((x - 45, 380, x + 45, 576), 40, fill=coat)
        draw.ellipse((x - 34, 300, x + 34, 384), fill="#dba984")
        draw.pieslice((x - 38, 292, x + 38, 372), 180, 360, fill="#46301f")


def half_grey(paint: Callable[[Draw], None]) -> Image.Image:
    """What `paint` draws: grey on the left, with a line in the middle."""
    size = SIZE[0] * TIMES, SIZE[1] * TIMES
    whole = Image.new("RGB", size)
    paint(ImageDraw.Draw(whole))
    whole = whole.filter(ImageFilter.GaussianBlur(1.5)).resize(SIZE, Image.Resampling.LANCZOS)
    middle = SIZE[0] // 2
    whole.paste(whole.crop((0, 0, middle, SIZE[1])).convert("L").convert("RGB"), (0, 0))
    ImageDraw.Draw(whole).line((middle, 0, middle, SIZE[1]), fill="white", width=2)
    return whole


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, paint in (("auto", mixed), ("person", person), ("building", building)):
        half_grey(paint).save(FOLDER / f"{name}.webp", quality=QUALITY, method=6)


if __name__ == "__main__":
    main()
