"""Contact sheets to look at: `python -m starter.sheets starter/weights --to starter`.

`prompts.jpg`: 64 random prompts, in both languages, as people would write them. `sketches.jpg`: 64 drawings, each with
the picture made from it: first the recorded strokes of `starter.drawings`, in lines and in colour, then random hands.
`recorded.png` is the picture by which a test knows the weights again.
"""

import argparse
import random
from pathlib import Path

from PIL import Image

from starter import drawings
from starter.evaluate import WORLDS
from starter.model import Images, Model
from starter.scene import render, sample_spec
from starter.scene.captions import caption
from starter.scene.hand import any_hand
from starter.scene.sheet import grid
from starter.train.data import HELD_OUT
from starter.train.trainer import be_modest
from studio.engines.board import sketch

COUNT, COLUMNS = 64, 8
# Seeds of their own: the scenes of the figures are others.
FIRST = HELD_OUT + 1_000_000
SIDE, SMALL = 144, 100
QUALITY = 84
RECORDED = "recorded.png"


def prompts_sheet(model: Model) -> tuple[Image.Image, list[str]]:
    """The sheet, and the prompts row by row."""
    asked = []
    for k in range(COUNT):
        rng = random.Random(FIRST + k)
        asked.append(caption(sample_spec(rng), rng))
    return grid(_finished(model, model.from_words(asked)), COLUMNS, SIDE), asked


def sketches_sheet(model: Model) -> tuple[Image.Image, list[str]]:
    """The sheet of (drawing, picture) side by side, and the prompts row by row."""
    shown, made, asked = _recorded(model)
    lines, more = [], []
    for k in range(COUNT - len(asked)):
        rng = random.Random(FIRST + k)
        spec = sample_spec(rng, WORLDS["core"])
        lines.append(render(spec, FIRST + k).sketch(any_hand(rng), k)[0])
        more.append(caption(spec, rng))
    shown += [_on_white(image) for image in lines]
    made += model.from_lines(more, lines)
    pairs = [image for pair in zip(shown, _finished(model, made), strict=True) for image in pair]
    return grid(pairs, 2 * COLUMNS, SMALL), asked + more


def _recorded(model: Model) -> tuple[Images, Images, list[str]]:
    """The recorded drawings in lines (English), then in colour (Chinese): as drawn, the pictures, the prompts."""
    every = drawings.load()
    plain = [sketch.read(each.plain, model.size, model.size) for each in every]
    coloured = [sketch.read(each.coloured, model.size, model.size) for each in every]
    english, chinese = [each.prompts["en"] for each in every], [each.prompts["zh"] for each in every]
    made = model.from_lines(english, [_without_gain(view.lines) for view in plain])
    made += model.from_colours(
        chinese,
        [view.colours or view.board for view in coloured],
        [_without_gain(view.lines) for view in coloured],
    )
    return [view.board for view in (*plain, *coloured)], made, english + chinese


def _without_gain(lines: Image.Image) -> Image.Image:
    # The studio's lines are ready for the network; the model adds their gain itself.
    return lines.convert("L").point(lambda value: round(value / sketch.GAIN))


def recorded(folder: Path) -> Image.Image:
    """The same picture every time, as long as the weights are the same."""
    return Model(folder, 6).from_words(["a red house on a grassy hill, sunny day, cartoon"])[0]


def _on_white(lines: Image.Image) -> Image.Image:
    return lines.convert("L").point(lambda value: 255 - value).convert("RGB")


def _finished(model: Model, images: Images) -> Images:
    return model.doubled(images) if model.upscaler else images


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--few", action="store_true", help="the UNet for few steps")
    parser.add_argument("--to", type=Path, required=True, help="the folder for the sheets")
    given = parser.parse_args()
    be_modest()
    recorded(given.folder).save(given.to / RECORDED, optimize=True)
    model = Model(given.folder, given.steps, few=given.few)
    for name, (sheet, asked) in {"prompts": prompts_sheet(model), "sketches": sketches_sheet(model)}.items():
        sheet.save(given.to / f"{name}.jpg", quality=QUALITY, optimize=True)
        for row in range(0, COUNT, COLUMNS):
            print(name, row // COLUMNS + 1, " | ".join(asked[row : row + COLUMNS]), flush=True)


if __name__ == "__main__":
    main()
