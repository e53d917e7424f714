"""OpenAI's own Python client, unmodified, makes pictures here: every call, streams, lost answers, refusals."""

import asyncio
import base64
import io
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import openai
import pytest
from asgiref.sync import sync_to_async
from openai import AsyncOpenAI
from PIL import Image, ImageDraw

from accounts import keys
from accounts.models import ApiKey, Role, User
from gallery import metadata
from studio.commands import generations
from studio.models import Generation, Input, State
from tests.chaos.proxy import Proxy
from tests.stack import PATIENCE
from tests.stack.hold import Hold
from tests.stack.processes import Stack

SLOW = "slow:0.25"


def key_of(person: User, **more: Any) -> str:
    """A fresh key that may make pictures."""
    return keys.make(person, keys.Wish(name="test", scopes=["generate"], **more))[1]


class Counting(AsyncOpenAI):
    """Nothing but the client, which counts what it sends."""

    def __init__(self, url: str, key: str) -> None:
        self.sent: list[str] = []

        async def note(request: httpx2.Request) -> None:
            self.sent.append(request.headers["x-stainless-retry-count"])

        http = openai.DefaultAsyncHttpxClient(event_hooks={"request": [note]})
        super().__init__(base_url=f"{url}/v1", api_key=key, timeout=PATIENCE, http_client=http)


@pytest.fixture
async def client_of(stack: Stack) -> AsyncIterator[Callable[..., Any]]:
    """`await client_of(person)`; with `url` to come by another way."""
    open_ones: list[Counting] = []

    async def client(person: User, url: str = stack.url, **more: Any) -> Counting:
        open_ones.append(Counting(url, await sync_to_async(key_of)(person, **more)))
        return open_ones[-1]

    yield client
    for each in open_ones:
        await each.close()


@pytest.fixture
async def hers(client_of: Callable[..., Any], alice: User) -> Counting:
    return await client_of(alice)


def opened(data: str | bytes | None) -> Image.Image:
    assert data
    return Image.open(io.BytesIO(base64.b64decode(data) if isinstance(data, str) else data))


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def a_mask(size: tuple[int, int]) -> bytes:
    """Transparent in its left half."""
    mask = Image.new("RGBA", size, "white")
    ImageDraw.Draw(mask).rectangle((0, 0, size[0] // 2 - 1, size[1]), (0, 0, 0, 0))
    return png(mask)


def fetched(url: str) -> tuple[int, bytes, Any]:
    """Of an address, without a key."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


async def made() -> Generation:
    """The one generation that there is."""
    assert await Generation.objects.acount() == 1
    return await Generation.objects.aget()


async def until(state: str) -> Generation:
    """The one generation, once it is in that state."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await Generation.objects.filter(state=state).afirst()):
            await asyncio.sleep(0.05)
    return found


async def test_words_become_pictures_in_the_size_and_form_that_was_asked_for(hers: Counting) -> None:
    answer = await hers.images.generate(
        model="fake", prompt="a boat", n=2, size="128x64", output_format="webp", output_compression=60, user="somebody",
        quality="low", extra_body={"seed": 7, "negative_prompt": "fog", "guidance_scale": 3.5},
    )  # fmt: skip
    assert answer.data and [opened(each.b64_json).size for each in answer.data] == [(128, 64), (128, 64)]
    assert opened(answer.data[0].b64_json).format == "WEBP" and answer.output_format == "webp"
    assert (answer.size, answer.quality, answer.background) == ("128x64", "low", "opaque")
    assert answer.safety_identifier == "somebody"
    row = await made()
    assert answer.usage and answer.usage.total_tokens == answer.usage.output_tokens == round(1000 * row.cost)
    wanted = {"seed": 7, "negative_prompt": "fog", "guidance_scale": 3.5, "steps": 4, "count": 2}
    assert wanted.items() <= row.params.items()
    again = await hers.images.generate(model="fake", prompt="a boat", size="auto", extra_body={"seed": 7})
    assert again.data and opened(again.data[0].b64_json).size == (64, 64), "the model's own size"


async def test_an_address_shows_the_picture_to_whoever_has_it_until_its_key_is_revoked(
    hers: Counting, alice: User
) -> None:
    await User.objects.filter(pk=alice.pk).aupdate(embed_prompt=False)
    answer = await hers.images.generate(model="fake", prompt="x", response_format="url", output_format="jpeg")
    assert answer.data and answer.data[0].url and answer.data[0].b64_json is None
    url = answer.data[0].url
    status, data, headers = await asyncio.to_thread(fetched, url)
    assert (status, opened(data).format, headers["Content-Type"]) == (200, "JPEG", "image/jpeg")
    assert metadata.read(data) is None, "a stranger is not told how it was made"
    for wrong in (url.replace("/pictures/", "/pictures/x"), url.rsplit(".", 1)[0] + "a.jpeg"):
        assert (await asyncio.to_thread(fetched, wrong))[0] == 404
    key = await ApiKey.objects.aget(owner=alice)
    await sync_to_async(keys.revoke)(key, alice)
    assert (await asyncio.to_thread(fetched, url))[0] == 404
    with pytest.raises(openai.AuthenticationError) as refused:
        await hers.images.generate(model="fake", prompt="x")
    assert refused.value.code == "key_revoked" and len(hers.sent) == 2, "nothing is tried again"


@pytest.mark.filterwarnings("ignore:deprecated")  # OpenAI's own servers know no variations any more
async def test_a_mask_makes_its_transparent_part_anew_and_without_one_the_picture_is_painted_over(
    hers: Counting, drawing: bytes
) -> None:
    size = opened(drawing).size
    answer = await hers.images.edit(model="fake", image=drawing, mask=a_mask(size), prompt="a sail", size="64x64")
    assert answer.data and opened(answer.data[0].b64_json).size == (64, 64)
    row = await made()
    given = {role: await Input.objects.aget(pk=pk) for role, pk in row.inputs.items()}
    assert row.tool == "inpaint" and given.keys() == {"image", "mask"}
    kept = await sync_to_async(generations.blobs.content)(row.owner_id, given["mask"].pk)
    mask = opened(kept).convert("L")
    assert [mask.getpixel((x, 5)) for x in (2, size[0] - 2)] == [255, 0]
    await hers.images.edit(model="fake", image=[drawing], prompt="in oil", extra_body={"strength": 0.5, "steps": 4})
    second = await Generation.objects.exclude(pk=row.pk).aget()
    assert (second.tool, second.params["strength"], second.params["steps"]) == ("image_to_image", 0.5, 4)
    varied = await hers.images.create_variation(model="fake", image=drawing, n=2, size="256x256")
    assert varied.data and [opened(each.b64_json).size for each in varied.data] == [(256, 256)] * 2
    with pytest.raises(openai.BadRequestError) as refused:
        await hers.images.edit(model="fake", image=drawing, mask=a_mask((8, 8)), prompt="x")
    assert refused.value.param == "mask"


@pytest.mark.parametrize("partials", [0, 1, 2, 3])
async def test_a_stream_has_real_previews_and_then_the_picture(hers: Counting, drawing: bytes, partials: int) -> None:
    about = {"model": "fake", "prompt": SLOW, "stream": True, "partial_images": partials}
    if partials == 2:
        stream: Any = await hers.images.edit(
            image=drawing, extra_body={"seed": 1, "strength": 1}, size="64x64", **about
        )
    else:
        stream = await hers.images.generate(extra_body={"seed": 1}, **about)
    events = [event async for event in stream]
    kind = "image_edit" if partials == 2 else "image_generation"
    assert [event.type for event in events] == [f"{kind}.partial_image"] * partials + [f"{kind}.completed"]
    assert [event.partial_image_index for event in events[:-1]] == list(range(partials))
    shades = [sum(opened(event.b64_json).convert("RGB").getpixel((32, 32))) for event in events]
    assert (shades == sorted(shades) and shades[0] < shades[-1]) or partials == 0, "from black to its colour"
    assert {opened(event.b64_json).size for event in events} == {(64, 64)}
    assert {(event.size, event.output_format, event.background) for event in events} == {("64x64", "png", "opaque")}
    assert events[-1].usage.total_tokens == round(1000 * (await made()).cost)


async def test_a_stream_of_several_pictures_tells_which_is_which(hers: Counting) -> None:
    stream = await hers.images.generate(
        model="fake", prompt="slow:0.1", n=2, stream=True, partial_images=1, output_format="jpeg"
    )
    events = [event async for event in stream]
    told = [(event.type.partition(".")[2], event.brushwire["index"]) for event in events]
    assert told == [("partial_image", 0), ("partial_image", 1), ("completed", 0), ("completed", 1)]
    assert {opened(event.b64_json).format for event in events} == {"JPEG"}
    assert sum(event.usage.total_tokens for event in events[2:]) == round(1000 * (await made()).cost)


async def test_answers_lost_on_the_wire_cost_nothing_and_make_nothing_twice(
    stack: Stack, client_of: Callable[..., Any], alice: User, bob: User, hold: Hold
) -> None:
    async with Proxy(("127.0.0.1", stack.port)) as proxy:
        client = await client_of(alice, proxy.url)
        proxy.cut_after = 20  # the answer breaks off in its first line
        waiting = asyncio.create_task(client.images.generate(model="fake", prompt="a lost answer"))
        async with asyncio.timeout(PATIENCE):
            while not proxy.cuts:
                await asyncio.sleep(0.02)
        proxy.cut_after = None
        answer = await waiting
        assert answer.data and client.sent == ["0", "1"]
        row = await made()
        assert row.state == State.FINISHED and str(row.pk) == answer.brushwire["generation"]
        # The wire breaks while the picture is being made; nobody else's request is mistaken for it.
        waiting = asyncio.create_task(client.images.generate(model="fake", prompt=f"{hold.prompt} broken", n=2))
        await until(State.RUNNING)
        assert proxy.cut() == 1
        hold.let_go()
        other = await client_of(bob)
        theirs = await other.images.generate(
            model="fake", prompt="x", n=2, extra_headers={"X-Stainless-Retry-Count": "1"}
        )
        answer = await waiting
        assert answer.data and len(answer.data) == 2 and client.sent[2:] == ["0", "1"]
        assert theirs.brushwire["generation"] != answer.brushwire["generation"]
        assert await Generation.objects.filter(owner=alice).acount() == 2, "one each, however often it was asked for"
        states = {row.state async for row in Generation.objects.all()}
        assert states == {State.FINISHED}


async def test_who_goes_away_leaves_nothing_running_and_what_a_person_stops_is_not_asked_for_again(
    hers: Counting, alice: User
) -> None:
    for more in ({}, {"stream": True}):
        waiting = asyncio.create_task(_all_of(hers, prompt="slow:0.3", steps=80, **more))
        row = await until(State.RUNNING)
        waiting.cancel()
        await until(State.CANCELLED)
        await Generation.objects.filter(pk=row.pk).adelete()
    before = len(hers.sent)
    waiting = asyncio.create_task(_all_of(hers, prompt="slow:0.3", steps=80))
    row = await until(State.RUNNING)
    await sync_to_async(generations.cancel)(alice, row.pk)
    with pytest.raises(openai.ConflictError) as stopped:
        await waiting
    assert stopped.value.code == "cancelled" and len(hers.sent) == before + 1
    with pytest.raises(openai.InternalServerError) as failed:
        await hers.images.generate(model="fake", prompt="fail:out_of_memory")
    assert failed.value.code == "out_of_memory" and "64 × 64" in str(failed.value) and len(hers.sent) == before + 2
    with pytest.raises(openai.APIError, match="64 × 64") as told:
        await _all_of(hers, prompt="fail:out_of_memory", stream=True)
    assert told.value.code == "out_of_memory"


async def _all_of(client: Counting, *, steps: int = 8, **asked: Any) -> Any:
    answer = await client.images.generate(model="fake", extra_body={"steps": steps}, **asked)
    return [event async for event in answer] if asked.get("stream") else answer


async def test_what_cannot_be_is_refused_with_a_code_and_not_tried_again(
    stack: Stack, hers: Counting, client_of: Callable[..., Any], bob: User
) -> None:
    refusals: list[tuple[dict[str, Any], type[openai.APIStatusError], str, str | None]] = [
        ({"size": "100x64"}, openai.BadRequestError, "invalid", "size"),
        ({"size": "4096x4096"}, openai.BadRequestError, "invalid", "size"),
        ({"size": "large"}, openai.BadRequestError, "invalid", "size"),
        ({"n": 10}, openai.BadRequestError, "invalid", "n"),
        ({"background": "transparent"}, openai.BadRequestError, "invalid", "background"),
        ({"output_format": "gif"}, openai.BadRequestError, "invalid", "output_format"),
        ({"output_compression": 5}, openai.BadRequestError, "invalid", "output_compression"),
        ({"extra_body": {"steps": 0}}, openai.BadRequestError, "invalid", "steps"),
        ({"extra_body": {"colour": "red"}}, openai.BadRequestError, "invalid", "params"),
        ({"model": "gpt-image-9"}, openai.NotFoundError, "model_unavailable", None),
    ]
    for asked, kind, code, param in refusals:
        with pytest.raises(kind) as refused:
            await hers.images.generate(**{"model": "fake", "prompt": "x"} | asked)
        assert (refused.value.code, refused.value.param) == (code, param), asked
    assert len(hers.sent) == len(refusals), "none is tried again"
    nobody = Counting(stack.url, "sk-wrong")
    with pytest.raises(openai.AuthenticationError) as unknown:
        await nobody.images.generate(model="fake", prompt="x")
    assert unknown.value.code == "key_invalid" and len(nobody.sent) == 1
    await nobody.close()
    his = await client_of(bob, images_per_day=1, model_names=["fake"])
    await Role.objects.filter(group__name="member").aupdate(images_per_day=100)
    assert [each.id async for each in his.models.list()] == ["fake"]
    assert (await hers.models.retrieve("starter")).object == "model"
    with pytest.raises(openai.NotFoundError):
        await his.models.retrieve("starter")
    await his.images.generate(model="fake", prompt="x")
    with pytest.raises(openai.RateLimitError) as used_up:
        await his.images.generate(model="fake", prompt="y")
    assert used_up.value.code == "quota_exceeded" and used_up.value.type == "insufficient_quota"
    assert len(his.sent) == 4, "what is used up is not asked for again"
