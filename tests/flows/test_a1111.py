"""A program written for A1111's web UI makes pictures here, with its own words and a key as its password."""

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator

import httpx2
import pytest
from asgiref.sync import sync_to_async
from PIL import Image

from accounts import keys
from accounts.models import User
from studio.models import Generation, State
from tests.stack import PATIENCE
from tests.stack.processes import Stack


def key_of(person: User) -> str:
    return keys.make(person, keys.Wish(name="test", scopes=["generate"]))[1]


@pytest.fixture
async def program(stack: Stack, alice: User) -> AsyncIterator[httpx2.AsyncClient]:
    """It knows HTTP Basic only, and stands at the fake model."""
    auth = ("anybody", await sync_to_async(key_of)(alice))
    async with httpx2.AsyncClient(base_url=f"{stack.url}/sdapi/v1/", auth=auth, timeout=PATIENCE) as client:
        assert (await client.post("options", json={"sd_model_checkpoint": "fake"})).json() is None
        yield client


def opened(data: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(data)))


def base64_of(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


async def test_words_become_pictures_with_what_they_were_made_by(program: httpx2.AsyncClient) -> None:
    wish = {"prompt": "a boat", "negative_prompt": "fog", "seed": 5, "batch_size": 2, "steps": 3, "cfg_scale": 4}
    answer = (await program.post("txt2img", json=wish | {"width": 128, "height": 64, "save_images": True})).json()
    assert [opened(each).size for each in answer["images"]] == [(128, 64), (128, 64)]
    info = json.loads(answer["info"])
    assert (info["seed"], info["all_seeds"], info["sd_model_name"]) == (5, [5, 6], "fake")
    assert info["infotexts"][1].startswith("a boat\nNegative prompt: fog\nSteps: 3,")
    assert answer["parameters"]["prompt"] == "a boat"
    read = (await program.post("png-info", json={"image": answer["images"][0]})).json()
    assert read["info"] == info["infotexts"][0] and read["parameters"]["Seed"] == "5"


async def test_a_picture_is_painted_over_or_only_where_its_mask_is_white(
    program: httpx2.AsyncClient, drawing: bytes
) -> None:
    picture = "data:image/png;base64," + base64_of(drawing)
    mask = io.BytesIO()
    Image.new("L", opened(base64_of(drawing)).size, 255).save(mask, "PNG")
    about = {"init_images": [picture], "prompt": "in oil", "denoising_strength": 0.5, "width": 64, "height": 64}
    for more in ({}, {"mask": base64_of(mask.getvalue()), "mask_blur": 12, "inpainting_mask_invert": 1}):
        answer = await program.post("img2img", json=about | more)
        assert [opened(each).size for each in answer.json()["images"]] == [(64, 64)], answer.text
    rows = [row async for row in Generation.objects.order_by("created_at")]
    assert [row.tool for row in rows] == ["image_to_image", "inpaint"]
    assert [row.params["strength"] for row in rows] == [0.5, 0.5] and rows[1].params["feather"] == 12


async def test_how_far_it_is_is_told_and_what_is_interrupted_stops(program: httpx2.AsyncClient, bob: User) -> None:
    assert (await program.get("progress")).json()["state"]["job"] == ""
    waiting = asyncio.create_task(program.post("txt2img", json={"prompt": "slow:0.3", "steps": 100}))
    async with asyncio.timeout(PATIENCE):
        while not (told := (await program.get("progress")).json())["current_image"] or told["progress"] <= 0.01:
            await asyncio.sleep(0.05)
    assert 0 < told["progress"] < 1 and told["eta_relative"] > 0 and told["state"]["sampling_steps"] == 100
    assert opened(told["current_image"]).format == "PNG"
    assert (await program.get("progress?skip_current_image=true")).json()["current_image"] is None
    his = {"Authorization": f"Bearer {await sync_to_async(key_of)(bob)}"}
    async with httpx2.AsyncClient(base_url=program.base_url, headers=his) as other:
        assert (await other.get("progress")).json()["state"]["job"] == ""
        assert (await other.post("interrupt")).json() == {}
    assert (await Generation.objects.aget()).state == State.RUNNING, "another's interrupt stops nothing of hers"
    assert (await program.post("interrupt")).json() == {}
    answer = await waiting
    assert (answer.status_code, answer.json()["error"]) == (409, "cancelled")
    assert (await Generation.objects.aget()).state == State.CANCELLED
