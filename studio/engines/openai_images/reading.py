"""What a server answered: pictures out of JSON, decoded in the process that is made for the files of strangers."""

import asyncio
import base64
import binascii
import io
from typing import Any

from PIL import Image

from studio.engines.board import received
from studio.engines.openai_images.asking import Ask
from studio.engines.remote.client import Client
from studio.engines.remote.errors import RemoteError
from studio.job import Output

# Bytes of one picture, and of an answer with `n` of them in base64.
PICTURE_MOST = 20 * 2**20
REVISED_MOST = 4000


def most_of(images: int) -> int:
    """How long an answer with so many pictures may be, in bytes."""
    return 2**20 + images * PICTURE_MOST * 4 // 3


async def pictures_of(client: Client, answer: Any, images: int) -> list[tuple[Image.Image, dict[str, Any]]]:
    """The pictures in an ImagesResponse, with the facts it tells of each. Raises RemoteError, EngineError("busy")."""
    data = answer.get("data")
    if not isinstance(data, list) or len(data) != images:
        raise RemoteError("engine_broken")
    return [(await _picture(client, entry), _facts(entry)) for entry in data]


async def _picture(client: Client, entry: Any) -> Image.Image:
    if not isinstance(entry, dict):
        raise RemoteError("engine_broken")
    text, url = entry.get("b64_json"), entry.get("url")
    if isinstance(text, str) and text:
        return await decoded(text)
    if not isinstance(url, str) or not url:
        raise RemoteError("engine_broken")
    if url.startswith("data:image/") and ";base64," in url[:64]:
        return await decoded(url.partition(",")[2])
    return await asyncio.to_thread(opened, (await fetched(client, url)))


async def fetched(client: Client, url: str) -> bytes:
    """The file at `url`: a full address on the same server, or a path. A path that leads nowhere (Xinference names
    files on its own disk) is an answer that cannot be used."""
    try:
        return (await client.fetch(url, most=PICTURE_MOST)).body
    except RemoteError as error:
        if error.code == "engine_refused":
            raise RemoteError("engine_broken", status=error.status) from None
        raise


async def decoded(text: str) -> Image.Image:
    """A picture in base64."""
    return await asyncio.to_thread(_decoded, text)


def _decoded(text: str) -> Image.Image:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise RemoteError("engine_broken") from None
    return opened(data)


def opened(data: bytes) -> Image.Image:
    """See board/received.py; at most PICTURE_MOST bytes."""
    if len(data) > PICTURE_MOST:
        raise RemoteError("engine_broken")
    return received.opened(data)


def _facts(entry: Any) -> dict[str, Any]:
    revised = entry.get("revised_prompt")
    return {"revised_prompt": revised[:REVISED_MOST]} if isinstance(revised, str) and revised else {}


def output(ask: Ask, index: int, picture: Image.Image, facts: dict[str, Any]) -> Output:
    """The finished picture `index` as a file of the kind that was asked for; a PNG is not compressed: it is read again
    at once, by whoever keeps it."""
    out = io.BytesIO()
    options = {"quality": 92} if ask.media_type == "image/jpeg" else {"compress_level": 0}
    ask.finish(picture).save(out, ask.media_type.removeprefix("image/").upper(), **options)
    return Output(out.getvalue(), ask.media_type, ask.seed + index, facts)
