"""A ComfyUI server as a small ASGI application: its protocol as recorded, its pictures simple, its faults on request.

Written from the messages that the real one sends (v0.3.64, server.py and execution.py), not from its code.
"""

import asyncio
import io
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs

from PIL import Image
from websockets.exceptions import InvalidState

from tests.servers import comfy_nodes
from tests.servers.comfy_running import Running
from tests.servers.faults import Faults, answer, answer_json
from tests.servers.hosting import Host, Message, hosted


@dataclass
class Script:
    """How the server behaves. What happens once is set back when it has happened."""

    metadata: bool = True  # knows event 4, for clients that do
    states: bool = True  # sends `progress_state` beside `progress`
    previews: bool = True
    caching: bool = False  # says at once that a graph it has seen is done
    duplicate: bool = False  # sends every event twice
    reorder: bool = False  # sends each two events the other way round
    silent: bool = False  # sends no events to clients
    noise: bool = False  # other people's events, unknown ones, text that is no JSON, binary ones of unknown kind
    huge_preview: int = 0  # so many bytes of a preview that is no picture
    drop_at: int = 0  # once: every connection is reset at this step
    forget_at: int = 0  # once, or `forgets` times: it restarts at this step, and knows nothing any more
    forgets: int = 1
    fail: str = ""  # error, oom, interrupt (by somebody else): at the second step
    loses: bool = False  # ends without a result in history, as one whose result node was not reached
    picture: bytes | None = None  # the result, whatever was made
    hold_at: int = 0  # waits at this step until `held` is set
    wait: float = 0.0  # seconds for each step


def _payload(part: Any) -> bytes:
    return bytes(part.get_payload(decode=True))


def deep(levels: int) -> Any:
    return {"workflow": deep(levels - 1)} if levels else {}


@dataclass(eq=False)
class Prompt:
    """One that waits, runs or ran."""

    id: str
    number: int
    graph: dict[str, Any]
    client: str
    extra: dict[str, Any]
    interrupted: bool = False
    outputs: dict[str, Any] = field(default_factory=dict)

    def row(self) -> list[Any]:
        """As `/queue` tells it."""
        # A node that always changes says so by NaN, which Python writes as such; workflows of the editor are deep.
        extra = self.extra | {"is_changed": [float("nan")], "extra_pnginfo": deep(40)}
        return [self.number, self.id, self.graph, extra, list(self.graph)]


class ComfyServer:
    """What it knows; everything here belongs to the server's thread, `host.do` calls there."""

    host: Host

    def __init__(self) -> None:
        self.script = Script()
        self.faults = Faults()
        self.asked: list[tuple[str, str, Any]] = []  # method, path, JSON or query
        self.uploads: dict[str, bytes] = {}
        self.files: dict[tuple[str, str, str], bytes] = {}
        self.checkpoints: list[str] = list(comfy_nodes.CHECKPOINTS)
        self.missing: set[str] = set()  # classes that are not installed
        self.most: dict[str, int] = {}  # what an input may be at most, where it is less than usual
        self.seen: set[str] = set()
        self.held = asyncio.Event()
        self.holding_now = threading.Event()
        self._counter = 0
        self.forget()

    def forget(self) -> None:
        """As after a restart."""
        self.pending: list[Prompt] = []
        self.running: Prompt | None = None
        self.history: dict[str, Any] = {}
        self.sockets: dict[str, tuple[Any, bool]] = {}
        self._worker: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return self.host.url

    @property
    def prompts(self) -> list[dict[str, Any]]:
        """The bodies of `POST /prompt` so far."""
        return [body for method, path, body in self.asked if (method, path) == ("POST", "/prompt")]

    def times_asked(self, path: str) -> int:
        return sum(1 for _method, each, _body in self.asked if each == path)

    async def app(self, scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
            return
        path = scope["path"].removeprefix("/api")
        body: bytes = (await receive())["body"]
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        if path in ("/upload/image", "/upload/mask"):
            self.asked.append((scope["method"], path, len(body)))
            await self._upload(dict(scope["headers"])[b"content-type"], body, send)
            return
        told = json.loads(body) if body else query
        self.asked.append((scope["method"], path, told))
        await self._route(scope["method"], path, told, send)

    async def _route(self, method: str, path: str, told: Any, send: Any) -> None:
        if path == "/prompt" and method == "POST":
            await self._submit(told, send)
        elif path == "/queue" and method == "POST":
            self.pending = [p for p in self.pending if not told.get("clear") and p.id not in told.get("delete", [])]
            await answer_json(send, {})
        elif path in ("/queue", "/prompt"):
            running = [self.running.row()] if self.running else []
            await answer_json(send, {"queue_running": running, "queue_pending": [p.row() for p in self.pending]})
        elif path == "/interrupt":
            if self.running and told.get("prompt_id") in (None, self.running.id):
                self.running.interrupted = True
                self.held.set()
            await answer_json(send, {})
        elif path == "/history" and method == "POST":
            for ident in told.get("delete", []):
                self.history.pop(ident, None)
            await answer_json(send, {})
        elif path.startswith("/history/"):
            ident = path.removeprefix("/history/")
            await answer_json(send, {ident: self.history[ident]} if ident in self.history else {})
        elif path == "/view":
            data = self.files.get((told.get("type", "output"), told.get("subfolder", ""), told["filename"]))
            await (answer(send, data, kind="image/png") if data is not None else answer(send, b"", 404))
        elif path.startswith("/object_info"):
            info = {name: each for name, each in comfy_nodes.object_info().items() if name not in self.missing}
            info["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"] = (self.checkpoints, {})
            kind = path.removeprefix("/object_info").strip("/")
            await answer_json(send, {name: each for name, each in info.items() if kind in ("", name)})
        elif path == "/system_stats":
            await answer_json(send, {"system": {"comfyui_version": "0.3.64"}, "devices": [{"name": "test"}]})
        else:
            await answer(send, b"", 404)

    async def _upload(self, kind: bytes, body: bytes, send: Any) -> None:
        message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind + b"\r\n\r\n" + body)
        parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
        name, data = parts["image"].get_filename(), _payload(parts["image"])
        fields = {k: _payload(p).decode() for k, p in parts.items() if k != "image"}
        subfolder = fields.get("subfolder", "")
        key = f"{subfolder}/{name}" if subfolder else str(name)
        while key in self.uploads and self.uploads[key] != data and fields.get("overwrite") not in ("true", "1"):
            key += " (1)"
        self.uploads[key] = data
        await answer_json(send, {"name": key.rpartition("/")[2], "subfolder": subfolder, "type": "input"})

    async def _submit(self, told: dict[str, Any], send: Any) -> None:
        graph = told["prompt"]
        for ident, node in graph.items():
            if node["class_type"] not in comfy_nodes.NODES or node["class_type"] in self.missing:
                said = f"Cannot execute because node {node['class_type']} does not exist."
                error = {"type": "invalid_prompt", "message": said, "details": f"Node ID '#{ident}'", "extra_info": {}}
                await answer_json(send, {"error": error, "node_errors": {}}, 400)
                return
        wrong = comfy_nodes.faults_of(graph, set(self.uploads), self.checkpoints, self.most)
        if wrong:
            failed = "Prompt outputs failed validation"
            error = {"type": "prompt_outputs_failed_validation", "message": failed, "details": "", "extra_info": {}}
            await answer_json(send, {"error": error, "node_errors": wrong}, 400)
            return
        self._counter += 1
        ident = told.get("prompt_id") or str(uuid.uuid4())
        client = told.get("client_id", "")
        self.pending.append(Prompt(ident, self._counter, graph, client, told.get("extra_data", {})))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        await answer_json(send, {"prompt_id": ident, "number": self._counter, "node_errors": {}})

    async def _work(self) -> None:
        """One prompt after the other, as long as this is the worker."""
        me = asyncio.current_task()
        while self.pending and self._worker is me:
            self.running = prompt = self.pending.pop(0)
            running = Running(self, prompt)
            said = await running.through()
            if self._worker is not me:
                return  # the server was started anew meanwhile
            self.running = None
            if said is not None:
                self.history[prompt.id] = said
                await self.tell_all(running.status())
                await running.say("executing", node=None)
                await running.flush()
        if self._worker is me:
            self._worker = None

    async def tell_all(self, message: dict[str, Any]) -> None:
        for send, _metadata in list(self.sockets.values()):
            with suppress(OSError, InvalidState):
                await send({"type": "websocket.send", "text": json.dumps(message)})

    async def _socket(self, scope: Message, receive: Any, send: Any) -> None:
        sid = parse_qs(scope["query_string"].decode()).get("clientId", [uuid.uuid4().hex])[0]
        await receive()
        await send({"type": "websocket.accept"})
        self.asked.append(("WS", "/ws", sid))
        self.sockets[sid] = (send, False)
        count = len(self.pending) + (self.running is not None)
        about = {"status": {"exec_info": {"queue_remaining": count}}, "sid": sid}
        await send({"type": "websocket.send", "text": json.dumps({"type": "status", "data": about})})
        first = True
        try:
            while (heard := await receive())["type"] != "websocket.disconnect":
                said = json.loads(heard.get("text") or "{}")
                if first and said.get("type") == "feature_flags":
                    wanted = said["data"].get("supports_preview_metadata") is True and self.script.metadata
                    self.sockets[sid] = (send, wanted)
                    flags = {"supports_preview_metadata": self.script.metadata, "max_upload_size": 104857600}
                    told = json.dumps({"type": "feature_flags", "data": flags})
                    await send({"type": "websocket.send", "text": told})
                first = False
        finally:
            self.sockets.pop(sid, None)  # the new socket of the same sid too, as upstream does (ComfyUI#16010)

    def keep(self, picture: Image.Image, kind: str, prefix: str) -> dict[str, str]:
        """A file in `kind` (output or temp); how its node tells of it."""
        out = io.BytesIO()
        picture.save(out, "PNG")
        data = out.getvalue() if self.script.picture is None else self.script.picture
        name = f"{prefix}_{len(self.files):05}_.png"
        self.files[kind, "", name] = data
        return {"filename": name, "subfolder": "", "type": kind}


@contextmanager
def comfy_server() -> Iterator[ComfyServer]:
    """One on a free port until the end of the block."""
    server = ComfyServer()
    with hosted(server.faults.around(server.app)) as host:
        server.host = host
        yield server
