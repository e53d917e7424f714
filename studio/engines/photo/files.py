"""A photo's file into upright pixels, and pixels into a file: for what keeps a photo's colours as they are."""

import io
import warnings

from PIL import Image, ImageOps

from studio.engines.base import EngineError
from studio.engines.photo.reading import DAMAGED, FORMATS, MOST_PIXELS

# Of zlib's 0 to 9: whoever keeps the file writes it anew.
PNG_LEVEL = 1
QUALITY = 93


def read(data: bytes) -> Image.Image:
    """The picture in a PNG, JPEG or WebP file: RGB, or RGBA where something is transparent; upright.

    Raises EngineError: "unsupported_image_type" (another kind of file, or one that moves), "image_too_large" (more than
    33 megapixels), "invalid_image" (damaged).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
        if picture.width * picture.height > MOST_PIXELS:
            raise EngineError("image_too_large", limit=f"{MOST_PIXELS // 1_000_000} MP")
        if getattr(picture, "n_frames", 1) > 1:
            raise EngineError("unsupported_image_type")
        upright = ImageOps.exif_transpose(picture)
        return upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except EngineError:
        raise
    except (*DAMAGED, Image.DecompressionBombError) as error:
        raise EngineError("invalid_image") from error


def written(picture: Image.Image, media_type: str) -> bytes:
    """The file: "image/png", or "image/jpeg", in which what is transparent is white."""
    out = io.BytesIO()
    if media_type == "image/jpeg":
        if picture.mode == "RGBA":
            sheet = Image.new("RGBA", picture.size, "white")
            picture = Image.alpha_composite(sheet, picture)
        picture.convert("RGB").save(out, "JPEG", quality=QUALITY, subsampling=0)
    else:
        picture.save(out, "PNG", compress_level=PNG_LEVEL)
    return out.getvalue()
