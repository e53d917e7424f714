"""Tools that go on from a picture, through the whole system: inputs by id and attached, and whose they are."""

import io
from uuid import UUID

import pytest
from PIL import Image

from gallery.files import WORKS
from gallery.models import Work
from studio.files import blobs

MISSING = "6f2b6c2e-7b0e-4d3a-9d5e-111111111111"


def png(colour: str = "red", size: tuple[int, int] = (96, 64), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, "PNG")
    return out.getvalue()


def upload(user, data: bytes) -> str:
    return str(blobs.put(user.pk, data).pk)


def submit(tool: str, **more: object) -> dict[str, object]:
    params = {"prompt": "x", "steps": 2, "strength": 1.0, **more.pop("params", {})}  # type: ignore[dict-item]
    return {"type": "submit", "id": "one", "tool": tool, "model": "starter", "params": params, **more}


async def made(page, message: dict[str, object], blob: bytes | None = None) -> Image.Image:
    await page.send(message, blob)
    queued = await page.wait("queued")
    await page.ended(queued["generation"]["id"])
    work = await Work.objects.prefetch_related("files").aget(generation=UUID(queued["generation"]["id"]))
    return Image.open(io.BytesIO(WORKS.store.read(work.file("image").sha256))).convert("RGB")


async def test_inpaint_takes_a_picture_by_id_and_the_mask_attached_and_keeps_the_rest(page_of, alice) -> None:
    mask = Image.new("L", (96, 64))
    mask.paste(255, (0, 0, 32, 64))
    data = io.BytesIO()
    mask.save(data, "PNG")
    message = submit(
        "inpaint",
        inputs={"image": upload(alice, png())},
        attached="mask",
        params={"width": 96, "height": 64, "feather": 4},
    )
    async with page_of(alice) as page:
        await page.hello()
        picture = await made(page, message, data.getvalue())
    assert picture.size == (96, 64)
    assert picture.crop((40, 0, 96, 64)).getextrema() == ((255, 255), (0, 0), (0, 0))
    assert picture.crop((0, 0, 32, 64)).getextrema() != ((255, 255), (0, 0), (0, 0))


async def test_image_to_image_and_outpaint_take_an_attached_picture(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        first = await made(page, submit("image_to_image", attached="image"), png())
    async with page_of(alice) as page:
        await page.hello()
        second = await made(page, submit("outpaint", attached="image", id="two"), png())
    assert first.size == second.size == (128, 128)


@pytest.mark.parametrize(
    ("inputs", "code"),
    [({}, "input_required"), ({"image": None}, "input_required"), ({"image": None, "mask": MISSING}, "not_found")],
)
async def test_missing_inputs_have_their_code(page_of, alice, inputs, code) -> None:
    mine = upload(alice, png())
    named = {role: pk or mine for role, pk in inputs.items()}
    async with page_of(alice) as page:
        await page.hello()
        await page.send(submit("inpaint", inputs=named))
        rejected = await page.wait("rejected")
    assert (rejected["id"], rejected["code"]) == ("one", code)


async def test_alice_cannot_use_a_picture_of_bob(page_of, alice, bob) -> None:
    his = upload(bob, png("blue"))
    async with page_of(alice) as page:
        await page.hello()
        await page.send(submit("image_to_image", inputs={"image": his}))
        rejected = await page.wait("rejected")
    assert rejected["code"] == "not_found"


async def test_empty_mask_says_that_nothing_is_marked(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        await page.send(submit("inpaint", inputs={"image": upload(alice, png())}, attached="mask"), png("black"))
        queued = await page.wait("queued")
        failed = await page.ended(queued["generation"]["id"], "failed")
    assert failed["error"]["code"] == "nothing_marked" and "marked" in failed["error"]["message"]
