"""Server-sent events of OpenAI's streamed images: partial pictures while it is made, then the whole one."""

from collections.abc import AsyncIterator
from typing import Any

from studio.engines.remote.client import Incoming
from studio.engines.remote.errors import RemoteError
from studio.values import strictjson

# A line holds a whole picture in base64.
KINDS = ("image_generation", "image_edit")


async def events(answer: Incoming, most: int) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """(`partial_image` or `completed`, what it says) until the stream ends; other events are passed over.

    Raises RemoteError: `engine_error` where the server says that it failed, `engine_broken` for what is no such event.
    """
    data: list[str] = []
    async for line in answer.lines(most):
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
            continue
        if line or not data:
            continue
        text, data = "\n".join(data), []
        if text == "[DONE]":
            return
        told = _event(text)
        if told:
            yield told
    if data and data != ["[DONE]"]:
        told = _event("\n".join(data))
        if told:
            yield told


def _event(text: str) -> tuple[str, dict[str, Any]] | None:
    try:
        said = strictjson.loads(text)
    except ValueError:
        raise RemoteError("engine_broken") from None
    if not isinstance(said, dict):
        raise RemoteError("engine_broken")
    if said.get("error") or said.get("type") == "error":
        raise RemoteError("engine_error")
    kind, _, what = str(said.get("type", "")).rpartition(".")
    return (what, said) if kind in KINDS and what in ("partial_image", "completed") else None
