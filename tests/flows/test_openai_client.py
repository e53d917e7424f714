"""OpenAI's own Python client, unmodified, makes pictures here: every call, streams, lost answers, refusals."""

import base64
import io
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from openai import AsyncOpenAI
from PIL import Image

from accounts import keys
from accounts.models import User
from studio.models import Generation
from tests.stack.processes import Stack

SIZE = "128x64"


def key_of(person: User, **more: Any) -> str:
    """A fresh key that may make pictures."""
    return keys.make(person, keys.Wish(name="test", scopes=["generate"], **more))[1]


def client_of(url: str, key: str, **more: Any) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{url}/v1", api_key=key, timeout=60, **more)


@pytest.fixture
async def hers(stack: Stack, alice: User) -> AsyncIterator[AsyncOpenAI]:
    async with client_of(stack.url, await sync_to_async(key_of)(alice)) as client:
        yield client


def opened(data: str | bytes | None) -> Image.Image:
    assert data
    return Image.open(io.BytesIO(base64.b64decode(data) if isinstance(data, str) else data))


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return bytes(answer.read())


async def test_words_become_pictures_in_the_size_and_form_that_was_asked_for(hers: AsyncOpenAI) -> None:
    made = await hers.images.generate(
        model="fake", prompt="a boat", n=2, size=SIZE, output_format="webp", output_compression=60, user="somebody",
        quality="low", extra_body={"seed": 7, "negative_prompt": "fog", "guidance_scale": 3.5},
    )  # fmt: skip
    assert made.data and [opened(each.b64_json).size for each in made.data] == [(128, 64), (128, 64)]
    assert opened(made.data[0].b64_json).format == "WEBP" and made.output_format == "webp"
    assert (made.size, made.quality, made.background, made.safety_identifier) == (SIZE, "low", "opaque", "somebody")
    row = await Generation.objects.aget()
    assert made.usage and made.usage.total_tokens == made.usage.output_tokens == round(1000 * row.cost)
    wanted = {"seed": 7, "negative_prompt": "fog", "guidance_scale": 3.5, "steps": 4, "count": 2}
    assert wanted.items() <= row.params.items()
    again = await hers.images.generate(model="fake", prompt="a boat", size="auto", extra_body={"seed": 7})
    assert again.data and opened(again.data[0].b64_json).size == (64, 64), "the model's own size"
