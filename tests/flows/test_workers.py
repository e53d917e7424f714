"""Real workers: drained by their row and taken up again; one that has grown finishes, leaves, and nothing is lost."""

import json
import time
import urllib.error
import urllib.request

from django.db.models.functions import Now

from studio.commands import generations
from studio.models import Generation, Worker
from studio.protocol import Submit
from tests.stack import PATIENCE
from tests.stack.hold import Hold
from tests.stack.processes import Stack
from tests.stack.waiting import wait_until


def ask(user: object, command: str, prompt: str = "x") -> Generation:
    params = {"prompt": prompt, "steps": 2, "width": 64, "height": 64}
    wanted = Submit(type="submit", id=command, tool="text_to_image", model="fake", params=params)
    return generations.submit(user, wanted)


def state(generation: Generation) -> str:
    return Generation.objects.get(pk=generation.pk).state


def ready(stack: Stack) -> dict[str, bool]:
    try:
        with urllib.request.urlopen(f"{stack.url}/readyz", timeout=PATIENCE) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        return dict(json.load(error))


def test_a_worker_is_drained_by_its_row_and_goes_on_where_it_was(stack: Stack, alice: object, hold: Hold) -> None:
    mine = Worker.objects.filter(kind="worker:gpu", pid=stack.processes["worker"].pid)
    wait_until(lambda: mine.filter(state="ready"))
    running = ask(alice, "one", hold.prompt)
    wait_until(lambda: mine.filter(state="busy"))
    mine.update(drain_at=Now())
    assert ready(stack)["worker"] is False
    wait_until(lambda: mine.filter(state="draining"))
    hold.let_go()
    wait_until(lambda: state(running) == "finished")
    waiting = ask(alice, "two")
    time.sleep(1.5)  # the reconciler has rung again meanwhile
    assert state(waiting) == "queued"
    mine.update(drain_at=None)
    wait_until(lambda: state(waiting) == "finished")
    wait_until(lambda: ready(stack)["worker"])


def test_a_worker_that_has_grown_finishes_and_ends_by_itself(stack: Stack, alice: object, hold: Hold) -> None:
    stack.kill("worker")  # it would take the work; the fixture starts it again
    large = Stack(2, BRUSHWIRE_WORKER_MEMORY="10", BRUSHWIRE_LEASE="20")
    try:
        slow, quick = ask(alice, "one", hold.prompt), ask(alice, "two")
        large.start("worker")
        wait_until(lambda: state(quick) == "finished")
        hold.let_go()
        assert large.processes["worker"].wait(PATIENCE) == 0
        assert (state(slow), state(quick)) == ("finished", "finished")
        assert Generation.objects.get(pk=slow.pk).attempt == 1
    finally:
        large.stop()
