"""The step loop as those in it meet it: signs of life, live pictures first, cancels, a fair share."""

import itertools
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from studio.engines.local import batcher as loop
from studio.engines.local import stepping
from studio.job import Job, Step
from tests.studio.engines.driven import Driven, heard


def stages(inbox: "object") -> list[str]:
    return [m.stage for m in drained(inbox) if isinstance(m, Step)]


def drained(inbox: "object") -> list[object]:
    return [inbox.get_nowait() for _ in range(inbox.qsize())]  # type: ignore[attr-defined]


def test_job_that_gets_no_step_shows_a_sign_of_life_and_one_that_steps_does_not(
    ask_tiny: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "WAITING_SIGN", 0.05)
    batcher = Driven(ask_tiny().model)
    # So large that the other does not fit beside it and is in a lane below it.
    first = batcher.ask(replace(ask_tiny(steps=30, width=72), lane="live"))
    waits = batcher.ask(ask_tiny(steps=30))
    batcher.turn()
    batcher.turn()
    drained(first), drained(waits)
    for _ in range(6):
        time.sleep(0.03)
        batcher.turn()
    assert "waiting" not in stages(first)
    told = stages(waits)
    assert told.count("waiting") >= 2
    assert "denoising" not in told


def test_job_whose_model_is_loading_stays_silent_so_that_a_hanging_loader_is_noticed(
    ask_tiny: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "WAITING_SIGN", 0.01)
    batcher = Driven()
    monkeypatch.setattr(batcher.shelf, "fetch", lambda *_: True)
    inbox = batcher.ask(ask_tiny())
    for _ in range(3):
        batcher._inbox.put(lambda: None)
        batcher.turn()
        time.sleep(0.02)
    assert stages(inbox) == ["loading"]


def test_steps_stay_short_while_somebody_draws_and_are_long_again_afterwards(
    ask_tiny: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = itertools.count(step=0.001)
    monkeypatch.setattr(time, "perf_counter", lambda: next(now))
    batcher = Driven(ask_tiny().model)
    real, made = stepping.predict, []

    def slow(slots: list[stepping.Slot]) -> object:
        rows = sum(slot.rows for slot in slots)
        made.append((rows, [slot.lane for slot in slots]))
        for _ in range(60 + rows * 10):
            next(now)
        return real(slots)

    monkeypatch.setattr(stepping, "predict", slow)
    jobs = [ask_tiny(steps=60, seed=seed, guidance_scale=1.0) for seed in range(8)]
    crowd = [batcher.ask(job) for job in jobs]
    for _ in range(20):
        batcher.turn()
    assert max(rows for rows, _lanes in made[-3:]) == 8
    frame = replace(ask_tiny(steps=12, guidance_scale=1.0), lane="live")
    live = batcher.ask(frame)
    batcher.turn()
    made.clear()
    for _ in range(10):
        batcher.turn()
    assert all(rows <= 5 and lanes[0] == "live" for rows, lanes in made)
    assert any(rows > 1 for rows, _lanes in made)
    for _ in range(30):
        batcher.turn()
    assert max(rows for rows, _lanes in made[-3:]) == 8
    assert heard(live, frame)
    batcher.run_out()
    assert all(heard(inbox, job) for inbox, job in zip(crowd, jobs, strict=True))
