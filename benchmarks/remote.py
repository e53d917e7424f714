"""What the whole system costs over a direct call to the same server: `python -m benchmarks.remote [--requests 12]`.

One server with OpenAI's images endpoint that takes a fixed time for a picture, asked turn by turn in one run: directly
with httpx, and by a submit on the socket that goes through row, doorbell, the worker `remote`, the engine and keeping.
"""

import argparse
import asyncio
import base64
import json
import random
import time
from statistics import median
from typing import Any

from benchmarks.beside import SIDE, compare, ratios, told  # isort: skip  it sets the environment up

import httpx
from PIL import Image

from benchmarks import report
from tests.servers.hosting import Host, hosted
from tests.servers.openai_images import encoded


class OneServer:
    """Answers every request after `seconds` with the same picture, which no compression makes small."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        noise = random.Random(1).randbytes(SIDE * SIDE * 3)
        text = base64.b64encode(encoded(Image.frombytes("RGB", (SIDE, SIDE), noise))).decode()
        self.answer = json.dumps({"created": 1, "data": [{"b64_json": text}]}).encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await asyncio.sleep(self._seconds)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(self.answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.answer})


async def directly(client: httpx.AsyncClient, host: Host) -> float:
    """One call and the picture's bytes; returns seconds."""
    began = time.perf_counter()
    asked = {"model": "m", "prompt": "a house", "n": 1, "size": f"{SIDE}x{SIDE}", "response_format": "b64_json"}
    answer = await client.post(f"{host.url}/v1/images/generations", json=asked)
    assert base64.b64decode(answer.json()["data"][0]["b64_json"])[:4] == b"\x89PNG"
    return time.perf_counter() - began


def main() -> None:
    """Start the server, measure, write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long the server takes for a picture")
    options = parser.parse_args()
    server = OneServer(options.seconds)
    with hosted(server) as host:
        times = compare(
            "openai_images", host.url, options.requests, lambda client, _number: directly(client, host),
            source="m", family="z_image", defaults={"steps": 9, "guidance_scale": 0.0},
        )  # fmt: skip
    body = f"""
A server that takes {options.seconds:g} s for a picture, answered as {len(server.answer) // 1024} kB of JSON with
a PNG of noise, {SIDE} × {SIDE}; {options.requests} requests each, turn by turn. Through the whole system it is decoded
in the process for strangers' files, encoded anew with its recipe, kept with its thumbnails, told, fetched over HTTP.

{told(times, "direct call with httpx")} The overhead
does not depend on how long the server takes; it is processor time, so that others on the machine make it longer.
"""
    report.write("Pictures of another server", "python -m benchmarks.remote", body, {"p50": median(ratios(times))})


if __name__ == "__main__":
    main()
