"""Live drawing with the real engine: its death costs a frame, and what is pinned is what was seen."""

import asyncio
import io
import os
import signal
import time

from PIL import Image

from gallery.files import WORKS
from gallery.models import Work
from studio.models import Generation, State
from tests.flows.test_live import difference
from tests.flows.test_shared_engine import LONG, engine_of
from tests.stack import PATIENCE
from tests.stack.waiting import until

HOUSE = {"prompt": "a red house", "width": 128, "height": 128, "seed": 3, "model": "starter"}


async def until_a_frame(page, board: str, revision: int, drawing: bytes, **params) -> int:
    """Draw as the page does, again and again, until a finished frame comes; its revision."""
    given_up = time.monotonic() + PATIENCE
    while True:
        await page.draw(board, revision, drawing, **HOUSE | params)
        for _ in range(60):
            done = [
                header["revision"] for header in page.frames(board) if header["done"] and header["revision"] >= revision
            ]
            if done:
                return int(done[-1])
            if any(e["type"] == "draw_failed" and e["revision"] == revision for e in page.events):
                break
            await asyncio.sleep(0.1)
        assert time.monotonic() < given_up
        revision += 1


async def test_a_killed_engine_costs_a_frame_and_nobody_a_picture(stack, page_of, alice, bob, drawing) -> None:
    async with page_of(alice) as hers, page_of(bob) as his:
        await hers.hello()
        await his.hello()
        revision = await until_a_frame(hers, "b", 1, drawing)
        generation = await his.submit("one", **LONG, seed=1)
        await his.wait("progress", lambda e: e["step"] >= 2)
        await hers.draw("b", revision + 1, drawing, **HOUSE, steps=100, kind="refined")
        await until(lambda: [h for h in hers.frames("b") if h["revision"] == revision + 1])
        os.kill(engine_of(stack.processes["worker"].pid), signal.SIGKILL)
        await hers.wait("draw_failed", lambda e: e["error"]["code"] == "worker_lost" and e["error"]["message"])
        await until_a_frame(hers, "b", revision + 2, drawing)
        await his.ended(generation)
    row = await Generation.objects.aget()
    assert (row.state, row.attempt) == (State.FINISHED, 2)


async def test_a_pinned_picture_is_the_refined_frame(stack, page_of, alice, drawing) -> None:
    params = {name: value for name, value in HOUSE.items() if name != "model"} | {"steps": 8}
    async with page_of(alice) as page:
        await page.hello()
        revision = await until_a_frame(page, "b", 1, drawing, kind="refined", steps=8)
        _, seen = await page.frame("b", revision)
        pin = {"type": "pin", "id": "keep", "board": "b", "revision": revision, "tool": "sketch_to_image"}
        await page.send(pin | {"model": "starter", "params": params, "attached": "sketch"}, drawing)
        queued = await page.wait("queued")
        await page.ended(queued["generation"]["id"])
    work = await Work.objects.aget()
    image = await work.files.aget(role="image")
    again = io.BytesIO()
    Image.open(io.BytesIO(WORKS.store.read(image.sha256))).convert("RGB").save(again, "JPEG", quality=92)
    assert difference(again.getvalue(), seen) <= 2
