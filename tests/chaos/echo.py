"""A socket application that is slow to hear and says as much as it is asked for: what config.server must live with."""

import asyncio
from typing import Any


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """`say:1000` sends so many messages of 10 kB, `wait:20` so many of 2 MB, each when the one before was read;
    anything else is heard within 20 ms. HTTP: the word "ok", its second letter as many seconds later as it is asked
    for, 50 MB of an event stream, or one without an end."""
    if scope["type"] == "http" and scope["path"] == "/stream":
        kind = (b"content-type", b"text/event-stream")
        await send({"type": "http.response.start", "status": 200, "headers": [kind]})
        for _ in range(5000):
            await send({"type": "http.response.body", "body": b"x" * 10_000, "more_body": True})
        return await send({"type": "http.response.body", "body": b""})
    if scope["type"] == "http" and scope["path"] == "/api/v1/events":
        kind = (b"content-type", b"text/event-stream")
        await send({"type": "http.response.start", "status": 200, "headers": [kind]})
        await send({"type": "http.response.body", "body": b": begun\n\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        return await send({"type": "http.response.body", "body": b": over\n\n"})
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"o", "more_body": True})
        await asyncio.sleep(float(scope["query_string"] or b"0"))
        return await send({"type": "http.response.body", "body": b"k"})
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
            continue
        text = event.get("text") or ""
        for _ in range(int(text.removeprefix("say:")) if text.startswith("say:") else 0):
            await send({"type": "websocket.send", "text": "x" * 10_000})
            await asyncio.sleep(0)
        for _ in range(int(text.removeprefix("wait:")) if text.startswith("wait:") else 0):
            await send({"type": "websocket.send", "bytes": b"x" * 2_000_000, "wait": True})
        await asyncio.sleep(0.02)
        await send({"type": "websocket.send", "text": "heard"})
    return None
