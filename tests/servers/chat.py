"""A chat server as OpenAI has it, deterministic, and able to misbehave: what it writes is `says`, piece by piece.

`script` holds faults, one for each request; an empty one is answered well. FAULTS names each with the code it ends in.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from tests.servers.hosting import Message
from tests.servers.openai_images import Call, Fault

SCENE = """import * as THREE from "three";

export default function build({ scene, camera, target }) {
  // 一个红色的方块 🎈
  const cube = new THREE.Mesh(new THREE.BoxGeometry(1, 1, 1), new THREE.MeshStandardMaterial({ color: 0xd84a3a }));
  cube.position.y = 0.5;
  scene.add(cube, new THREE.HemisphereLight(0xffffff, 0x336699, 2));
  camera.position.set(3, 2, 4);
  target.set(0, 0.5, 0);
  return (seconds) => { cube.rotation.y = seconds; };
}
"""
ANSWER = f"Here it is:\n\n```js\n{SCENE}```\nEnjoy!"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"


class ChatServer:
    """The application. `pause` lies between two pieces (s); what comes after `hold_at` characters waits until that is
    None."""

    def __init__(self) -> None:
        self.says, self.size, self.pause = ANSWER, 7, 0.0
        self.hold_at: int | None = None
        self.script: list[Fault] = []
        self.calls: list[Call] = []
        self.left = 0

    @property
    def asked(self) -> dict[str, Any]:
        """The last request."""
        return self.calls[-1].fields

    async def __call__(self, scope: Message, receive: Callable[[], Any], send: Any) -> None:
        body = (await receive()).get("body", b"")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        fields = json.loads(body) if body else {}
        call = Call(scope["path"], fields, {}, headers, send, scope["extensions"]["wire"])
        if call.path == "/v1/models":
            return await call.say({"object": "list", "data": [{"id": "writer"}]})
        if call.path != "/v1/chat/completions":
            return await call.refuse(404)
        self.calls.append(call)
        if self.script:
            return await self.script.pop(0)(call)
        try:
            await self.well(call)
        except (OSError, asyncio.CancelledError):
            self.left += 1  # nobody listens any more
        return None

    async def well(self, call: Call) -> None:
        """As it should be."""
        await begin(call)
        for at in range(0, len(self.says), self.size):
            while self.hold_at is not None and at >= self.hold_at:
                await asyncio.sleep(0.01)
            await tell(call, chunk(self.says[at : at + self.size]))
            if self.pause:
                await asyncio.sleep(self.pause)
        await tell(call, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        await tell(call, {"choices": [], "usage": {"total_tokens": 12}})
        await end(call, b"data: [DONE]\n\n")


def chunk(text: Any, reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]}


async def begin(call: Call, kind: str = "text/event-stream; charset=utf-8") -> None:
    headers = [(b"content-type", kind.encode())]
    await call.send({"type": "http.response.start", "status": 200, "headers": headers})


async def tell(call: Call, value: Any) -> None:
    await raw(call, f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode())


async def raw(call: Call, data: bytes) -> None:
    await call.send({"type": "http.response.body", "body": data, "more_body": True})


async def end(call: Call, data: bytes = b"") -> None:
    await call.send({"type": "http.response.body", "body": data, "more_body": False})


def writes(*events: Any, done: bool = False) -> Fault:
    """These events (bytes as they are), then the end."""

    async def fault(call: Call) -> None:
        await begin(call)
        for event in events:
            await (raw(call, event) if isinstance(event, bytes) else tell(call, event))
        await end(call, b"data: [DONE]\n\n" if done else b"")

    return fault


def status(code: int) -> Fault:
    async def fault(call: Call) -> None:
        await call.refuse(code)

    return fault


def answers(data: bytes, kind: str) -> Fault:
    async def fault(call: Call) -> None:
        await call.answer(data, kind=kind)

    return fault


def whole(text: Any, **more: Any) -> Fault:
    """One JSON answer instead of a stream."""
    return answers(json.dumps({"choices": [{"message": {"content": text}} | more]}).encode(), "application/json")


async def reset(call: Call) -> None:
    await call.wire.raw(HEAD + b'data: {"choices": [{"delta": {"content": "```js\\nexport')
    await asyncio.sleep(0.01)
    call.wire.reset()


async def stalled(call: Call) -> None:
    await begin(call)
    await tell(call, chunk("```js\n"))
    await asyncio.sleep(30)


async def endless(call: Call) -> None:
    await begin(call)
    for _ in range(400):
        await tell(call, chunk("x" * 1000))
    await end(call)


FENCED = "```js\nexport default () => {};\n```"
FAULTS: dict[str, tuple[Fault, str]] = {
    "401": (status(401), "engine_unauthorised"),
    "404": (status(404), "engine_refused"),
    "400": (status(400), "engine_refused"),
    "429": (status(429), "engine_busy"),
    "500": (status(500), "engine_error"),
    "redirect": (status(302), "engine_not_allowed"),
    "reset": (reset, "engine_broken"),
    "stalled": (stalled, "engine_timeout"),
    "cut before it is whole": (writes(chunk("```js\nexport default")), "engine_broken"),
    "nothing at all": (writes(), "engine_broken"),
    "garbage": (writes(b"data: {not json\n\n"), "engine_broken"),
    "a list": (writes([1, 2]), "engine_broken"),
    "choices are no list": (writes({"choices": "no"}), "engine_broken"),
    "an error in the stream": (writes({"error": {"message": "a secret reason"}}), "engine_error"),
    "a web page": (answers(b"<html>login</html>", "text/html"), "engine_broken"),
    "no type": (answers(b"x", ""), "engine_broken"),
    "one answer without text": (whole(None), "engine_broken"),
    "one answer that is cut off": (whole("```js\n", finish_reason="length"), "scene_too_long"),
    "one answer with an error": (answers(b'{"error": {"code": 1}}', "application/json"), "engine_error"),
    "one answer that is no JSON": (answers(b"{", "application/json"), "engine_broken"),
    "too long by its limit": (writes(chunk("```js\n"), chunk("", "length"), done=True), "scene_too_long"),
    "without an end": (endless, "scene_too_long"),
    "no code": (writes(chunk("I would rather not."), done=True), "scene_missing"),
    "code that is no scene": (writes(chunk("```js\nalert(1)\n```"), done=True), "scene_missing"),
    "only thoughts": (writes(chunk(f"<think>{FENCED}"), done=True), "scene_missing"),
    "a scene that is too long": (
        writes(chunk("```js\nexport default () => {};\n//" + "x" * 199_990 + "\n```"), done=True), "scene_too_long",
    ),
}  # fmt: skip
