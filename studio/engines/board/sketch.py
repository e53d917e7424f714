"""A person's drawing as the networks want it: white lines on black for a ControlNet, its colours on neutral paper.

Nothing is learned here: grey-scale morphology on a canvas about twice the model's size.
Lengths are pixels of a canvas of 256 px and grow with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageOps

from studio.engines.board import outlines, pictures
from studio.engines.board.morphology import dilate, erode

# (channels, height, width), 0..1
Layers = NDArray[np.float32]

# Strokes up to this width are lines; whatever is wider is an area, of which only the outline counts.
WIDEST_STROKE = 17
# A stroke wider than this is thinned to its middle, because the ControlNet learned lines of about 3 pixels.
WIDEST_LINE = 6
# Differences from the surroundings below this are paper grain, soft edges or JPEG noise.
FAINT = 0.1
# Largest minus smallest channel: above it a mark has a colour, below it is pencil, ink or a shade of grey.
COLOURFUL = 0.18
# A drawing is "in colour" when colourful marks cover this much of the paper, and of all its marks.
COLOUR_OF_PAPER, COLOUR_OF_MARKS = 0.004, 0.1
PAPER_GREY = 0.5
# Paper that is left around a drawing that is cut out, as a share of its longer side.
MARGIN = 0.06
# Reducing the canvas dims thin lines; the ControlNet was trained with this much added back.
GAIN = 1.4


@dataclass(frozen=True, slots=True)
class Options:
    """How to read a drawing: `invert` for chalk on a board, `threshold` as FAINT, `contrast` above 1 makes marks
    darker, `crop` leaves the empty paper around them out."""

    invert: bool = False
    threshold: float = FAINT
    contrast: float = 1.0
    crop: bool = False

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> "Options":
        """Those among a job's parameters."""
        known = {each.name: params[each.name] for each in fields(cls) if each.name in params}
        return cls(**known)


@dataclass(frozen=True)
class Sketch:
    """A drawing at the model's size (`width` x `height`), each view of it RGB and worked out when it is asked for.

    `canvas` is the drawing on white (3 channels), `marks` where something was drawn (1 channel), both larger.
    `faint` as FAINT.
    """

    canvas: Layers
    marks: Layers
    width: int
    height: int
    faint: float = FAINT

    @cached_property
    def board(self) -> Image.Image:
        """As it was drawn, on white."""
        return _image(self.canvas, self.width, self.height)

    @cached_property
    def lines(self) -> Image.Image:
        """White lines on black."""
        plain, strokes = self._areas
        lines = _image(_lines(plain, strokes, self._unit, self.faint), self.width, self.height)
        return lines.point(lambda value: min(255, round(value * GAIN)))

    @cached_property
    def lineart(self) -> Image.Image:
        """Soft white lines on black."""
        return outlines.lineart(self.board, self.faint)

    @cached_property
    def edges(self) -> Image.Image:
        """Thin white edges on black."""
        return outlines.canny(self.board, self.faint)

    @cached_property
    def colours(self) -> Image.Image | None:
        """Its coloured areas on grey, without its pencil strokes; None for a drawing without colour."""
        if not _in_colour(self.canvas, self.marks):
            return None
        return _image(_colours(self.canvas, self._areas[0], self.marks), self.width, self.height)

    @cached_property
    def _areas(self) -> tuple[Layers, Layers]:
        return _without_strokes(self.canvas, self.marks, self._unit)

    @property
    def _unit(self) -> float:
        return max(self.canvas.shape) / 256


def read(data: bytes, width: int, height: int, options: Options = Options()) -> Sketch:
    """The drawing in `data` (PNG, JPEG or WebP; white or transparent paper) fitted into `width` x `height` pixels.

    It keeps its proportions: what is missing at the sides is paper. Raises EngineError("invalid_image").
    """
    scale = min(512, max(256, 2 * max(width, height))) / max(width, height)
    picture = pictures.decode(data)
    if options.invert:
        picture = _inverted(picture)
    if options.crop:
        picture = picture.crop(_content(picture, options.threshold))
    canvas, marks = _paper(picture, round(width * scale), round(height * scale), options.contrast)
    return Sketch(canvas, marks, width, height, options.threshold)


def _inverted(picture: Image.Image) -> Image.Image:
    result = ImageOps.invert(picture.convert("RGB"))
    result.putalpha(picture.getchannel("A"))
    return result


def _content(picture: Image.Image, faint: float) -> tuple[int, int, int, int]:
    """The box of everything that differs from white paper, with a margin; the whole picture when nothing does."""
    paper = ImageChops.invert(pictures.on_white(picture)).split()
    marks = reduce(ImageChops.lighter, paper).point(lambda value: 255 if value > faint * 255 else 0)
    left, top, right, bottom = marks.getbbox() or (0, 0, *picture.size)
    margin = round(MARGIN * max(right - left, bottom - top))
    ends = min(picture.width, right + margin), min(picture.height, bottom + margin)
    return max(0, left - margin), max(0, top - margin), *ends


def _paper(picture: Image.Image, width: int, height: int, contrast: float) -> tuple[Layers, Layers]:
    """The drawing on white (3 channels), and where it has marks (1 channel)."""
    ratio = min(width / picture.width, height / picture.height)
    size = max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio))
    small = picture.resize(size, Image.Resampling.BOX if ratio < 1 else Image.Resampling.BICUBIC)
    # On transparent paper a white stroke is a mark too; on white paper it is the paper again.
    transparent = bool((np.asarray(small)[..., 3] < 128).any())
    sheet = Image.new("RGBA", (width, height), (255, 255, 255, 0))
    sheet.paste(small, ((width - size[0]) // 2, (height - size[1]) // 2))
    planes = np.ascontiguousarray(np.asarray(sheet).transpose(2, 0, 1))  # all that follows goes plane by plane
    values: Layers = planes.astype(np.float32) / np.float32(255)
    colour, cover = values[:3], values[3:]
    canvas = (1 - (1 - colour) * cover * np.float32(contrast)).clip(0, 1)
    marks = cover if transparent else ((1 - canvas).max(0, keepdims=True) * 4).clip(0, 1)
    return canvas, marks


def _without_strokes(canvas: Layers, marks: Layers, unit: float) -> tuple[Layers, Layers]:
    """The areas of the drawing with its strokes removed (4 channels: colour and paper), and the strokes (1 channel)."""
    # In levels of 255, which is all that a drawing has: bytes are compared four times faster.
    layers = (np.concatenate([canvas, 1 - marks]) * 255).round().astype(np.uint8)
    width = round(WIDEST_STROKE * unit)
    # Closing fills what is darker and thin, opening removes what is lighter and thin: only where something was drawn,
    # because a strip of bare paper between two areas is no stroke.
    closed = erode(dilate(layers, width), width)
    lighter = (closed - dilate(erode(closed, width), width)) * marks
    strokes: Layers = np.maximum(closed - layers, lighter).max(0, keepdims=True)
    plain: Layers = closed - lighter
    return plain / np.float32(255), strokes / np.float32(255)


def _lines(plain: Layers, strokes: Layers, unit: float, faint: float) -> Layers:
    # Each stroke against the strongest point near by: pale pencil counts as much as black ink.
    strongest = dilate(strokes, round(7 * unit))
    even = np.where(strongest > faint, strokes / strongest.clip(min=faint), 0)
    solid = (even > 0.5).astype(np.uint8)
    hair = solid - dilate(erode(solid, 3), 3)
    wide = dilate(erode(solid, round(WIDEST_LINE * unit) + 1), round(WIDEST_STROKE * unit) + 2) > 0
    thin = np.where(wide, dilate(_middle(solid), 3), np.maximum(even, dilate(hair, 3)))
    edges = (dilate(plain, 3) - erode(plain, 3)).max(0, keepdims=True) > faint * 1.5
    # The outline of a filled shape is a stroke and an edge at once: it counts as a stroke.
    edges = edges * (1 - dilate(solid, round(5 * unit)))
    return np.maximum(thin, dilate(edges, 3))


def _middle(solid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The skeleton of a mask of zeros and ones, by openings of its erosions (Lantuéjoul 1978)."""
    middle = np.zeros_like(solid)
    while solid.any():
        smaller = erode(solid, 3)
        middle = np.maximum(middle, solid - dilate(smaller, 3))
        solid = smaller
    return middle


def _in_colour(canvas: Layers, marks: Layers) -> bool:
    colourful = float(_colourful(canvas).mean())
    return colourful > COLOUR_OF_PAPER and colourful > COLOUR_OF_MARKS * float((marks > 0.5).mean())


def _colourful(canvas: Layers) -> Layers:
    return (canvas.max(0, keepdims=True) - canvas.min(0, keepdims=True) > COLOURFUL).astype(np.float32)


def _colours(canvas: Layers, plain: Layers, marks: Layers) -> Layers:
    # Bare paper becomes grey: white would wash the picture out, and middle grey is what says least to a model (it is
    # about zero in its latents), so the prompt decides the background. Ink outlines take the colour of their area.
    colourful = _colourful(canvas) * marks
    cover = np.maximum(1 - plain[3:], colourful)
    chosen = np.where(colourful > 0, canvas, plain[:3])
    return chosen * cover + PAPER_GREY * (1 - cover)


def _image(layers: Layers, width: int, height: int) -> Image.Image:
    """One or three channels as an RGB picture of `width` x `height`."""
    whole = np.broadcast_to(layers, (3, *layers.shape[1:])).transpose(1, 2, 0)
    picture = Image.fromarray((np.ascontiguousarray(whole) * 255).round().clip(0, 255).astype(np.uint8))
    shrinks = width <= picture.width
    return picture.resize((width, height), Image.Resampling.BOX if shrinks else Image.Resampling.BICUBIC)


# Which view of a drawing each kind of ControlNet reads.
VIEWS: Mapping[str, Callable[[Sketch], Image.Image]] = {
    "scribble": lambda drawn: drawn.lines,
    "lineart": lambda drawn: drawn.lineart,
    "canny": lambda drawn: drawn.edges,
}
