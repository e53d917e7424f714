"""A process that dies at any of the named places, twice each, loses nothing and makes nothing twice."""

import time
from collections.abc import Callable

import pytest

from accounts.models import User
from studio.models import TERMINAL, Generation, State
from studio.process import failpoints
from tests.chaos import checker
from tests.chaos.parts import Chaos
from tests.stack import PATIENCE

IN_THE_WORKER = ("event.recorded", "claimed", "made", "written", "finishing", "finished")
IN_THE_SUBMIT = ("submit.row", "submit.committed", "ring", "event.recorded")
IN_THE_RECONCILER = ("taken_back",)


@pytest.fixture
def stack(started: Callable[..., Chaos]) -> Chaos:
    return started("reconciler", BRUSHWIRE_LEASE="1")


def until(what: Callable[[], bool], why: str) -> None:
    """Wait for `what`."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, why
        time.sleep(0.05)


def submit(stack: Chaos, user: User, command: str, failpoint: str = "") -> None:
    """One submit by a process that may die of it."""
    stack.failpoints = failpoint
    stack.born("submit", str(user.pk), command).wait(PATIENCE)
    stack.failpoints = ""


def worker(stack: Chaos, failpoint: str = "", lease: float = 1.0) -> None:
    stack.failpoints, stack.lease = failpoint, lease
    stack.start("worker")
    stack.failpoints, stack.lease = "", None


def all_is_well(stack: Chaos, requests: int) -> None:
    """A sound worker brings everything to its end, and the checker has nothing to say."""
    worker(stack, lease=20.0)  # which it does not lose only because the machine is slow
    until(lambda: Generation.objects.filter(state__in=TERMINAL).count() == requests, "not everything ended")
    stack.kill("worker")
    assert set(Generation.objects.values_list("state", flat=True)) == {State.FINISHED}
    assert Generation.objects.count() == requests
    assert checker.violations([]) == []
    assert checker.orphans() == 0


def test_every_point_is_tried_here() -> None:
    tried = {*IN_THE_WORKER, *IN_THE_SUBMIT, *IN_THE_RECONCILER, "publish"}  # the last: test_sockets.py
    assert tried == set(failpoints.POINTS)


def test_a_worker_that_dies_anywhere(stack: Chaos, alice: User) -> None:
    for number, point in enumerate(IN_THE_WORKER):
        for time_ in (1, 2):
            submit(stack, alice, f"{point}-{time_}".replace(".", "_"))
            worker(stack, f"{point}=kill")
            until(lambda: not stack.alive("worker"), f"the worker did not die at {point}")
            stack.processes.pop("worker")
        all_is_well(stack, 2 * (number + 1))


def test_a_submit_that_dies_anywhere_is_made_once_when_it_is_sent_again(stack: Chaos, alice: User) -> None:
    tries = [(point, time_) for point in IN_THE_SUBMIT for time_ in (1, 2)]
    for point, time_ in tries:
        command = f"{point}-{time_}".replace(".", "_")
        submit(stack, alice, command, f"{point}=kill")
        there = Generation.objects.filter(command=command).count()
        assert there == (0 if point == "submit.row" else 1)
        submit(stack, alice, command)
    all_is_well(stack, len(tries))


def test_a_reconciler_that_dies_between_taking_back_and_ringing(stack: Chaos, alice: User) -> None:
    for time_ in (1, 2):
        stack.kill("reconciler")
        submit(stack, alice, f"taken-{time_}")
        worker(stack, "claimed=kill")
        until(lambda: not stack.alive("worker"), "the worker did not die")
        stack.processes.pop("worker")
        stack.failpoints = "taken_back=kill"
        stack.start("reconciler")
        until(lambda: not stack.alive("reconciler"), "the reconciler did not die")
        stack.failpoints = ""
        stack.start("reconciler")
        all_is_well(stack, time_)


def test_an_order_that_does_not_exist_is_refused() -> None:
    for wrong in ("nowhere=kill", "claimed=dance"):
        with pytest.raises(ValueError, match="no fail point"):
            failpoints.armed(wrong)
    assert not failpoints.reach("claimed")
