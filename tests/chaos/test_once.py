"""Exactly one end and one set of results, whoever asks, cancels or finishes at the same moment."""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connections

from accounts.models import User
from gallery import files
from gallery.models import Work, WorkFile
from studio.commands import generations
from studio.models import Generation, State
from studio.protocol import Submit
from tests.chaos import checker, fairness
from tests.chaos.crowd import Started, people, slack
from tests.chaos.parts import Chaos
from tests.stack import PATIENCE
from tests.stack.page import Page
from tests.stack.waiting import until

STEPS = 6
ENDS = ("finished", "failed", "cancelled", "expired")


async def test_a_cancel_at_any_step_and_in_the_queue_gives_one_end(started: Started) -> None:
    stack = started("web", "worker0", "reconciler")
    for step, (_, cookie) in enumerate(people(STEPS + 2)):
        async with Page(stack.url, cookie) as page:
            await page.hello()
            generation = await page.submit(f"at-{step}", prompt="slow:0.1", steps=STEPS)
            queued = await page.submit("in-the-queue", prompt="slow:0.1", steps=STEPS)
            await page.send({"type": "cancel", "generation": queued})
            if step:
                seen = min(step, STEPS)
                await page.wait("progress", lambda e, n=seen: e["step"] >= n)
            await page.send({"type": "cancel", "generation": generation})
            await _any_end(page, generation)
            await _any_end(page, queued)
            ends = [e["generation"] for e in page.events if e["type"] in ENDS]
            assert sorted(ends) == sorted({generation, queued})
    assert set(Generation.objects.values_list("state", flat=True)) <= {State.CANCELLED, State.FINISHED}
    assert checker.violations([]) == []


async def _any_end(page: Page, generation: str) -> None:
    def ended() -> bool:
        return any(e["type"] in ENDS and e["generation"] == generation for e in page.events)

    async with page.arrived:
        await asyncio.wait_for(page.arrived.wait_for(ended), PATIENCE)


def test_fifty_submits_of_one_command_at_once_are_one(transactional_db: None, models: None, alice: User) -> None:
    params = {"prompt": "x", "steps": 2, "width": 64, "height": 64}
    command = Submit(type="submit", id="one", tool="text_to_image", model="fake", params=params)

    def ask(_: int) -> UUID:
        try:
            return generations.submit(User.objects.get(pk=alice.pk), command).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(25) as pool:
        answers = set(pool.map(ask, range(50)))
    assert len(answers) == 1
    assert Generation.objects.count() == 1


async def test_two_attempts_of_one_generation_that_finish_at_once_leave_one_result(started: Started) -> None:
    stack = started("web", "reconciler", BRUSHWIRE_LEASE="1")
    ((_, cookie),) = people(1)
    async with Page(stack.url, cookie) as page:
        await page.hello()
        generation = await _frozen_before_its_end(stack, page)
        await page.wait("requeued", lambda e: e["generation"] == generation)
        stack.start("worker1")
        await page.wait("started", lambda e: e["generation"] == generation and e["attempt"] == 2)
        stack.thaw("worker0")
        await page.ended(generation)
        await page.ended(await page.submit("two", prompt="y", steps=1))
        stack.kill("worker0", signal.SIGTERM)
    assert await Work.objects.filter(generation=UUID(generation)).acount() == 1
    assert await sync_to_async(checker.violations)([]) == []
    assert await sync_to_async(checker.orphans)() == 0


async def _frozen_before_its_end(stack: Chaos, page: Page) -> str:
    """A generation whose worker0 stands still: its files are written, and no row names them.

    It freezes where it is, and another of its threads may have been writing to the database (its pulse, say): then
    nobody could go on, so it is let go, and the next one is tried.
    """
    for number in range(20):
        stack.failpoints = "written=stop"
        stack.start("worker0")
        stack.failpoints = ""
        generation = await page.submit(f"one-{number}", prompt="x", steps=1, seed=7)
        async with asyncio.timeout(PATIENCE):
            while not stack.frozen("worker0"):
                await asyncio.sleep(0.02)
        if await sync_to_async(stack.others_can_write)():
            return generation
        stack.thaw("worker0")
        await page.ended(generation)
        stack.kill("worker0")
    raise AssertionError("the worker froze with the database locked each time")


async def test_two_people_who_make_the_same_bytes_do_not_lose_them_when_one_deletes_his(started: Started) -> None:
    stack = started("web", "worker0", "worker1", "reconciler")
    (alice, hers), (bob, his) = people(2)
    async with Page(stack.url, hers) as one, Page(stack.url, his) as two:
        for page in (one, two):
            await page.hello()
        both = await asyncio.gather(*(page.submit("one", prompt="same", steps=2, seed=7) for page in (one, two)))
        await asyncio.gather(one.ended(both[0]), two.ended(both[1]))
    shared = await sync_to_async(_digests)(alice) & await sync_to_async(_digests)(bob)
    assert shared, "the thumbnails of two equal pictures are the same file"
    await Work.objects.filter(owner=bob).adelete()
    await sync_to_async(files.WORKS.sweep)(-1.0)
    assert await sync_to_async(checker.violations)([]) == [f"results: {both[1]} is finished with 0 pictures"]


def _digests(user: User) -> set[str]:
    return set(WorkFile.objects.filter(work__owner=user).values_list("sha256", flat=True))


def test_with_more_people_than_slots_everybody_has_about_the_part_of_their_weight(started: Started) -> None:
    """A quarter of a minute of real workers; over ten minutes: tests/studio/queue/test_shares.py and
    tests.chaos.run."""
    started("worker0", "reconciler", BRUSHWIRE_LEASE="20", BRUSHWIRE_RATE_FACTOR="100")
    fairness.lift_limits()
    result = fairness.measure(fairness.usual(), 15.0, visitors=3)
    assert result.off() < 0.3, fairness.report(result)
    assert max(result.visits) <= result.batch + 2 * slack(), fairness.report(result)


async def test_whoever_queues_much_does_not_keep_the_others_waiting(started: Started) -> None:
    """One queues 30, then three others one each: each starts after no more than what was running already."""
    stack = started("web", "worker0", "reconciler", BRUSHWIRE_LEASE="5")
    crowd = people(4)
    pages = [Page(stack.url, cookie) for _, cookie in crowd]
    for page in pages:
        await page.open()
        await page.hello()
    greedy = await sync_to_async(_queue_much)(crowd[0][0], 30)
    await until(lambda: Generation.objects.filter(pk__in=greedy).exclude(state=State.QUEUED).exists())
    singles = [await page.submit("one", prompt="slow:0.1", steps=4) for page in pages[1:]]
    await asyncio.gather(*(page.ended(single) for page, single in zip(pages[1:], singles, strict=True)))
    for single in singles:
        row = await Generation.objects.aget(pk=single)
        between = Generation.objects.filter(pk__in=greedy, started_at__gt=row.created_at, started_at__lt=row.started_at)
        assert await between.acount() <= stack.slots + len(singles)
    await asyncio.gather(*(page.close() for page in pages))


def _queue_much(user: User, count: int) -> list[UUID]:
    """`count` rows at once, past the limit on waiting pictures, which is not what is tried here."""
    from accounts.models import Role

    Role.objects.filter(group__name="member").update(queued=count)
    # Each takes longer than it takes to ask for one more, on any machine.
    params = {"prompt": "slow:0.3", "steps": 4, "width": 64, "height": 64}
    made = []
    for n in range(count):
        command = Submit(type="submit", id=f"much-{n}", tool="text_to_image", model="fake", params=params)
        made.append(generations.submit(user, command).pk)
    return made
