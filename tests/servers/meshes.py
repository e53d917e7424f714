"""A server that makes shapes of pictures, in both dialects: tasks, their states, a model file, and calling off.

`states` are what it answers about a task, one after the other, the last one again and again. `Faults` around it make
it misbehave.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from tests.servers.faults import answer, answer_json
from tests.servers.hosting import Message

FILE = "/files/model.glb"


class MeshServer:
    """`piapi` or plain. `file` is what it serves, `address` where it says that the file is (`*`: this server)."""

    def __init__(self, file: bytes, *, piapi: bool = False, secret: str = "") -> None:
        self.file, self.piapi, self.secret = file, piapi, secret
        self.address = FILE
        self.states: list[Any] = ["processing", "completed"]
        self.progress: list[Any] = []
        self.asked: list[dict[str, Any]] = []
        self.called_off: list[str] = []
        self.fetched: list[dict[str, str]] = []

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path, tasks = scope["path"], "/api/v1/task" if self.piapi else "/tasks"
        if path == FILE:
            self.fetched.append(headers)
            await answer(send, self.file, kind="model/gltf-binary")
        elif self.secret and self._secret_in(headers) != self.secret:
            await answer_json(send, {"detail": "a secret reason"}, 401)
        elif path == tasks and scope["method"] == "POST":
            self.asked.append(json.loads((await receive()).get("body", b"")))
            await answer_json(send, self._told({"task_id": "task-1", "status": "pending"}))
        elif path == f"{tasks}/task-1" and scope["method"] == "DELETE":
            self.called_off.append(path)
            await answer_json(send, {})
        elif path == f"{tasks}/task-1":
            await answer_json(send, self._state())
        else:
            await answer_json(send, {"detail": "a secret reason"}, 404)

    def _secret_in(self, headers: dict[str, str]) -> str:
        return headers.get("x-api-key", "") if self.piapi else headers.get("authorization", "").removeprefix("Bearer ")

    def _state(self) -> Any:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if not isinstance(state, str):
            return state
        told: dict[str, Any] = {"task_id": "task-1", "status": state}
        if self.progress:
            told["progress"] = self.progress.pop(0)
        if state.lower() == "completed":
            told["output" if self.piapi else "model"] = (
                {"model_file": self.address, "no_background_image": ""} if self.piapi else self.address
            )
        return self._told(told)

    def _told(self, about: dict[str, Any]) -> Any:
        return {"code": 200, "message": "success", "data": about} if self.piapi else about
