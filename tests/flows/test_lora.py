"""A LoRA through the whole system: from the socket to the kept work, and what is told when its file is no good."""

from pathlib import Path
from uuid import UUID

from diffusers import UNet2DConditionModel
from django.conf import settings
from django.contrib.auth.models import Group

from gallery.models import Work
from studio.models import Adapter
from tests.studio.engines.lora_files import write_lora


def message(number: str, **params: object) -> dict[str, object]:
    common = {"prompt": "a red house", "steps": 3, "seed": 5}
    return {"type": "submit", "id": number, "tool": "text_to_image", "model": "starter", "params": common | params}


async def picture(page, asked: dict[str, object]) -> Work:
    before = len(page.events)
    await page.send(asked)
    queued = await page.wait("queued", after=before)
    await page.ended(queued["generation"]["id"])
    return await Work.objects.prefetch_related("files").aget(generation=UUID(queued["generation"]["id"]))


async def test_a_lora_changes_the_picture_and_stands_in_its_recipe(page_of, alice, tmp_path: Path) -> None:
    unet = UNet2DConditionModel.from_pretrained(Path(settings.BASE_DIR) / "starter" / "weights" / "unet")
    file = write_lora(tmp_path / "ink.safetensors", {"unet": unet}, layout="kohya")
    await Adapter.objects.acreate(name="ink", title="Ink", family="sd", source=str(file), weight=0.5)
    async with page_of(alice) as page:
        await page.hello()
        plain = await picture(page, message("one"))
        worn = await picture(page, message("two", loras=[{"name": "ink"}]))
        again = await picture(page, message("three", prompt="a red house <lora:ink:0.5>"))
    assert worn.recipe["params"]["loras"] == [{"name": "ink", "weight": 0.5}]
    assert worn.recipe["params"]["prompt"] == again.recipe["params"]["prompt"] == "a red house"
    assert plain.file("image").sha256 != worn.file("image").sha256


async def test_a_lora_without_its_file_fails_by_its_name_and_the_next_picture_comes(page_of, alice) -> None:
    await Adapter.objects.acreate(name="gone", title="Gone", family="sd", source="/nowhere/gone.safetensors")
    async with page_of(alice) as page:
        await page.hello()
        await page.send(message("one", loras=[{"name": "gone"}]))
        failed = await page.wait("failed")
        assert failed["error"]["code"] == "adapter_unavailable"
        assert "gone" in failed["error"]["message"]
        assert await picture(page, message("two"))


async def test_bob_is_told_that_there_is_no_such_lora(page_of, bob) -> None:
    row = await Adapter.objects.acreate(name="secret", title="Secret", family="sd", source="/x")
    group = await Group.objects.acreate(name="painters")
    await row.groups.aadd(group)
    async with page_of(bob) as page:
        await page.hello()
        await page.send(message("one", loras=[{"name": "secret"}]))
        error = await page.wait("rejected")
    assert error["code"] == "invalid"
    assert set(error["fields"]) == {"loras"}
