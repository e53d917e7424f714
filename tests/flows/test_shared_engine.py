"""The real engine in a real worker: people's pictures are made together, and its end costs nobody a picture."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.auth.models import Group

from gallery.models import Work
from studio.models import Generation, State
from tests.stack.waiting import until
from tests.up.running import alive

# A few seconds alone.
LONG = {"model": "starter", "prompt": "a house", "steps": 60, "width": 128, "height": 128}


@pytest.fixture(scope="module")
def wide(shared_stack) -> Iterator[None]:
    """A worker that holds four generations at once, and engines that may be silent for 8 seconds, for this file."""
    shared_stack.kill("worker")
    shared_stack.slots, shared_stack.env["BRUSHWIRE_DEADLINE_STEP"] = 4, "8"
    shared_stack.start("worker")
    yield
    shared_stack.kill("worker")
    shared_stack.slots = 1
    shared_stack.env.pop("BRUSHWIRE_DEADLINE_STEP")
    shared_stack.start("worker")


@pytest.fixture
def shared(wide, stack) -> object:
    """The studio with that worker."""
    return stack


def engine_of(worker: int) -> int:
    """The number of the engine process that the worker with this number started."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == worker and b"studio.engines.local.process" in (entry / "cmdline").read_bytes():
                return int(entry.name)
        except (FileNotFoundError, ProcessLookupError):
            continue
    raise AssertionError("the worker has no engine process")


async def test_pictures_of_two_people_are_made_at_the_same_time(shared, page_of, alice, bob) -> None:
    async with page_of(alice) as hers, page_of(bob) as his:
        await hers.hello()
        await his.hello()
        first = await hers.submit("one", **LONG, seed=1)
        await hers.wait("progress", lambda e: e["step"] >= 2)
        second = await his.submit("one", **LONG | {"steps": 5}, seed=2)
        await his.ended(second)
        await hers.ended(first)
    order = Generation.objects.order_by("finished_at").values_list("pk", flat=True)
    assert list(order) == [UUID(second), UUID(first)], "the later, shorter one did not wait for it"
    spent = dict(Generation.objects.values_list("pk", "device_seconds"))
    assert 0 < spent[UUID(second)] < spent[UUID(first)]


async def test_one_doorbell_wakes_a_slot_for_everyone_who_waits(shared, page_of, alice) -> None:
    alice.groups.add(Group.objects.get(name="trusted"))
    async with page_of(alice) as hers:
        await hers.hello()
        mine = [await hers.submit(f"n{n}", **LONG | {"steps": 100}, seed=n) for n in range(3)]
        await until(lambda: Generation.objects.filter(state=State.RUNNING).count() == 3)
        for generation in mine:
            await hers.send({"type": "cancel", "generation": generation})
        for generation in mine:
            await hers.ended(generation, "cancelled")


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
async def test_an_engine_that_dies_or_hangs_is_replaced_and_nothing_is_lost(shared, page_of, alice, bob, end) -> None:
    worker = shared.processes["worker"].pid
    async with page_of(alice) as hers, page_of(bob) as his:
        await hers.hello()
        await his.hello()
        a = await hers.submit("one", **LONG, seed=1)
        b = await his.submit("one", **LONG, seed=2)
        await hers.wait("progress", lambda e: e["step"] >= 2)
        await his.wait("progress", lambda e: e["step"] >= 2)
        os.kill(engine_of(worker), end)
        await hers.wait("requeued")
        await his.wait("requeued")
        await hers.ended(a)
        await his.ended(b)
    assert shared.processes["worker"].poll() is None
    rows = Generation.objects.filter(pk__in=[a, b])
    assert {(row.state, row.attempt) for row in rows} == {(State.FINISHED, 2)}
    assert Work.objects.count() == 2


async def test_the_engine_ends_with_its_killed_worker(shared, page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        generation = await page.submit("one", **LONG)
        await page.wait("progress", lambda e: e["step"] >= 2)
        engine = engine_of(shared.processes["worker"].pid)
        shared.kill("worker")
        await until(lambda: not alive(engine))
        shared.start("worker")
        await page.ended(generation)
