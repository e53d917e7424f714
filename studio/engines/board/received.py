"""Pictures that other servers made: decoded in the process for strangers' files, because they may be anything."""

from PIL import Image

from studio.engines.base import EngineError
from studio.engines.board.pictures import on_white
from studio.engines.remote.errors import RemoteError
from studio.job import Preview
from studio.process import decoding

# Bytes of a picture, and of one on the way; no side of a preview may have more pixels than the third.
PICTURE_MOST = 64 * 2**20
PREVIEW_MOST = 4 * 2**20
PREVIEW_LONGEST = 2048
# What browsers are sent of it, at most.
PREVIEW_SIDE = 256


def opened(data: bytes, longest: int | None = None) -> Image.Image:
    """The pixels (RGB, on white) of a PNG, JPEG or WebP file. Raises RemoteError("engine_broken") for anything else, or
    where a side is longer than `longest`, and EngineError("busy")."""
    if len(data) > PICTURE_MOST:
        raise RemoteError("engine_broken")
    try:
        about, raw = decoding.decode(data, form="raw", longest=longest)
    except decoding.TooComplex:
        raise RemoteError("engine_broken") from None
    except decoding.Busy:
        raise EngineError("busy") from None
    if "refused" in about:
        raise RemoteError("engine_broken")
    picture = Image.frombytes(about["mode"], (about["width"], about["height"]), raw)
    return on_white(picture) if picture.mode == "RGBA" else picture


def preview(data: bytes) -> Preview | None:
    """Small enough to be sent often; None for what cannot be shown, which is no reason to end anything."""
    if len(data) > PREVIEW_MOST:
        return None
    try:
        picture = opened(data, PREVIEW_LONGEST)
    except EngineError:  # RemoteError is one
        return None
    return small(picture)


def small(picture: Image.Image) -> Preview:
    """A picture (RGB) as a preview."""
    reduced = picture.copy()
    reduced.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return Preview(reduced.width, reduced.height, reduced.tobytes())
