"""Frames of live boards in the step loop: the newest of a board is made, and what it replaced is gone at once."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from studio.engines.base import Cancelled, EngineError
from studio.engines.local import messages, tiny
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.loading import load
from studio.engines.local.solo import run_solo
from studio.job import Job, ModelRef
from tests.studio.engines.conftest import job_for
from tests.studio.engines.contract import Recorder
from tests.studio.engines.driven import CPU, Driven, difference, heard, stock


def frame(job: Job, revision: int, owner: str = "alice", board: str = "b") -> Job:
    return replace(job, lane="live", owner=owner, board=board, revision=revision)


def test_a_newer_frame_takes_the_older_ones_place_between_two_steps(ask_tiny: Callable[..., Job]) -> None:
    older, newer = frame(ask_tiny(steps=9, seed=1), 1), frame(ask_tiny(steps=3, seed=2), 2)
    batcher = Driven(older.model)
    first = batcher.ask(older)
    for _ in range(4):
        batcher.turn()
    second = batcher.ask(newer)
    batcher.turn()
    assert [run.request.job.revision for run in batcher.runs] == [2]
    with pytest.raises(Cancelled):
        heard(first, older)
    batcher.run_out()
    assert difference(heard(second, newer), stock(newer)) <= 2


def test_a_frame_that_was_overtaken_on_its_way_is_not_begun(ask_tiny: Callable[..., Job]) -> None:
    older, newer = frame(ask_tiny(seed=1), 1), frame(ask_tiny(seed=2), 2)
    batcher = Driven(older.model)
    second, first = batcher.ask(newer), batcher.ask(older)
    batcher.run_out()
    with pytest.raises(Cancelled):
        heard(first, older)
    assert len(heard(second, newer)) == 1


def test_boards_of_two_people_with_one_name_and_ordinary_pictures_leave_each_other_alone(
    ask_tiny: Callable[..., Job],
) -> None:
    jobs = [frame(ask_tiny(seed=1), 1), frame(ask_tiny(seed=2), 5, owner="bob"), ask_tiny(seed=3), ask_tiny(seed=4)]
    batcher = Driven(jobs[0].model)
    inboxes = [batcher.ask(job) for job in jobs]
    batcher.run_out()
    for job, inbox in zip(jobs, inboxes, strict=True):
        assert difference(heard(inbox, job), stock(job)) <= 2


def test_a_frame_may_be_a_jpeg(ask_tiny: Callable[..., Job]) -> None:
    job = replace(frame(ask_tiny(), 1), media_type="image/jpeg")
    batcher = Driven(job.model)
    inbox = batcher.ask(job)
    batcher.run_out()
    (made,) = heard(inbox, job)
    assert made.media_type == "image/jpeg" and made.data.startswith(b"\xff\xd8\xff")


@pytest.fixture
def few_steps(tiny_folder: Path, tmp_path: Path) -> ModelRef:
    """The tiny model with another, equally random UNet for few steps."""
    tiny.write(tmp_path, shape="sd", seed=7)
    return ModelRef("tiny", "sd", str(tiny_folder), parts={"few_steps": str(tmp_path / "unet")}, variant="few_steps")


def test_a_few_step_variant_is_the_model_with_its_own_denoiser_and_lcm(few_steps: ModelRef) -> None:
    base = load(few_steps.plain(), CPU)
    variant = load(few_steps, CPU, base)
    shared = [name for name, part in variant.parts.items() if part is base.parts[name]]
    assert sorted(set(base.parts) - set(shared)) == ["scheduler", "unet"]
    assert type(variant.parts["scheduler"]).__name__ == "LCMScheduler"
    assert variant.key != base.key


def test_drafts_of_a_variant_and_full_pictures_go_on_side_by_side(few_steps: ModelRef) -> None:
    engine = DeviceEngine(device="cpu", threads=1)
    full = job_for(few_steps.plain(), 64)(steps=6, seed=1)
    draft = frame(job_for(few_steps, 64)(steps=2, seed=1, guidance_scale=1.0), 1)
    (quick,) = engine.run(draft, Recorder())
    (slow,) = engine.run(full, Recorder())
    assert (quick.facts["scheduler"], slow.facts["scheduler"]) == ("LCMScheduler", "DDIMScheduler")
    assert difference([quick], run_solo(load(few_steps, CPU), messages.request(draft), Recorder())) <= 2


def test_a_broken_variant_is_said_and_the_model_itself_still_works(few_steps: ModelRef, tmp_path: Path) -> None:
    (tmp_path / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"no weights")
    engine = DeviceEngine(device="cpu", threads=1)
    with pytest.raises(EngineError, match="model_unavailable"):
        engine.run(frame(job_for(few_steps, 64)(steps=2), 1), Recorder())
    assert engine.run(job_for(few_steps.plain(), 64)(steps=2), Recorder())
