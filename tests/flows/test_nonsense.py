"""Nonsense for every field of every tool on a real model: named with a code each time, and the next picture comes."""

import io

import pytest
from PIL import Image

from studio import tools
from studio.models import Model

NONSENSE = ["x" * 3000, -1e300, 1e300, True, [], {}, ["a"], {"name": 1}, "\u0000", "1e999", "NaN", "١٢"]
NUMBERS = {"steps", "guidance_scale", "strength", "seed", "count", "width", "height", "feather", "left", "bottom"}
GOOD = {"prompt": "a house", "steps": 2, "strength": 1.0}


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (128, 128), "teal").save(out, "PNG")
    return out.getvalue()


TOOLS = {"text_to_image": None, "sketch_to_image": "sketch", "image_to_image": "image", "outpaint": "image"}


def submit(tool: str, id: str, params: dict[str, object]) -> dict[str, object]:
    more = {"attached": TOOLS[tool]} if TOOLS[tool] else {}
    return {"type": "submit", "id": id, "tool": tool, "model": "starter", "params": params, **more}


@pytest.mark.parametrize("tool", TOOLS)
async def test_nonsense_in_any_field_is_refused_by_its_name(page_of, alice, tool: str) -> None:
    blob = picture() if TOOLS[tool] else None
    fields = NUMBERS & tools.find(tool).form_class.base_fields.keys()
    async with page_of(alice) as page:
        await page.hello()
        for at, value in enumerate(NONSENSE):
            params = GOOD | dict.fromkeys(fields, value)
            await page.send(submit(tool, f"n{at}", params), blob)
            answer = await page.wait("rejected", lambda e, name=f"n{at}": e.get("id") == name)
            assert answer["code"] == "invalid", (value, answer)
            assert fields <= answer["fields"].keys(), (value, answer)
        assert not [event for event in page.events if event["type"] == "queued"]


async def test_prompt_that_a_model_cannot_read_to_its_end_is_told_in_words_and_the_next_one_comes(
    page_of, alice
) -> None:
    async with page_of(alice) as page:
        await page.hello()
        long = await page.submit("one", model="starter", prompt="a red house, " * 153, steps=2, guidance_scale=5.0)
        failed = await page.ended(long, "failed")
        assert failed["error"]["code"] == "prompt_too_long" and "%" in failed["error"]["message"]
        await page.ended(await page.submit("two", model="starter", prompt="a red house", steps=2, count=8))


async def test_model_that_is_switched_off_while_somebody_waits_says_so(stack, page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        stack.kill("worker")
        waiting = await page.submit("one", model="starter", prompt="x", steps=2)
        await Model.objects.filter(name="starter").aupdate(enabled=False)
        stack.start("worker")
        failed = await page.ended(waiting, "failed")
        assert failed["error"]["code"] == "model_unavailable"
