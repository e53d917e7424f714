"""What a chat model writes, as it comes: server-sent events of OpenAI's chat completions, or one JSON answer."""

from collections.abc import AsyncIterator
from typing import Any

from studio.engines.base import EngineError
from studio.engines.chat_scene import code
from studio.engines.remote.client import JSON_MOST, Answer, Incoming
from studio.engines.remote.errors import RemoteError
from studio.values import strictjson

# Bytes of the whole stream: each event carries a word or two, wrapped in JSON of some hundred bytes.
STREAM_MOST = 64 * 2**20


async def pieces(answer: Incoming) -> AsyncIterator[str]:
    """The pieces of text, until the answer is whole.

    Raises RemoteError: `engine_error` where the server says that it failed, `engine_broken` for what is no such answer
    and for one that ends before it is whole; EngineError `scene_too_long` for one that does not end, or that the model
    was not let finish.
    """
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":  # a server that knows no streams
        yield await _at_once(answer)
        return
    if kind != "text/event-stream":
        raise RemoteError("engine_broken", status=answer.status)
    whole, size, ended = "", 0, False
    async for data in _events(answer):
        if data == "[DONE]":
            ended = True
            break
        piece, reason = _piece(data)
        ended = ended or bool(reason)
        if reason == "length":
            raise EngineError("scene_too_long", limit=code.MOST // 1000)
        if not piece:
            continue
        size += len(piece.encode(errors="replace"))
        if size > code.MOST + code.AROUND:
            raise EngineError("scene_too_long", limit=code.MOST // 1000)
        whole += piece
        yield piece
    if not ended and not code.is_whole(whole):
        raise RemoteError("engine_broken", status=answer.status)


async def _events(answer: Incoming) -> AsyncIterator[str]:
    data: list[str] = []
    async for line in answer.lines(STREAM_MOST):
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []
    if data:
        yield "\n".join(data)


def _piece(data: str) -> tuple[str, str]:
    """What one event adds, and why the model stopped; empty where it does not say."""
    try:
        said = strictjson.loads(data)
    except ValueError:
        raise RemoteError("engine_broken") from None
    if not isinstance(said, dict):
        raise RemoteError("engine_broken")
    if said.get("error"):
        raise RemoteError("engine_error")
    choice = _choice(said)
    delta = choice.get("delta")
    text = delta.get("content") if isinstance(delta, dict) else None
    reason = choice.get("finish_reason")
    return _clean(text), reason if isinstance(reason, str) else ""


async def _at_once(answer: Incoming) -> str:
    body = await answer.read(JSON_MOST)
    said = await Answer(answer.status, answer.headers, body).read_json()
    if said.get("error"):
        raise RemoteError("engine_error")
    choice = _choice(said)
    message = choice.get("message")
    text = _clean(message.get("content") if isinstance(message, dict) else None)
    if not text:
        raise RemoteError("engine_broken")
    if choice.get("finish_reason") == "length" or len(text.encode()) > code.MOST + code.AROUND:
        raise EngineError("scene_too_long", limit=code.MOST // 1000)
    return text


def _choice(said: dict[str, Any]) -> dict[str, Any]:
    """The first choice; an event without any (of what it cost, say) adds nothing."""
    choices = said.get("choices")
    if choices is None or choices == []:
        return {}
    if not isinstance(choices, list) or not isinstance(choices[0], dict):
        raise RemoteError("engine_broken")
    return choices[0]


def _clean(text: Any) -> str:
    """Text without what no UTF-8 has: halves of surrogates, which JSON can carry."""
    return text.encode(errors="replace").decode() if isinstance(text, str) else ""
