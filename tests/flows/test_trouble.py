"""What happens when parts die, and when a person comes and goes: nothing is lost, nothing is made twice."""

import asyncio
import signal
from uuid import UUID

from gallery.models import Work
from studio.models import Generation, State
from tests.stack import PATIENCE
from tests.stack.page import Page
from tests.stack.waiting import until


async def test_a_worker_killed_while_it_works_loses_nothing(stack, page_of, alice, hold) -> None:
    async with page_of(alice) as page:
        await page.hello()
        generation = await page.submit("one", prompt=hold.prompt, steps=10, seed=3)
        await page.wait("progress", lambda e: e["step"] >= 3)
        stack.kill("worker")
        hold.let_go()
        await page.wait("requeued")
        stack.start("worker")
        await page.ended(generation)
    assert Work.objects.filter(generation=UUID(generation)).count() == 1
    row = Generation.objects.get(pk=generation)
    assert (row.state, row.attempt) == (State.FINISHED, 2)


async def test_a_second_worker_takes_up_what_a_frozen_one_held_and_there_is_one_result(
    stack, page_of, alice, hold
) -> None:
    async with page_of(alice) as page:
        await page.hello()
        generation = await page.submit("one", prompt=hold.prompt, steps=10)
        await page.wait("progress", lambda e: e["step"] >= 3)
        stack.freeze("worker")
        hold.let_go()
        stack.start("worker2")
        await page.ended(generation)
        stack.thaw("worker")
        await asyncio.sleep(1.5)
        stack.kill("worker2")
    assert Work.objects.filter(generation=UUID(generation)).count() == 1
    assert len([e for e in page.events if e["type"] == "finished"]) == 1


async def test_a_generation_that_kills_every_worker_is_given_up(stack, page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        generation = await page.submit("one", prompt="crash", steps=2)
        for attempt in (1, 2, 3):
            await page.wait("started", lambda e, n=attempt: e["attempt"] == n)
            stack.processes.pop("worker").wait(PATIENCE)
            stack.start("worker")
        failed = await page.ended(generation, "failed")
        assert failed["error"]["code"] == "worker_lost"
        await page.ended(await page.submit("two", prompt="fine", steps=1))


async def test_a_hung_engine_ends_its_process_and_the_next_attempt_works(stack, page_of, alice) -> None:
    stack.kill("worker")
    stack.env["BRUSHWIRE_DEADLINE_STEP"] = "1"
    stack.start("worker")
    try:
        async with page_of(alice) as page:
            await page.hello()
            generation = await page.submit("one", prompt="hang", steps=2)
            await page.wait("started")
            assert stack.processes.pop("worker").wait(PATIENCE) == 70
            stack.env.pop("BRUSHWIRE_DEADLINE_STEP")  # the next one may take its time
            Generation.objects.filter(pk=generation).update(params={**_params(generation), "prompt": "fine"})
            stack.start("worker")
            await page.ended(generation)
    finally:
        stack.env.pop("BRUSHWIRE_DEADLINE_STEP", None)


def _params(generation: str) -> dict[str, object]:
    return Generation.objects.get(pk=generation).params


async def test_redis_restarted_during_a_generation_is_survived_by_all(
    stack, redis_server, page_of, alice, hold
) -> None:
    async with page_of(alice) as page:
        await page.hello()
        generation = await page.submit("one", prompt=f"{hold.prompt} slow:0.1", steps=12)
        await page.wait("progress", lambda e: e["step"] >= 2)
        redis_server.restart(down_for=0.5)
        other = await page.submit("two", prompt="x", steps=1)  # the page hears again
        before = len(page.events)
        hold.let_go()
        await page.ended(generation)
        assert [e for e in page.events[before:] if e["type"] == "progress"], "live again before the end"
        await page.ended(other)


async def test_a_submit_while_redis_is_away_is_accepted_and_made_later(stack, redis_server, page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        redis_server.stop(kill=True)
        await page.send({"type": "submit", "id": "one", "tool": "text_to_image", "model": "fake",
                         "params": {"prompt": "x", "steps": 1}})  # fmt: skip
        try:
            await until(Generation.objects.filter(command="one").exists)
        finally:
            redis_server.start()
        generation = str(Generation.objects.get(command="one").pk)
        await until(Generation.objects.filter(pk=generation, state=State.FINISHED).exists)
        await page.send({"type": "sync", "last_seq": 0})
        await page.ended(generation)


async def test_a_worker_told_to_stop_gives_its_generation_back(stack, page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        generation = await page.submit("one", prompt="slow:0.2", steps=100)
        await page.wait("progress", lambda e: e["step"] >= 2)
        stack.kill("worker", signal.SIGTERM)
        await page.wait("requeued")
        assert Generation.objects.get(pk=generation).attempt == 0
        await page.send({"type": "cancel", "generation": generation})
        await page.ended(generation, "cancelled")
        stack.start("worker")


async def test_a_reload_in_the_middle_shows_the_same_state_and_goes_on(page_of, alice, hold) -> None:
    first = page_of(alice)
    async with first:
        await first.hello()
        generation = await first.submit("one", prompt=hold.prompt, steps=15, seed=9)
        await first.wait("progress", lambda e: e["step"] >= 3)
    async with page_of(alice) as again:
        snapshot = await again.hello()
        (view,) = snapshot["generations"]
        assert view["id"] == generation and view["state"] == "running"
        assert view["params"]["seed"] == 9 and view["step"] >= 3 and view["total"] == 15
        await until(lambda: again.previews, "the newest preview is shown at once")
        hold.let_go()
        await again.wait("progress")
        await again.ended(generation)


async def test_a_reload_shows_every_picture_in_the_making(page_of, alice, hold) -> None:
    first = page_of(alice)
    async with first:
        await first.hello()
        generation = await first.submit("one", prompt=hold.prompt_of(1), steps=10, count=3)
        await first.wait("progress", lambda e: e["index"] == 1 and e["step"] >= 2)
    async with page_of(alice) as again:
        (view,) = (await again.hello())["generations"]
        assert (view["count"], view["index"]) == (3, 1)
        await until(lambda: {header["index"] for header, _ in again.previews} == {0, 1})
        await again.send({"type": "cancel", "generation": generation})
        await until(Generation.objects.exclude(cancel_requested_at=None).exists)
        hold.let_go()
        await again.ended(generation, "cancelled")


async def test_a_second_device_sees_the_same_and_may_cancel(page_of, alice) -> None:
    async with page_of(alice) as desk, page_of(alice) as phone:
        await desk.hello()
        await phone.hello()
        generation = await desk.submit("one", prompt="slow:0.1", steps=100)
        await phone.wait("progress")
        await phone.send({"type": "cancel", "generation": generation})
        await desk.ended(generation, "cancelled")
        await phone.ended(generation, "cancelled")


async def test_what_was_missed_is_replayed_in_order_without_a_gap(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        await page.submit("one", prompt="x", steps=1)
        last = (await page.wait("queued"))["seq"]
    await until(Generation.objects.filter(state=State.FINISHED).exists)
    async with page_of(alice) as page:
        await page.hello(last_seq=last)
        await page.wait("finished")
        assert [e["seq"] for e in page.events if e["type"] in ("started", "finished")] == [last + 1, last + 2]
        assert not [e for e in page.events if e["type"] == "snapshot"]


async def test_a_last_seq_that_is_no_longer_known_gets_a_snapshot(page_of, alice) -> None:
    async with page_of(alice) as page:
        assert (await page.hello(last_seq=4711))["type"] == "snapshot"


async def test_the_heartbeat_carries_the_newest_number(stack, alice) -> None:
    from tests.stack.processes import Stack
    from tests.stack.session import session_cookie

    quick = Stack(BRUSHWIRE_HEARTBEAT_EVERY="0.2")
    quick.start("web")
    try:
        async with Page(quick.url, session_cookie(alice)) as page:
            await page.hello()
            await page.ended(await page.submit("one", prompt="x", steps=1))
            await page.wait("heartbeat", lambda e: e["seq"] == 3)
    finally:
        quick.stop()


async def test_logging_out_closes_that_logins_sockets_at_once(stack, page_of, alice, async_client) -> None:
    other = page_of(alice)
    await async_client.aforce_login(alice)
    page = Page(stack.url, f"sessionid={async_client.cookies['sessionid'].value}")
    async with page, other:
        await page.hello()
        await other.hello()
        await async_client.post("/accounts/logout/")
        assert await page.wait_closed() == 4401
        assert page.events[-1]["code"] == "signed_out"
        assert other.closed is None


async def test_the_small_worker_does_the_housekeeping(stack, alice) -> None:
    from studio.models import Event, EventHead
    from studio.tasks import housekeeping

    stack.start("cpu")
    EventHead.objects.create(owner=alice, seq=1)
    Event.objects.create(owner=alice, seq=1, payload={})
    Event.objects.update(created_at="2020-01-01T00:00:00Z")
    housekeeping.delay()
    try:
        await until(lambda: not Event.objects.exists())
    finally:
        stack.kill("cpu")
