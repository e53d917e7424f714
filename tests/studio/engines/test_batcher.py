"""The step loop as those in it meet it: signs of life, live pictures first, cancels, a fair share."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from studio.engines.local import batcher as loop
from studio.engines.local import decoding, finishing, messages, order, stepping
from studio.engines.local.batcher import Batcher
from studio.engines.local.leftover import Leftover
from studio.engines.local.slots import Slot
from studio.job import Job, Step
from tests.studio.engines.driven import CPU, Driven, difference, heard, loaded, stock


def stages(inbox: "object") -> list[str]:
    return [m.stage for m in drained(inbox) if isinstance(m, Step)]


def drained(inbox: "object") -> list[object]:
    return [inbox.get_nowait() for _ in range(inbox.qsize())]  # type: ignore[attr-defined]


def test_job_that_gets_no_step_shows_a_sign_of_life_and_one_that_steps_does_not(
    ask_tiny: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "WAITING_SIGN", 0.05)
    monkeypatch.setattr(Leftover, "pays", lambda *_: False)
    monkeypatch.setitem(order.PASSED_OVER, "interactive", 100)
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


def test_first_look_of_who_draws_is_hardly_delayed_by_those_who_fill_the_steps(
    ask_tiny: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = itertools.count(step=0.001)
    monkeypatch.setattr(time, "perf_counter", lambda: next(now))
    batcher = Driven(ask_tiny().model)
    real, made = stepping.predict, []

    def slow(slots: list[Slot]) -> object:
        made.append(Counter(slot.lane for slot in slots))
        for _ in range(20 + len(slots) * 10):
            next(now)
        return real(slots)

    monkeypatch.setattr(stepping, "predict", slow)
    for seed in range(6):
        batcher.ask(replace(ask_tiny(steps=90, seed=seed, guidance_scale=1.0), lane="bulk"))
    for _ in range(20):
        batcher.turn()
    made.clear()
    hands = [
        replace(ask_tiny(steps=9, seed=seed, guidance_scale=1.0), lane="live", owner=f"hand {seed}") for seed in (1, 2)
    ]
    batcher.ask(hands[0])
    for _ in range(4):
        batcher.turn()
    assert made[0]["live"] == 1
    assert made[0]["bulk"] == 0, "a second row would make it a third longer"
    assert min(step["bulk"] for step in made[1:]) >= 4, "later looks are shared with everybody"
    made.clear()
    for hand in hands:  # a new stroke in every turn, were it not for the others
        batcher.ask(replace(hand, id="again", owner=f"other {hand.owner}"))
        batcher.turn()
    assert [step["bulk"] > 0 for step in made] == [False, True], "never two such steps in a row"


def test_short_live_steps_leave_time_for_who_cannot_share_them_and_long_ones_do_not(
    ask_tiny: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = itertools.count(step=0.001)
    monkeypatch.setattr(time, "perf_counter", lambda: next(now))
    real, made = stepping.predict, Counter[str]()
    row = 10

    def slow(slots: list[Slot]) -> object:
        made[slots[0].lane] += 1
        for _ in range(sum(slot.rows for slot in slots) * row):
            next(now)
        return real(slots)

    monkeypatch.setattr(stepping, "predict", slow)
    batcher = Driven(ask_tiny().model)
    # Another size: it can never be in a step of the live picture.
    live = replace(ask_tiny(steps=200, width=72, guidance_scale=1.0), lane="live")
    batcher.ask(live)
    batcher.ask(ask_tiny(steps=200, guidance_scale=1.0))
    for _ in range(42):
        batcher.turn()
    assert made["interactive"] >= 15, "a live step of some 20 ms leaves enough of its 100 ms"
    assert made["live"] >= made["interactive"]
    row = 150
    for _ in range(9):
        batcher.turn()
    made.clear()
    for _ in range(36):
        batcher.turn()
    assert made["interactive"] <= 8, "a live step as long as it may be leaves only the turn of who is passed over"


def test_cancel_frees_the_device_within_one_step_in_a_thousand_trials(
    ask_tiny: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the real loop's own thread, at a random moment of the picture."""
    dice, made = random.Random(4), Counter[str]()

    def quick(slots: list[Slot]) -> list[torch.Tensor]:
        made.update(slot.job.id for slot in slots)
        return [slot.latents for slot in slots]

    batcher = Batcher(CPU)
    batcher.shelf.cache.keep(loaded(ask_tiny().model))
    monkeypatch.setattr(stepping, "predict", quick)
    request = messages.request(ask_tiny(steps=500, guidance_scale=1.0))
    for trial in range(1000):
        name, begun = str(trial), threading.Event()
        after = dice.randint(1, 4)
        ticket = batcher.submit(
            replace(request, job=replace(request.job, id=name)),
            lambda message, after=after, begun=begun: begun.set() if getattr(message, "step", 0) >= after else None,  # type: ignore[misc]
        )
        assert begun.wait(60)
        batcher.cancel(ticket)
        told_at = made[name]
        gone = threading.Event()
        batcher._inbox.put(gone.set)  # heard after the cancel, in the same place between two steps
        assert gone.wait(60)
        late = made[name] - told_at
        assert late <= 1, f"trial {trial}: {late} steps after the cancel"
    before = sum(made.values())
    assert not batcher.runs
    assert sum(made.values()) == before


def test_equal_backlogs_get_equal_shares_of_the_device(
    ask_tiny: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jain's index of the row-steps of people who always have something waiting, however much each of them has."""
    had: Counter[str] = Counter()

    def counting(slots: list[Slot]) -> list[torch.Tensor]:
        for slot in slots:
            had[slot.owner] += slot.rows
        return [slot.latents for slot in slots]

    monkeypatch.setattr(stepping, "predict", counting)
    batcher = Driven(ask_tiny().model)
    backlog = {"alice": (8, 3.5), "bob": (1, 3.5), "carol": (3, 1.0), "dave": (2, 1.0), "erin": (5, 3.5)}
    for owner, (count, guidance) in backlog.items():
        for seed in range(count):
            batcher.ask(replace(ask_tiny(steps=400, seed=seed, guidance_scale=guidance), owner=owner))
    while any(not run.slots for run in batcher.runs) or not batcher.runs:
        batcher.turn()
    had.clear()
    monkeypatch.setattr(batcher._steps._allowance, "rows", lambda *_, **__: 4)
    for _ in range(200):
        batcher.turn()
    shares = list(had.values())
    assert len(shares) == len(backlog)
    assert sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares)) >= 0.98


def test_pictures_that_wait_together_are_decoded_together_and_are_the_same(
    ask_tiny: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(finishing.TOGETHER, "cpu", 4)
    real, together = decoding.together, []

    def counting(slots: list[Slot]) -> torch.Tensor:
        together.append(len(slots))
        return real(slots)

    job, alone = ask_tiny(steps=3, count=5), ask_tiny(steps=3, seed=9, width=72)
    expected = [stock(job), stock(alone)]
    monkeypatch.setattr(decoding, "together", counting)
    batcher = Driven(job.model)
    inboxes = [batcher.ask(job), batcher.ask(alone)]
    batcher.run_out()
    assert 1 < max(together) <= 4
    for inbox, one, outputs in zip(inboxes, (job, alone), expected, strict=True):
        assert difference(heard(inbox, one), outputs) <= 2


def test_people_who_draw_at_once_step_together_at_once_and_a_flood_begins_one_by_one(
    ask_tiny: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, made = stepping.predict, []

    def watched(slots: list[Slot]) -> object:
        made.append(Counter(slot.lane for slot in slots))
        return real(slots)

    monkeypatch.setattr(stepping, "predict", watched)
    batcher = Driven(ask_tiny().model)
    batcher._live_step = batcher._steps._allowance._budget.live = float("inf")  # however slow this machine is just now
    flood = [batcher.ask(replace(ask_tiny(steps=9, seed=seed, guidance_scale=1.0), lane="bulk")) for seed in range(4)]
    strokes = [
        replace(ask_tiny(steps=2, seed=seed, guidance_scale=1.0), lane="live", owner=f"hand {seed}")
        for seed in range(4)
    ]
    hands = [batcher.ask(job) for job in strokes]
    batcher.turn()
    assert made == [Counter(live=4)]
    batcher.turn()
    batcher.turn()
    assert made[1]["live"] == 4
    assert [step["bulk"] for step in made] == [0, 1, 2], "of the others one a turn, as soon as nobody waits to draw"
    batcher.run_out()
    assert all(heard(inbox, job) for inbox, job in zip(hands, strokes, strict=True))
    assert all(inbox.qsize() for inbox in flood)


def test_who_waits_begins_soon_however_many_strokes_keep_coming(ask_tiny: Callable[..., Job]) -> None:
    batcher = Driven(ask_tiny().model)
    waits = batcher.ask(ask_tiny(steps=3))
    for revision in range(12):
        stroke = ask_tiny(steps=2, seed=revision, width=72, guidance_scale=1.0)
        batcher.ask(replace(stroke, lane="live", owner=f"hand {revision}"))
        batcher.turn()
    assert "denoising" in stages(waits)
