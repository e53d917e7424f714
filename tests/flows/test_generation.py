"""From a submit on the socket to a saved work, through real processes."""

import asyncio
import io
from uuid import UUID

from PIL import Image

from gallery.models import Work
from studio.models import Generation
from tests.stack.waiting import until


async def test_text_becomes_a_picture_with_every_event_on_the_way(page_of, alice) -> None:
    async with page_of(alice) as page:
        snapshot = await page.hello()
        assert snapshot["type"] == "snapshot" and snapshot["generations"] == []
        generation = await page.submit("one", prompt="a red house", steps=6, seed=7)
        finished = await page.ended(generation)
    kinds = [event["type"] for event in page.events if event["type"] not in ("heartbeat", "stage", "progress")]
    assert kinds == ["snapshot", "queued", "started", "finished"]
    numbers = [event["seq"] for event in page.events if event.get("seq") and event["type"] != "heartbeat"]
    assert numbers == [1, 2, 3]
    steps = [(e["step"], e["total"]) for e in page.events if e["type"] == "progress"]
    assert steps == [(n, 6) for n in range(1, 7)]
    stages = [event["stage"] for event in page.events if event["type"] == "stage"]
    # On a busy machine it may wait for a place between two of them.
    assert [stage for stage in stages if stage != "waiting"][-3:] == ["encoding", "decoding", "saving"]
    assert finished["works"][0]["seed"] == 7


async def test_previews_arrive_as_small_jpegs_and_sharpen(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        await page.ended(await page.submit("one", prompt="slow:0.05", steps=5))
    assert page.previews
    header, jpeg = page.previews[-1]
    assert header["type"] == "preview" and header["total"] == 5
    picture = Image.open(io.BytesIO(jpeg))
    assert picture.format == "JPEG" and len(jpeg) < 4000


async def test_a_drawing_is_kept_with_the_work(page_of, alice, drawing) -> None:
    async with page_of(alice) as page:
        await page.hello()
        generation = await page.submit("one", "sketch_to_image", drawing, prompt="a house", steps=8, strength=0.5)
        await page.ended(generation)
    work = Work.objects.prefetch_related("files").get(generation=UUID(generation))
    assert {file.role for file in work.files.all()} == {"image", "sketch", "thumb-320", "thumb-640"}
    steps = [e["total"] for e in page.events if e["type"] == "progress"]
    assert steps == [4] * 4, "image-to-image really runs steps x strength"


async def test_n_images_are_one_generation_with_n_works(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        finished = await page.ended(await page.submit("one", prompt="x", count=3, seed=5, steps=2))
    assert [work["seed"] for work in finished["works"]] == [5, 6, 7]
    assert {e["index"] for e in page.events if e["type"] == "progress"} == {0, 1, 2}


async def test_the_same_command_sent_twice_is_made_once(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        generation = await page.submit("same", prompt="x", steps=1)
        await page.ended(generation)
        await page.send({"type": "submit", "id": "same", "tool": "text_to_image", "params": {"prompt": "x"}})
        await asyncio.sleep(0.5)
        assert len([e for e in page.events if e["type"] == "queued"]) == 1
    assert Work.objects.count() == 1


async def cancel(page, generation: str) -> None:
    """Ask for the end of what runs, until its row says so."""
    await page.send({"type": "cancel", "generation": generation})
    row = Generation.objects.filter(pk=generation)
    await until(row.exclude(cancel_requested_at=None).exists)


async def test_cancel_stops_within_one_step(page_of, alice, hold) -> None:
    async with page_of(alice) as page:
        await page.hello()
        generation = await page.submit("one", prompt=hold.prompt, steps=50)
        await page.wait("progress", lambda e: e["step"] == 24)
        await cancel(page, generation)
        hold.let_go()
        await page.ended(generation, "cancelled")
    told = [e["step"] for e in page.events if e["type"] == "progress"]
    assert max(told) <= 25, "the step that ran"
    assert Work.objects.count() == 0


async def test_a_waiting_generation_is_cancelled_at_once_and_places_move_up(page_of, alice, hold) -> None:
    async with page_of(alice) as page:
        await page.hello()
        first = await page.submit("one", prompt=hold.prompt, steps=30)
        await page.wait("started")
        second = await page.submit("two", prompt="x", steps=1)
        third = await page.submit("three", prompt="x", steps=1)
        queued = [e["generation"] for e in page.events if e["type"] == "queued"]
        assert [g["position"] for g in queued[1:]] == [1, 2]
        await page.send({"type": "cancel", "generation": second})
        await page.ended(second, "cancelled")
        await cancel(page, first)
        hold.let_go()
        await page.ended(first, "cancelled")
        await page.ended(third)


async def test_an_engines_error_reaches_the_person_in_words(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        failed = await page.ended(await page.submit("one", prompt="fail:out_of_memory", steps=2), "failed")
        assert failed["error"]["code"] == "out_of_memory" and "memory" in failed["error"]["message"]
        bug = await page.ended(await page.submit("two", prompt="raise", steps=2), "failed")
        assert bug["error"]["code"] == "engine_failed"
        await page.ended(await page.submit("three", prompt="fine", steps=2))


async def test_words_come_in_the_readers_language(page_of, alice) -> None:
    page = page_of(alice)
    page.headers["Accept-Language"] = "zh-hans"
    async with page:
        await page.hello()
        failed = await page.ended(await page.submit("one", prompt="fail:out_of_memory", steps=2), "failed")
    assert any("\u4e00" <= letter <= "\u9fff" for letter in failed["error"]["message"])


async def test_two_people_at_once_see_nothing_of_each_other(page_of, alice, bob) -> None:
    async with page_of(alice) as hers, page_of(bob) as his:
        await hers.hello()
        await his.hello()
        a = await hers.submit("one", prompt="slow:0.02 alice", steps=5)
        b = await his.submit("one", prompt="slow:0.02 bob", steps=5)
        await hers.ended(a)
        await his.ended(b)
        await his.send({"type": "cancel", "generation": a})
        assert (await his.wait("rejected"))["code"] == "not_found"
    assert a not in str(his.events).replace(str(his.events[-1]), "") and b not in str(hers.events)
    assert {h["generation"] for h, _ in his.previews} <= {b} and {h["generation"] for h, _ in hers.previews} <= {a}
    mine = list(Work.objects.visible_to(bob))
    assert [str(work.generation) for work in mine] == [b]


async def test_turns_are_fair_one_persons_flood_waits_for_anothers_first(page_of, alice, bob, hold) -> None:
    async with page_of(alice) as hers, page_of(bob) as his:
        await hers.hello()
        await his.hello()
        # What runs first takes until all are there.
        flood = [await hers.submit(f"f{n}", prompt=hold.prompt, steps=4) for n in range(5)]
        only = await his.submit("one", prompt="x", steps=4)
        hold.let_go()
        await his.ended(only)
        for generation in flood:
            await hers.ended(generation)
    order = [str(pk) for pk in Generation.objects.order_by("started_at").values_list("pk", flat=True)]
    assert order.index(only) <= 1, "bob waited for at most the one that ran"
