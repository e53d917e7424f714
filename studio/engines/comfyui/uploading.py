"""Pictures brought to a ComfyUI server, where they stay: named by what is in them, so the same one lies there once."""

import hashlib
import io
import re

from PIL import Image

from studio.engines.comfyui import answers
from studio.engines.remote.client import Client
from studio.engines.remote.errors import RemoteError

FOLDER = "brushwire"
NAME = re.compile(r"[\w .()-]{1,200}")


def file(picture: Image.Image) -> bytes:
    """A PNG without anything but pixels; fast rather than small, the server is near."""
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


async def upload(client: Client, data: bytes) -> str:
    """Bring a PNG there; what a node that loads pictures calls it. Raises RemoteError."""
    name = f"{hashlib.sha256(data).hexdigest()[:40]}.png"
    form = {"type": "input", "subfolder": FOLDER, "overwrite": "true"}
    files = {"image": (name, data, "image/png")}
    answer = await client.request("POST", "upload/image", files=files, data=form, most=2**16)
    said = await answers.value(answer)
    # It may call it otherwise. What it says goes into a graph and nowhere else, but only as a plain name.
    called, folder = said.get("name"), said.get("subfolder", "")
    if not isinstance(called, str) or not NAME.fullmatch(called) or folder not in ("", FOLDER):
        raise RemoteError("engine_broken", status=answer.status)
    return f"{folder}/{called}" if folder else called
