"""One prompt on the ComfyUI test server: its nodes in order, and the events that its client hears, as they were asked
to be broken."""

import asyncio
import io
import json
import struct
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from PIL import Image
from websockets.exceptions import InvalidState

from tests.servers.comfy_nodes import NODES, Latent, Sampling

if TYPE_CHECKING:
    from tests.servers.comfyui import ComfyServer, Prompt

PREVIEW, TEXT, PREVIEW_WITH_METADATA = 1, 3, 4
FORMATS = {"JPEG": 1, "PNG": 2}


class Interrupted(Exception):
    """Somebody ended it."""


class Failed(Exception):
    """A node raised an error."""


class Forgotten(Exception):
    """The server was started anew while it ran."""


class Running:
    """The way of `prompt` through `server`."""

    def __init__(self, server: "ComfyServer", prompt: "Prompt") -> None:
        self._server, self._prompt = server, prompt
        self._made: dict[str, tuple[Any, ...]] = {}
        self._node = ""
        self._kept_back: list[dict[str, Any]] = []

    async def through(self) -> dict[str, Any] | None:
        """Run it; what history says of it, None where nobody will hear of it again."""
        prompt, script = self._prompt, self._server.script
        graph = prompt.graph
        known = json.dumps(graph, sort_keys=True)
        cached = list(graph) if script.caching and known in self._server.seen else []
        try:
            await self.say("execution_start", timestamp=_now())
            await self.say("execution_cached", nodes=cached, timestamp=_now())
            for ident, node in graph.items():
                if NODES[node["class_type"]].output_node:
                    await self._result(ident, quiet=bool(cached))
        except Interrupted:
            await self.say("execution_interrupted", **self._where(), executed=list(self._made), timestamp=_now())
            return self._story("error", "execution_interrupted", {"node_id": self._node})
        except Failed as error:
            kind = "torch.OutOfMemoryError" if "memory" in str(error) else "RuntimeError"
            told = {"exception_message": str(error), "exception_type": kind, "traceback": ["File /srv/comfy/x.py"]}
            await self.say("execution_error", **self._where(), **told, executed=[], current_inputs={}, timestamp=_now())
            return self._story("error", "execution_error", told | self._where())
        except Forgotten:
            return None
        self._server.seen.add(known)
        await self.say("execution_success", timestamp=_now())
        return self._story("success", "execution_success", {})

    def status(self) -> dict[str, Any]:
        return {"type": "status", "data": {"status": {"exec_info": {"queue_remaining": len(self._server.pending)}}}}

    def _where(self) -> dict[str, Any]:
        return {"node_id": self._node, "node_type": self._prompt.graph[self._node]["class_type"]}

    def _story(self, status: str, last: str, said: dict[str, Any]) -> dict[str, Any]:
        outputs = {} if self._server.script.loses else self._prompt.outputs
        messages = [["execution_start", {"prompt_id": self._prompt.id}], [last, said | {"prompt_id": self._prompt.id}]]
        about = {"status_str": status, "completed": status == "success", "messages": messages}
        return {"prompt": self._prompt.row(), "outputs": outputs, "status": about, "meta": {}}

    async def _result(self, ident: str, *, quiet: bool) -> None:
        node = self._prompt.graph[ident]
        (link,) = [value for value in node["inputs"].values() if isinstance(value, list)]
        image: Image.Image = await self._value(link, quiet=quiet)
        await self._enter(ident, quiet=quiet)
        if node["class_type"] == "SaveImageWebsocket":
            await self._send_picture(image, "PNG")
            return
        kind = "output" if node["class_type"] == "SaveImage" else "temp"
        said = {"images": [self._server.keep(image, kind, node["inputs"].get("filename_prefix", "ComfyUI_temp"))]}
        self._prompt.outputs[ident] = said
        await self.say("executed", node=ident, display_node=ident, output=said)

    async def _value(self, link: list[Any], *, quiet: bool) -> Any:
        ident, output = link
        if ident not in self._made:
            node = self._prompt.graph[ident]
            inputs = {}
            for name, value in node["inputs"].items():
                inputs[name] = await self._value(value, quiet=quiet) if isinstance(value, list) else value
            if node["class_type"].startswith("LoadImage"):
                inputs["image"] = Image.open(io.BytesIO(self._server.uploads[inputs["image"]]))
            await self._enter(ident, quiet=quiet)
            made = NODES[node["class_type"]].make(inputs)
            self._made[ident] = (await self._sampled(made, quiet=quiet),) if isinstance(made, Sampling) else made
        return self._made[ident][output]

    async def _enter(self, ident: str, *, quiet: bool) -> None:
        self._node = ident
        if self._prompt.interrupted:
            raise Interrupted
        if not quiet:
            await self.say("executing", node=ident, display_node=ident)

    async def _sampled(self, sampling: Sampling, *, quiet: bool) -> Latent:
        for step in range(1, sampling.steps + 1):
            await self._trouble(step)
            if quiet:
                continue
            said = {"value": step, "max": sampling.steps}
            place = {"node_id": self._node, "display_node_id": self._node, "prompt_id": self._prompt.id}
            if self._server.script.states:
                await self.say("progress_state", nodes={self._node: said | place | {"state": "running"}})
            late = not self._metadata
            if self._server.script.previews and not late:
                await self._send_picture(_small(sampling.at(step)), "JPEG")
            await self.say("progress", **said, node=self._node)
            if self._server.script.previews and late:
                await self._send_picture(_small(sampling.at(step)), "JPEG")
        return Latent(sampling.at(sampling.steps), sampling.mask)

    async def _trouble(self, step: int) -> None:
        server, script = self._server, self._server.script
        await asyncio.sleep(script.wait)
        if step == script.hold_at:
            server.holding_now.set()
            await server.held.wait()
        if step == script.drop_at:
            script.drop_at = 0
            server.host.drop_all()
            await asyncio.sleep(0.05)
        if step == script.forget_at and script.forgets:
            script.forgets -= 1
            server.forget()
            server.host.drop_all()
            raise Forgotten
        if step == 2 and script.fail == "interrupt":
            self._prompt.interrupted = True
        elif step == 2 and script.fail:
            raise Failed(
                "Allocation on device: out of memory" if script.fail == "oom" else "mat1 and mat2: \x1b[31mbad"
            )
        if self._prompt.interrupted:
            raise Interrupted

    @property
    def _metadata(self) -> bool:
        return self._server.sockets.get(self._prompt.client, (None, False))[1]

    async def _send_picture(self, picture: Image.Image, form: str) -> None:
        out = io.BytesIO()
        picture.save(out, form)
        data = b"\xff" * self._server.script.huge_preview or out.getvalue()
        if self._metadata:
            about = {"node_id": self._node, "display_node_id": self._node, "prompt_id": self._prompt.id}
            head = json.dumps(about | {"image_type": f"image/{form.lower()}"}).encode()
            await self._send(struct.pack(">II", PREVIEW_WITH_METADATA, len(head)) + head + data)
        else:
            await self._send(struct.pack(">II", PREVIEW, FORMATS[form]) + data)

    async def say(self, kind: str, **data: Any) -> None:
        """An event of this prompt for its client."""
        await self._send(json.dumps({"type": kind, "data": data | {"prompt_id": self._prompt.id}}))

    async def _send(self, told: str | bytes) -> None:
        script = self._server.script
        if script.silent:
            return
        if script.noise:
            for each in _noise():
                await self._out(each)
        for _time in range(2 if script.duplicate else 1):
            await self._out(told)

    async def _out(self, told: str | bytes) -> None:
        self._kept_back.append({"type": "websocket.send", "text" if isinstance(told, str) else "bytes": told})
        if not self._server.script.reorder or len(self._kept_back) == 2:
            await self.flush()

    async def flush(self) -> None:
        """Send what was kept back, the last first."""
        going, self._kept_back = self._kept_back[::-1], []
        send, _metadata = self._server.sockets.get(self._prompt.client, (None, False))
        with suppress(OSError, InvalidState):  # it has just left
            for message in going if send else []:
                await send(message)


def _noise() -> list[str | bytes]:
    foreign = {"node": "3", "value": 9, "max": 9, "prompt_id": "00000000-0000-4000-8000-000000000000"}
    return [
        json.dumps({"type": "progress", "data": foreign}),
        json.dumps({"type": "etn_workflow_published", "data": {"x": 1}}),
        json.dumps({"type": "executing", "data": [1, 2]}),
        "not JSON {",
        struct.pack(">I", 77) + b"of an unknown kind",
        struct.pack(">II", TEXT, 1) + b"3some text",
        struct.pack(">II", PREVIEW_WITH_METADATA, 4_000_000_000) + b"{}",
        b"\x00",
    ]


def _small(picture: Image.Image) -> Image.Image:
    return picture.resize((max(8, picture.width // 8), max(8, picture.height // 8)))


def _now() -> int:
    return int(time.time() * 1000)
