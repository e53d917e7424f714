"""Pictures that come with a job: read, and fitted to a frame. Knows nothing about what they are for."""

import io

from PIL import Image, ImageOps

from studio.engines.base import EngineError

MAX_PIXELS = 33_000_000

Size = tuple[int, int]


def decode(data: bytes) -> Image.Image:
    """`data` (PNG, JPEG or WebP) as RGBA. Raises EngineError("invalid_image")."""
    try:
        picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
        if picture.width * picture.height > MAX_PIXELS:
            raise EngineError("invalid_image")
        return picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise EngineError("invalid_image") from error


def fitted(picture: Image.Image, size: Size, how: str) -> Image.Image:
    """`picture` at `size` (width, height): "crop" cuts off what is too much, "stretch" changes its proportions."""
    if picture.size == size:
        return picture
    if how == "stretch":
        return picture.resize(size, Image.Resampling.LANCZOS)
    return ImageOps.fit(picture, size, Image.Resampling.LANCZOS)


def on_white(picture: Image.Image) -> Image.Image:
    """RGB, what is transparent as white paper."""
    sheet = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    return Image.alpha_composite(sheet, picture.convert("RGBA")).convert("RGB")
