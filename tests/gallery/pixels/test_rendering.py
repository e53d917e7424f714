"""Edits carried out with Pillow: each operation, what is refused, and that the page's preview shows the same."""

import json
import subprocess
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw

from gallery.pixels import captions, editing, rendering
from tests.tools import node

PREVIEW = """
import { colour } from "./static/js/studio/editing/pixels.js";
let text = "";
for await (const chunk of process.stdin) text += chunk;
const { data, width, height, operation, numbers } = JSON.parse(text);
const picture = { data: Uint8ClampedArray.from(Buffer.from(data, "hex")), width, height };
colour(picture, operation, numbers);
process.stdout.write(Buffer.from(picture.data).toString("hex"));
"""
COLOURS: list[dict[str, Any]] = [
    {"kind": "adjust", "brightness": 0.4, "contrast": -0.3, "saturation": 0.6, "temperature": 0.7},
    {"kind": "adjust", "brightness": -0.5, "contrast": 0.8, "saturation": -1, "temperature": -1},
    *({"kind": "filter", "name": name, "amount": amount} for name in editing.LOOKS for amount in (0.5, 1)),
    *({"kind": "filter", "name": n, "amount": a} for n in ("blur", "sharpen", "vignette") for a in (0.2, 1)),
]


def photo(mode: str = "RGB") -> Image.Image:
    """Gradients, edges and single pixels, 120 × 80."""
    bands = [Image.linear_gradient("L").resize((120, 80)), Image.radial_gradient("L").resize((120, 80))]
    picture = Image.merge("RGB", [bands[0], bands[1], ImageChops.invert(bands[0])])
    draw = ImageDraw.Draw(picture)
    draw.rectangle((10, 10, 40, 50), fill="red")
    draw.line((0, 79, 119, 0), fill="white")
    if mode == "RGBA":
        picture.putalpha(bands[1])
    return picture


def quarters() -> Image.Image:
    """Four colours: red, green above blue, white."""
    picture = Image.new("RGB", (40, 20), "white")
    draw = ImageDraw.Draw(picture)
    for box, colour in (((0, 0, 19, 9), "red"), ((20, 0, 39, 9), "lime"), ((0, 10, 19, 19), "blue")):
        draw.rectangle(box, fill=colour)
    return picture


def rendered(picture: Image.Image, *operations: dict[str, Any]) -> Image.Image:
    return rendering.render(picture, editing.check(list(operations)))


@pytest.mark.parametrize("operation", COLOURS, ids=lambda o: f"{o.get('name', 'adjust')}-{o.get('amount', '')}")
def test_the_page_previews_what_the_server_renders(operation: dict[str, Any]) -> None:
    picture = photo()
    asked = {"data": picture.convert("RGBA").tobytes().hex(), "width": 120, "height": 80, "operation": operation}
    asked["numbers"] = editing.constants()
    program = [str(node.find()), "--input-type=module", "-e", PREVIEW]
    done = subprocess.run(program, input=json.dumps(asked), capture_output=True, text=True, check=True, cwd=node.ROOT)
    preview = Image.frombytes("RGBA", picture.size, bytes.fromhex(done.stdout)).convert("RGB")
    server = rendered(picture, operation)
    apart = max(most for _least, most in ImageChops.difference(preview, server).getextrema())
    assert apart <= 3, apart
    assert ImageChops.difference(picture, server).getbbox()


def test_turn_goes_clockwise_and_flip_mirrors() -> None:
    turned = rendered(quarters(), {"kind": "turn", "quarters": 1})
    assert turned.size == (20, 40)
    assert turned.getpixel((0, 0)) == (0, 0, 255) and turned.getpixel((19, 0)) == (255, 0, 0)
    flipped = rendered(quarters(), {"kind": "flip", "across": True, "down": False})
    assert flipped.getpixel((0, 0)) == (0, 255, 0)
    assert rendered(quarters(), {"kind": "flip", "across": True, "down": True}).getpixel((0, 0)) == (255, 255, 255)


def test_straightened_picture_has_no_empty_corners_and_the_same_proportions() -> None:
    white = Image.new("RGB", (300, 200), "white")
    for degrees in (-45, -7.5, 3, 30):
        straight = rendered(white, {"kind": "straighten", "degrees": degrees})
        assert straight.getextrema() == ((255, 255),) * 3
        assert straight.width / straight.height == pytest.approx(1.5, abs=0.02)


def test_straighten_turns_clockwise() -> None:
    picture = Image.new("RGB", (100, 100), "white")
    ImageDraw.Draw(picture).rectangle((48, 0, 52, 50), fill="black")  # a hand that points up
    straight = rendered(picture, {"kind": "straighten", "degrees": 30})
    middle = straight.width // 2
    assert straight.getpixel((middle + 10, middle - 17)) == (0, 0, 0)
    assert straight.getpixel((middle, middle - 20)) == (255, 255, 255)


def test_crop_keeps_the_rectangle() -> None:
    cropped = rendered(quarters(), {"kind": "crop", "x": 0.5, "y": 0, "width": 0.5, "height": 0.5})
    assert cropped.size == (20, 10) and cropped.getcolors() == [(200, (0, 255, 0))]
    tiny = rendered(Image.new("RGB", (3, 3)), {"kind": "crop", "x": 0.98, "y": 0.98, "width": 0.02, "height": 0.02})
    assert tiny.size == (1, 1)


@pytest.mark.parametrize("operation", [*COLOURS[::3], {"kind": "straighten", "degrees": 5}])
def test_transparent_pictures_stay_transparent(operation: dict[str, Any]) -> None:
    picture = photo("RGBA")
    changed = rendered(picture, operation)
    assert changed.mode == "RGBA"
    if operation["kind"] != "straighten":
        assert changed.getchannel("A").tobytes() == picture.getchannel("A").tobytes()


CAPTION = {"kind": "caption", "text": "Hello", "place": "bottom", "font": "sans", "size": 0.2, "color": "#ff0000"}


def test_caption_stands_where_it_was_put_and_fits() -> None:
    grey = Image.new("RGB", (300, 200), "gray")
    box = ImageChops.difference(grey, rendered(grey, CAPTION)).getbbox()
    assert box and box[1] > 140 and box[3] <= 200
    long = ImageChops.difference(grey, rendered(grey, CAPTION | {"text": "W" * 60, "place": "top"})).getbbox()
    assert long and long[0] > 0 and long[2] < 300 and long[3] < 60


def test_caption_without_a_font_for_it_is_refused(settings: Any) -> None:
    settings.CAPTION_FONTS = {"sans": ["/nowhere.ttf"], "serif": []}
    grey = Image.new("RGB", (300, 200), "gray")
    assert rendered(grey, CAPTION).tobytes() != grey.tobytes()
    with pytest.raises(captions.Unwritable) as refused:
        rendered(grey, CAPTION | {"text": "A 小船"})
    assert refused.value.characters == "小船"


@pytest.mark.parametrize(
    "operations",
    [
        [],
        {},
        "turn",
        [{"kind": "explode"}],
        [{"kind": "turn", "quarters": 4}],
        [{"kind": "turn", "quarters": "1"}],
        [{"kind": "turn", "quarters": 1}, {"kind": "turn", "quarters": 1}],
        [{"kind": "flip", "across": True, "down": False}, {"kind": "turn", "quarters": 1}],
        [{"kind": "straighten", "degrees": 46}],
        [{"kind": "straighten", "degrees": float("nan")}],
        [{"kind": "crop", "x": 0.6, "y": 0, "width": 0.5, "height": 1}],
        [{"kind": "crop", "x": 0, "y": 0, "width": 0.0, "height": 1}],
        [{"kind": "adjust", "brightness": 1.5}],
        [{"kind": "adjust", "sharpness": 1}],
        [{"kind": "filter", "name": "emboss", "amount": 1}],
        [CAPTION | {"text": "x" * 121}],
        [CAPTION | {"text": "two\nlines"}],
        [CAPTION | {"text": "   "}],
        [CAPTION | {"font": "/etc/passwd"}],
        [CAPTION | {"color": "red"}],
        [CAPTION | {"size": 9}],
    ],
)
def test_bad_edits_are_refused(operations: Any) -> None:
    with pytest.raises(editing.BadEdit):
        editing.check(operations)
