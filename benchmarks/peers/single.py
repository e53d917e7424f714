"""One asyncio process with websockets and diffusers: `python -m benchmarks.peers.single PORT WAY`.

One call a message. WAY `blocking` calls the pipeline on the event loop, as the first tutorials do; `executor` calls it
in a thread, one at a time, so that the loop stays free for others.
"""

import asyncio
import base64
import io
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import websockets
from PIL import Image

from benchmarks.peers.stock import Stock


def encoded(picture: Image.Image, kind: str) -> str:
    """As base64 text."""
    file = io.BytesIO()
    picture.save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


class Server:
    """The pipeline and its sockets."""

    def __init__(self, way: str) -> None:
        self.stock = Stock()
        self.pool = ThreadPoolExecutor(1) if way == "executor" else None

    async def serve(self, socket: Any) -> None:
        """One page: answers each `generate` with `progress` after every step and one `result`."""
        async for text in socket:
            wanted = json.loads(text)
            if self.pool is None:
                for message in self._all(wanted):
                    await socket.send(message)
            else:
                await self._from_thread(socket, wanted, self.pool)

    def _all(self, wanted: dict[str, Any]) -> list[str]:
        """Everything there is to say, once the picture is done: a loop that is blocked sends nothing before."""
        told: list[str] = []
        picture = self.stock.make(
            wanted["prompt"], wanted["steps"], wanted["seed"], lambda *step: told.append(self._progress(*step))
        )
        return [*told, json.dumps({"type": "result", "image": encoded(picture, "PNG")})]

    async def _from_thread(self, socket: Any, wanted: dict[str, Any], pool: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()

        def after_step(step: int, total: int, preview: Image.Image) -> None:
            asyncio.run_coroutine_threadsafe(socket.send(self._progress(step, total, preview)), loop)

        call = (wanted["prompt"], wanted["steps"], wanted["seed"], after_step)
        picture = await loop.run_in_executor(pool, self.stock.make, *call)
        await socket.send(json.dumps({"type": "result", "image": encoded(picture, "PNG")}))

    @staticmethod
    def _progress(step: int, total: int, preview: Image.Image) -> str:
        return json.dumps({"type": "progress", "step": step, "total": total, "image": encoded(preview, "JPEG")})


async def main(port: int, way: str) -> None:
    """Serve until killed."""
    server = Server(way)
    async with websockets.serve(server.serve, "127.0.0.1", port, max_size=2**24, compression=None):
        print("ready", flush=True)
        await asyncio.Future()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
