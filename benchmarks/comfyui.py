"""What the whole system costs over a ComfyUI server asked directly: `python -m benchmarks.comfyui [--requests 12]`.

One test server with a fixed time for a step, asked turn by turn in one run: directly, as ComfyUI's own example does
(socket, prompt, until nothing runs, history, picture), and by a submit on our socket.
"""

import argparse
import json
import time
import uuid
from statistics import median

from benchmarks.beside import SIDE, compare, ratios, told  # isort: skip  it sets the environment up

import httpx
from websockets.asyncio.client import connect

from benchmarks import report
from studio.engines.comfyui import filling, library
from tests.servers.comfyui import ComfyServer, comfy_server

STEPS = 10
CHECKPOINT = "sd15.safetensors"


async def directly(client: httpx.AsyncClient, server: ComfyServer, number: int) -> float:
    """One picture as the public example makes it; returns seconds."""
    template = library.shipped()["text-to-image"]
    asked = {"prompt": "a house", "seed": number, "steps": STEPS, "width": SIDE, "height": SIDE}
    graph = filling.fill(template, asked | {"checkpoint": CHECKPOINT})
    began, mine = time.perf_counter(), uuid.uuid4().hex
    async with connect(f"{server.url.replace('http', 'ws')}/ws?clientId={mine}", proxy=None) as socket:
        said = (await client.post(f"{server.url}/prompt", json={"prompt": graph, "client_id": mine})).json()
        async for message in socket:
            if isinstance(message, str):
                told = json.loads(message)
                over = told["type"] == "executing" and told["data"]["node"] is None
                if over and told["data"]["prompt_id"] == said["prompt_id"]:
                    break
        history = (await client.get(f"{server.url}/history/{said['prompt_id']}")).json()
        (image,) = history[said["prompt_id"]]["outputs"][template.result]["images"]
        assert (await client.get(f"{server.url}/view", params=image)).content[:4] == b"\x89PNG"
    return time.perf_counter() - began


def main() -> None:
    """Start the server, measure, write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=0.1, help="how long the server takes for a step")
    options = parser.parse_args()
    with comfy_server() as server:
        server.script.wait = options.seconds
        times = compare(
            "comfyui", server.url, options.requests, lambda client, number: directly(client, server, number),
            source=CHECKPOINT, family="sd", defaults={"steps": STEPS, "guidance_scale": 7.0},
        )  # fmt: skip
    body = f"""
A server that takes {options.seconds:g} s for each of {STEPS} steps and sends a preview with each, {SIDE} × {SIDE};
{options.requests} requests each, turn by turn. Directly: socket, prompt, history, picture. Through the whole system
previews and the result are decoded in the process for strangers' files, the result is encoded anew with its recipe,
kept with its thumbnails, told, fetched over HTTP, and its entry in the server's history deleted.

{told(times, "as ComfyUI's example asks")}
"""
    report.write("Pictures of a ComfyUI server", "python -m benchmarks.comfyui", body, {"p50": median(ratios(times))})


if __name__ == "__main__":
    main()
