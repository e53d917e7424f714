"""Pictures from another server, through the whole studio: real steps, cancel, faults, and two servers that share."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from gallery import files
from gallery.models import Work
from studio.engines.solid import glb
from studio.models import Generation, Model, Server, ServerUse
from tests.flows.conftest import LEASE
from tests.servers.hosting import Host, hosted
from tests.servers.images_faults import status
from tests.servers.meshes import MeshServer
from tests.servers.openai_images import ImagesServer
from tests.stack.processes import Stack
from tests.studio.engines.glb_files import glb_file

MODEL = {"engine": "openai_images", "family": "z_image", "source": "z-image-turbo", "tools": ["text_to_image"]}
DEFAULTS = {"steps": 3, "guidance_scale": 0.0, "width": 64, "height": 64}


@pytest.fixture
def image_servers() -> Iterator[list[tuple[ImagesServer, Host]]]:
    """Two servers; the first has Xinference's dialect."""
    first, second = ImagesServer(), ImagesServer()
    with hosted(first) as one, hosted(second) as two:
        yield [(first, one), (second, two)]


async def test_pictures_of_another_server_go_the_same_way_as_ours(
    remote: Stack, image_servers: list[tuple[ImagesServer, Host]], page_of: Any, alice: Any
) -> None:
    (server, host), (other, second) = image_servers
    row = await Server.objects.acreate(
        name="one", kind="openai_images", base_url=host.url, dialect="xinference", offers=server.models
    )
    await Model.objects.acreate(name="z", title="Z-Image-Turbo", defaults=DEFAULTS, max_side=512, **MODEL)
    async with page_of(alice) as page:
        await page.hello()

        # As one of ours: real steps, a preview, works with seeds.
        finished = await page.ended(await page.submit("one", model="z", prompt="a house", seed=7, count=2))
        assert [work["seed"] for work in finished["works"]] == [7, 8]
        told = [(e["index"], e["step"], e["total"]) for e in page.events if e["type"] == "progress"]
        assert (0, 3, 3) in told and (1, 3, 3) in told and told == sorted(told) and len(told) > 4
        assert [header["index"] for header, _jpeg in page.previews] == [0, 1]

        # Longer than a lease, with nothing heard from the server; then nobody wants it any more.
        server.knows_progress, server.step_seconds = False, 60.0
        generation = await page.submit("two", model="z", prompt="slow")
        await page.wait("stage", lambda e: e["generation"] == generation and e["stage"] == "remote")
        await asyncio.sleep(max(0.0, 1.3 * LEASE - await _age(generation)))
        assert (await Generation.objects.aget(pk=generation)).attempt == 1
        await page.send({"type": "cancel", "generation": generation})
        await page.ended(generation, "cancelled")
        assert server.aborted == [f"{generation}-1-0"]

        # A fault has its code and its words, and its end frees the server.
        server.knows_progress, server.step_seconds = True, 0.0
        server.script = [status(500)]
        failed = await page.ended(await page.submit("three", model="z", prompt="x"), "failed")
        assert failed["error"]["code"] == "engine_error" and "fault" in failed["error"]["message"]
        assert not await ServerUse.objects.aexists()

        # Nobody is there: another server of the same kind does it.
        await Server.objects.filter(pk=row.pk).aupdate(base_url="http://127.0.0.1:9", weight=100.0)
        await Server.objects.acreate(name="two", kind="openai_images", base_url=second.url, dialect="openai")
        generation = await page.submit("four", model="z", prompt="y")
        await page.ended(generation)
        assert [call.path for call in other.calls] == ["/v1/images/generations"]
        await row.arefresh_from_db()
        assert row.last_error == "engine_unreachable"
    work = await Work.objects.aget(generation=UUID(generation))
    assert (work.recipe["engine"], work.model_name) == ("openai_images", "z")


@pytest.fixture
def shape_server() -> Iterator[tuple[MeshServer, Host]]:
    server = MeshServer(glb_file(), piapi=True, secret="k3y")
    with hosted(server) as host:
        yield server, host


async def test_a_drawing_becomes_a_shape_on_another_server(
    remote: Stack, shape_server: tuple[MeshServer, Host], page_of: Any, alice: Any, drawing: bytes
) -> None:
    """States of its task are told, a cancel calls it off, and what comes back is kept as one of ours."""
    server, host = shape_server
    server.states = ["staged", "processing"]
    row = Server(name="shapes", kind="mesh_http", base_url=host.url, dialect="piapi")
    row.secret = "k3y"
    await row.asave()
    model = {"engine": "mesh_http", "family": "trellis", "source": "Qubico/trellis", "tools": ["sketch_to_3d"]}
    await Model.objects.acreate(name="trellis", title="Trellis", **model)
    async with page_of(alice) as page:
        await page.hello()
        asked = {"tool": "sketch_to_3d", "blob": drawing, "model": "trellis"}
        generation = await page.submit("one", **asked)
        await page.wait("stage", lambda e: e["generation"] == generation and e["stage"] == "remote")
        await page.send({"type": "cancel", "generation": generation})
        await page.ended(generation, "cancelled")
        assert server.called_off == ["/api/v1/task/task-1"]
        server.states = ["processing", "completed"]
        finished = await page.ended(await page.submit("two", **asked, seed=5))
        assert finished["works"][0]["model"] and finished["works"][0]["seed"] == 5
    work = await Work.objects.aget(pk=finished["works"][0]["id"])
    assert work.is_model and work.recipe["facts"]["triangles"] == 4
    kept = await work.files.aget(role="model")
    assert glb.read(files.WORKS.path_of(kept.sha256).read_bytes()).extents.max() == pytest.approx(1, abs=1e-5)


async def _age(generation: str) -> float:
    """For how many seconds it has been running."""
    from django.utils import timezone

    row = await Generation.objects.aget(pk=generation)
    return (timezone.now() - row.started_at).total_seconds() if row.started_at else 0.0
