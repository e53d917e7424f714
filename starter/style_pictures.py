"""The pictures of the public styles, made by the starter: `python -m starter.style_pictures starter/weights`."""

import argparse
from pathlib import Path

from PIL import Image

from starter.model import Model
from starter.train.trainer import be_modest
from studio.values.styles import STYLES

SCENE = "a red house on a grassy hill, blue sky"
FOLDER = Path(__file__).parents[1] / "static/img/presets"
SIDE, QUALITY, STEPS = 128, 80, 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    be_modest()
    FOLDER.mkdir(parents=True, exist_ok=True)
    model = Model(given.folder, STEPS)
    for slug, (_name, prompt, _negative) in STYLES.items():
        (made,) = model.from_words([prompt.replace("{prompt}", SCENE)])
        small = made.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        small.save(FOLDER / f"{slug}.webp", quality=QUALITY, method=6)


if __name__ == "__main__":
    main()
