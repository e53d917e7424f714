"""Files that say what they are: recipe, IPTC mark of generated pictures, and the label that the law of China asks for.

PNG: text chunks `parameters` (A1111), `brushwire` (JSON), XMP, and `AIGC`. JPEG and WebP: EXIF UserComment (A1111) and
XMP, which also carries our JSON and the label: one UserComment cannot hold both (research/ecosystem.md §6.2, §6.3).
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gallery.metadata.infotext import parameters_text

OURS = "brushwire"
PARAMETERS = "parameters"
LABEL = "AIGC"
XMP_KEY = "XML:com.adobe.xmp"
# https://cv.iptc.org/newscodes/digitalsourcetype/
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED = SOURCE_TYPES + "trainedAlgorithmicMedia"
# A person's drawing is in it.
COMPOSITE = SOURCE_TYPES + "compositeWithTrainedAlgorithmicMedia"

XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    ' xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" xmlns:brushwire="urn:brushwire:1"'
    ' Iptc4xmpExt:DigitalSourceType="{source}">{properties}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
# A JPEG segment holds 65,533 bytes; XMP's name is in it, too.
SEGMENT = 65_000
USER_COMMENT = 0x9286
EXIF_IFD = 0x8769
SOFTWARE = 0x0131
MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
QUALITY = {"jpeg": 92, "webp": 90}
# Of zlib's 0 to 9. Measured at 512 px: 39 ms, where 6, the default, takes 113 ms for files 0 to 4 % smaller.
PNG_EFFORT = 4


@dataclass(frozen=True, slots=True)
class Told:
    """What a file tells: `recipe` with the picture's own `seed`, or None for nobody's eyes; `drawn`: a person's drawing
    or picture went into it; `produced` names the picture in the label."""

    recipe: Mapping[str, Any] | None
    seed: int
    drawn: bool
    produced: str = ""

    def text(self, width: int, height: int) -> str:
        """A1111's parameters; empty without a recipe."""
        return parameters_text(self.recipe, self.seed, width, height) if self.recipe is not None else ""

    def json(self) -> str:
        """Our own form; empty without a recipe."""
        return json.dumps({**self.recipe, "seed": self.seed}, ensure_ascii=False) if self.recipe is not None else ""

    def xmp(self, *, whole: bool) -> str:
        """The XMP packet; `whole`: with our JSON, for files that have no other place for it."""
        properties = {"TC260:AIGC": label(self.produced), "brushwire:Recipe": self.json() if whole else ""}
        tags = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in properties.items() if text)
        return XMP.format(source=COMPOSITE if self.drawn else GENERATED, properties=tags)


def label(produced: str) -> str:
    """The implicit label of GB 45438-2025 for the picture called `produced`; empty unless AIGC_PRODUCER is set."""
    if not settings.AIGC_PRODUCER:
        return ""
    propagator = settings.AIGC_PROPAGATOR
    told = {
        "Label": "1",
        "ContentProducer": settings.AIGC_PRODUCER,
        "ProduceID": produced,
        "ReservedCode1": "",
        "ContentPropagator": propagator,
        "PropagateID": produced if propagator else "",
        "ReservedCode2": "",
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def write_png(picture: Image.Image, recipe: Mapping[str, Any], seed: int, *, drawn: bool, produced: str = "") -> bytes:
    """`picture` as a PNG that carries its recipe; see Told."""
    return encode(picture, "png", Told(recipe, seed, drawn, produced))


def encode(picture: Image.Image, kind: str, told: Told, quality: int | None = None) -> bytes:
    """`picture` (RGB or RGBA) as a file of `kind` (MEDIA_TYPES) that tells `told`. JPEG has white behind what is
    transparent. `quality` (0 to 100) of JPEG and WebP; QUALITY where it is None."""
    out = io.BytesIO()
    if kind == "png":
        picture.save(out, "PNG", pnginfo=_chunks(picture, told), compress_level=PNG_EFFORT)
    else:
        flat = _on_white(picture) if kind == "jpeg" else picture
        xmp = told.xmp(whole=True).encode()
        if len(xmp) > SEGMENT:
            xmp = told.xmp(whole=False).encode()
        flat.save(
            out, kind.upper(), quality=QUALITY[kind] if quality is None else quality, exif=_exif(picture, told), xmp=xmp
        )
    return out.getvalue()


def _chunks(picture: Image.Image, told: Told) -> PngInfo:
    chunks = PngInfo()
    if told.recipe is not None:
        # Pillow writes tEXt where Latin-1 is enough and iTXt (UTF-8) otherwise; readers of either find both.
        chunks.add_text(PARAMETERS, told.text(*picture.size))
        chunks.add_itxt(OURS, told.json())
    chunks.add_itxt(XMP_KEY, told.xmp(whole=False))
    if sign := label(told.produced):
        chunks.add_itxt(LABEL, sign)
    return chunks


def _exif(picture: Image.Image, told: Told) -> bytes:
    text = told.text(*picture.size) or label(told.produced)
    if not text:
        return b""
    exif = Image.Exif()
    exif[SOFTWARE] = "Brushwire"
    # UTF-16 without a mark is big-endian to every reader of A1111's files.
    exif.get_ifd(EXIF_IFD)[USER_COMMENT] = b"UNICODE\0" + text.encode("utf-16-be", "surrogatepass")
    data = exif.tobytes()
    return data if len(data) <= SEGMENT else b""


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper
