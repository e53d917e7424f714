"""Pictures from ComfyUI servers, through the whole studio: steps and previews, cancel, a restart, a photo, a share."""

import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from gallery.files import WORKS
from gallery.models import Work
from studio.files import blobs
from studio.models import Model, Server, ServerUse
from tests.servers.comfyui import ComfyServer, comfy_server
from tests.stack.processes import Stack
from tests.studio.engines.old_photos import old_photo

PAINTER = {"engine": "comfyui", "family": "sd", "source": "sd15.safetensors", "max_side": 512}
DEFAULTS = {"steps": 4, "guidance_scale": 5.0, "width": 64, "height": 64, "strength": 0.5}


@pytest.fixture
def comfy_servers() -> Iterator[tuple[ComfyServer, ComfyServer]]:
    with comfy_server() as one, comfy_server() as two:
        yield one, two


async def test_workflows_on_comfyui_servers_go_the_same_way_as_our_own_models(
    remote: Stack, comfy_servers: tuple[ComfyServer, ComfyServer], page_of: Any, alice: Any
) -> None:
    server, other = comfy_servers
    row = await Server.objects.acreate(name="one", kind="comfyui", base_url=server.url)
    tools = ["text_to_image", "image_to_image"]
    await Model.objects.acreate(name="sd15", title="SD 1.5", tools=tools, defaults=DEFAULTS, **PAINTER)
    photos = {"engine": "comfyui", "family": "ddcolor", "source": "ddcolor_modelscope.pth", "tools": ["colorize"]}
    await Model.objects.acreate(name="ddcolor-there", title="DDColor", **photos)
    async with page_of(alice) as page:
        await page.hello()

        # Real steps, previews, seeds that count up.
        finished = await page.ended(await page.submit("one", model="sd15", prompt="a house", seed=7, count=2))
        assert [work["seed"] for work in finished["works"]] == [7, 8]
        told = [(e["index"], e["step"], e["total"]) for e in page.events if e["type"] == "progress"]
        assert told == [(index, step, 4) for index in range(2) for step in range(1, 5)]
        assert {header["index"] for header, _jpeg in page.previews} == {0, 1}
        assert server.history == {}

        # Nobody wants it any more: it is interrupted there, by its own id.
        server.script.hold_at = 2
        generation = await page.submit("two", model="sd15", prompt="slow")
        await page.wait("progress", lambda e: e["generation"] == generation)
        await page.send({"type": "cancel", "generation": generation})
        await page.ended(generation, "cancelled")
        (interrupted,) = [body for _method, path, body in server.asked if path == "/interrupt"]
        assert interrupted == {"prompt_id": server.prompts[-1]["prompt_id"]}

        # The server is started anew in the middle, and has forgotten us: asked once more, it makes the picture.
        server.script = type(server.script)(forget_at=3)
        before = len(server.prompts)
        await page.ended(await page.submit("three", model="sd15", prompt="again"))
        assert len(server.prompts) == before + 2

        # A node fails: its name, and none of the server's own words.
        server.script.fail = "error"
        failed = await page.ended(await page.submit("four", model="sd15", prompt="x"), "failed")
        assert failed["error"]["code"] == "workflow_failed" and "Sampler (KSampler)" in failed["error"]["message"]
        assert not await ServerUse.objects.aexists()
        server.script.fail = ""

        # A photo gets its colours there and keeps its size.
        generation = await colorize(page, alice)
        work = await Work.objects.prefetch_related("files").aget(generation=UUID(generation))
        picture = Image.open(io.BytesIO(WORKS.store.read(work.file("image").sha256)))
        assert picture.size == (96, 64) and work.recipe["engine"] == "comfyui"
        assert "DDColor_Colorize" in str(server.prompts[-1]["prompt"])

        # It is gone: the other one of its kind does it.
        await Server.objects.filter(pk=row.pk).aupdate(base_url="http://127.0.0.1:9", weight=100.0)
        await Server.objects.acreate(name="two", kind="comfyui", base_url=other.url)
        await page.ended(await page.submit("six", model="sd15", prompt="y"))
        assert len(other.prompts) == 1


async def colorize(page: Any, owner: Any) -> str:
    from asgiref.sync import sync_to_async

    photo = await sync_to_async(blobs.put)(owner.pk, old_photo())
    message = {"type": "submit", "id": "five", "tool": "colorize", "model": "ddcolor-there", "params": {}}
    await page.send(message | {"inputs": {"image": str(photo.pk)}})
    generation: str = (await page.wait("queued", lambda e: e["generation"]["command"] == "five"))["generation"]["id"]
    await page.ended(generation)
    return generation
