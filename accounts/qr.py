"""An address as a QR code, to be pointed at with a phone."""

import base64
import io

import qrcode
from qrcode.image.svg import SvgPathImage


def svg(address: str) -> bytes:
    """The code as an SVG picture."""
    out = io.BytesIO()
    qrcode.make(address, image_factory=SvgPathImage).save(out)
    return out.getvalue()


def data_url(address: str) -> str:
    """The same, ready for the `src` of a picture."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg(address)).decode("ascii")
