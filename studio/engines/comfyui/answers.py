"""JSON that a ComfyUI server answers with. Python writes it, so infinities and NaN are in it (limits of nodes, what a
node says of changes), and other people's graphs, as deep as they like: what concerns us is looked for, no more."""

import asyncio
import json
from typing import Any

from studio.engines.remote.client import LONG_JSON, Answer, Client
from studio.engines.remote.errors import RemoteError


async def ask(client: Client, path: str, most: int) -> dict[str, Any]:
    """The JSON object at `path`, of `most` bytes. Raises RemoteError."""
    return await value(await client.request("GET", path, most=most))


async def value(answer: Answer) -> dict[str, Any]:
    """The JSON object in an answer. Raises RemoteError("engine_broken")."""
    found = await asyncio.to_thread(_loads, answer.body) if len(answer.body) > LONG_JSON else _loads(answer.body)
    if not isinstance(found, dict):
        raise RemoteError("engine_broken", status=answer.status)
    return found


def _loads(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
