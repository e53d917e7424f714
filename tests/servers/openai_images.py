"""A server with images endpoints as OpenAI and Xinference have them, deterministic, and able to misbehave.

`script` holds faults, one for each request that makes pictures; an empty one is answered well. The endpoints and shapes
are those of Xinference 3.2 and of OpenAI's reference.
"""

import asyncio
import base64
import hashlib
import io
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from typing import Any

from PIL import Image

from tests.servers.hosting import Message

MAKING = {
    "/v1/images/generations": "image_generation",
    "/v1/images/edits": "image_edit",
    "/v1/images/variations": "image_edit",
    "/v1/images/inpainting": "image_edit",
}
# Seconds for which a step waits until somebody has asked how far it is.
PATIENCE = 20.0
Fault = Callable[["Call"], Awaitable[None]]


@dataclass
class Call:
    """One request, and the way to answer it."""

    path: str
    fields: dict[str, Any]
    files: dict[str, bytes]
    headers: dict[str, str]
    send: Callable[[Message], Awaitable[None]] = field(repr=False)
    wire: Any = field(repr=False)

    @property
    def making(self) -> bool:
        """Whether it asks for pictures."""
        return self.path in MAKING

    async def answer(self, body: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        head = {"content-type": kind, "content-length": str(len(body))} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        pairs = [(name.encode(), value.encode()) for name, value in head.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": pairs})
        await self.send({"type": "http.response.body", "body": body})

    async def say(self, value: Any, status: int = 200, **headers: str) -> None:
        await self.answer(json.dumps(value).encode(), status, **headers)

    async def refuse(self, status: int, **headers: str) -> None:
        await self.say({"detail": "a secret reason"}, status, **headers)


class ImagesServer:
    """The application. `as_url`: pictures by an address (`*` is the file's name) instead of base64."""

    def __init__(self, *, streams: bool = False, as_url: str = "", secret: str = "") -> None:
        self.streams, self.as_url, self.secret = streams, as_url, secret
        self.script: list[Fault] = []
        self.calls: list[Call] = []
        self.aborted: list[str] = []
        self.progress: dict[str, float] = {}
        self.waiting: dict[str, set[asyncio.Event]] = {}
        self.current: dict[str, Call] = {}
        self.most_at_once = self.now = 0
        self.step_seconds = 0.0
        self.knows_progress = True
        self.form = "PNG"
        self.models = ["z-image-turbo", "sd-turbo"]
        self.side_factor = 1

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        body = (await receive()).get("body", b"")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        fields, files = _read(headers.get("content-type", ""), body)
        call = Call(scope["path"], fields, files, headers, send, scope["extensions"]["wire"])
        self.calls.append(call)
        if self.secret and headers.get("authorization") != f"Bearer {self.secret}":
            await call.refuse(401)
        elif call.making:
            await self._make(call)
        elif call.path == "/v1/models":
            await call.say({"object": "list", "data": [{"id": name} for name in self.models]})
        elif call.path.startswith("/files/"):
            await call.answer(self._file(call.path.removeprefix("/files/")), kind="image/png")
        elif call.path.endswith("/progress") and self.knows_progress:
            await self._tell_progress(call, call.path.split("/")[-2])
        elif call.path.endswith("/abort"):
            self.aborted.append(call.path.split("/")[-2])
            self._forget(self.aborted[-1])
            await call.say({"msg": "done"})
        else:
            await call.refuse(404)

    async def _make(self, call: Call) -> None:
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            if self.script:
                return await self.script.pop(0)(call)
            await self.well(call)
        finally:
            self.now -= 1

    async def well(self, call: Call, count: int | None = None) -> None:
        """As it should be."""
        details = json.loads(call.fields.get("kwargs") or "{}")
        steps = int(details.get("num_inference_steps", 0) * details.get("strength", 1.0))
        request = details.get("request_id", "")
        self.current[request] = call
        for step in range(1, steps + 1):
            if not await self._step(call, request, step / steps):
                await call.refuse(409)  # it was aborted, or is asked for once more under the same name
                return
        if self.current.get(request) is call:
            self._forget(request)
        if call.fields.get("stream") in (True, "true") and self.streams:
            await self._stream(call)
            return
        images = int(call.fields.get("n", 1)) if count is None else count
        pictures = [paint(call, index, self.side_factor) for index in range(images)]
        await call.say({"created": 1, "data": [self._entry(picture) for picture in pictures]})

    async def _step(self, call: Call, request: str, share: float) -> bool:
        """Waits until somebody has asked how far it is, or `step_seconds` where nobody does; whether to go on."""
        if self.current.get(request) is not call:
            return False
        asked = asyncio.Event()
        self.waiting.setdefault(request, set()).add(asked)
        self.progress[request] = share
        if self.step_seconds:
            await asyncio.sleep(self.step_seconds)
        elif self.knows_progress:
            with suppress(TimeoutError):
                await asyncio.wait_for(asked.wait(), PATIENCE)
        return True

    def _forget(self, request: str) -> None:
        self.current.pop(request, None)
        self.progress.pop(request, None)
        for asked in self.waiting.pop(request, ()):
            asked.set()

    async def _tell_progress(self, call: Call, request: str) -> None:
        if request not in self.progress:
            await call.refuse(400)
            return
        await call.say({"progress": self.progress[request]})
        for asked in self.waiting.pop(request, ()):
            asked.set()

    async def _stream(self, call: Call) -> None:
        kind = MAKING[call.path]
        await call.send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"text/event-stream; charset=utf-8")],
            }
        )
        for index in range(int(call.fields["partial_images"])):
            said = {
                "type": f"{kind}.partial_image",
                "b64_json": _text(paint(call, 0), "PNG"),
                "partial_image_index": index,
            }
            await call.send({"type": "http.response.body", "body": event(said), "more_body": True})
        said = {"type": f"{kind}.completed", "b64_json": _text(paint(call, 0), self.form)}
        await call.send({"type": "http.response.body", "body": event(said)})

    def _entry(self, picture: Image.Image) -> dict[str, Any]:
        if not self.as_url:
            return {"b64_json": _text(picture, self.form), "url": None}
        name = base64.urlsafe_b64encode(json.dumps([*picture.size, *picture.tobytes()[:3]]).encode()).decode()
        return {"url": self.as_url.replace("*", name), "b64_json": None}

    def _file(self, name: str) -> bytes:
        width, height, *colour = json.loads(base64.urlsafe_b64decode(name))
        return encoded(Image.new("RGB", (width, height), tuple(colour)), self.form)


def event(said: dict[str, Any]) -> bytes:
    """One server-sent event, cut in two lines of data as the standard allows."""
    return f"event: {said.get('type', '')}\ndata: {json.dumps(said)}\n\n".encode()


def paint(call: Call, index: int, factor: int = 1) -> Image.Image:
    """One colour, from all that was asked for."""
    numbers = [int(text) for text in call.fields["size"].replace("*", "x").split("x")]
    details = json.loads(call.fields.get("kwargs") or "{}")
    details.pop("request_id", None)
    known = [call.fields.get("prompt"), sorted(details.items()), index, sorted(call.files.items())]
    colour = hashlib.sha256(repr(known).encode()).digest()
    return Image.new("RGB", (numbers[0] * factor, numbers[1] * factor), tuple(colour[:3]))


def encoded(picture: Image.Image, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


def _text(picture: Image.Image, form: str) -> str:
    return base64.b64encode(encoded(picture, form)).decode()


def _read(kind: str, body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    if kind.startswith("application/json"):
        return json.loads(body or b"{}"), {}
    if not kind.startswith("multipart/form-data"):
        return {}, {}
    whole = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=HTTP)
    fields: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    for part in whole.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content: Any = part.get_payload(decode=True)
        if part.get_filename():
            files[name] = content
        else:
            fields[name] = content.decode()
    return fields, files
