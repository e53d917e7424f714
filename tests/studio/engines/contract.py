"""What every engine promises. A test class inherits these sentences and says which engine and which job."""

import io
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.engines.base import Cancelled, Engine, EngineError
from studio.job import Job, Output, Step
from tests.studio.engines.sketches import drawing


class Recorder:
    """Listens to an engine; may raise `error` at its call number `at` (from 0)."""

    def __init__(self, at: int = -1, error: type[Exception] = Cancelled) -> None:
        self.steps: list[Step] = []
        self.at, self.error = at, error

    def __call__(self, step: Step) -> None:
        self.steps.append(step)
        if len(self.steps) - 1 == self.at:
            raise self.error

    def denoising(self, index: int = 0) -> list[Step]:
        """The real steps of one output, without the announcement of the stage."""
        return [s for s in self.steps if s.stage == "denoising" and s.index == index and s.step]


class SomethingElse(Exception):
    """An error of whoever listens: a lost lease, a database that is gone."""


def pixels(output: Output) -> bytes:
    return Image.open(io.BytesIO(output.data)).convert("RGB").tobytes()


def same_picture(a: bytes, b: bytes) -> bool:
    """Whether two pictures differ by rounding at most: 2 of 255 levels. Who shares a step changes its last bits."""
    one, other = (np.frombuffer(each, np.uint8).astype(int) for each in (a, b))
    return one.shape == other.shape and int(np.abs(one - other).max()) <= 2


class EngineContract:
    """Subclasses define the fixtures `engine` and `ask`; `ask(tool, **params)` makes a job for that engine."""

    @pytest.fixture
    def run(self, engine: Engine, ask: Callable[..., Job]) -> Callable[..., tuple[list[Output], list[Step]]]:
        def run(tool: str = "text_to_image", **params: Any) -> tuple[list[Output], list[Step]]:
            listener = Recorder()
            return engine.run(ask(tool, **params), listener), listener.steps

        return run

    def test_makes_as_many_pictures_as_asked_of_the_size_asked(self, run: Any) -> None:
        outputs, _steps = run(count=3, seed=7, width=72, height=64)
        assert [o.seed for o in outputs] == [7, 8, 9]
        assert len({o.data for o in outputs}) == 3
        for output in outputs:
            picture = Image.open(io.BytesIO(output.data))
            assert picture.get_format_mimetype() == output.media_type == "image/png"
            assert picture.size == (72, 64)
            json.dumps(dict(output.facts))

    def test_same_seed_makes_the_same_picture_and_another_seed_another(self, run: Any) -> None:
        first, again, other = (run(seed=seed)[0][0] for seed in (1, 1, 2))
        assert same_picture(pixels(first), pixels(again))
        assert not same_picture(pixels(first), pixels(other))

    def test_second_picture_is_the_first_one_of_the_next_seed(self, run: Any) -> None:
        assert same_picture(pixels(run(seed=4, count=2)[0][1]), pixels(run(seed=5)[0][0]))

    @pytest.mark.parametrize("tool", ["text_to_image", "sketch_to_image"])
    def test_reports_every_real_step_once_and_in_order(self, run: Any, ask: Any, engine: Engine, tool: str) -> None:
        listener = Recorder()
        engine.run(ask(tool, steps=5, strength=0.6, count=2), listener)
        expected = 3 if tool == "sketch_to_image" else 5
        for index in range(2):
            told = listener.denoising(index)
            assert [s.step for s in told] == list(range(1, expected + 1))
            assert {(s.total, s.count) for s in told} == {(expected, 2)}

    def test_names_its_stages_in_order(self, run: Any) -> None:
        _outputs, steps = run(count=2)
        told = [(s.stage, s.index) for s in steps if s.stage not in ("waiting", "loading")]
        assert told[0] == ("encoding", 0)
        for index in range(2):
            own = [stage for stage, of in told[1:] if of == index]
            assert list(dict.fromkeys(own)) == ["denoising", "decoding"]
            assert own == sorted(own, key=["denoising", "decoding"].index)

    def test_previews_have_the_bytes_they_claim_and_the_last_step_always_has_one(self, run: Any) -> None:
        _outputs, steps = run()
        previews = [s.preview for s in steps if s.preview]
        assert [s for s in steps if s.stage == "denoising" and s.step][-1].preview
        assert all(len(p.rgb) == p.width * p.height * 3 for p in previews)

    @pytest.mark.parametrize("tool", ["text_to_image", "sketch_to_image"])
    def test_cancel_at_any_sign_of_life_ends_the_run_there_and_harms_nothing(
        self, engine: Engine, ask: Callable[..., Job], tool: str
    ) -> None:
        job = ask(tool, steps=4, count=2, seed=3)
        whole = Recorder()
        expected = [pixels(o) for o in engine.run(job, whole)]
        real = sum(len(whole.denoising(index)) for index in range(2))
        for at in range(len(whole.steps)):
            listener = Recorder(at)
            try:
                engine.run(job, listener)
            except Cancelled:
                assert len(listener.steps) == at + 1
            else:  # some signs of life go by the clock: there were fewer than before, but never fewer than real steps
                assert real < len(listener.steps) <= at
        again = [pixels(o) for o in engine.run(job, Recorder())]
        assert all(same_picture(a, b) for a, b in zip(again, expected, strict=True))

    def test_listeners_own_error_passes_unchanged(self, engine: Engine, ask: Callable[..., Job]) -> None:
        with pytest.raises(SomethingElse):
            engine.run(ask("text_to_image"), Recorder(2, SomethingElse))

    @pytest.mark.parametrize("damage", ["empty", "text", "truncated", "gif"])
    def test_sketch_that_is_no_picture_is_refused(self, engine: Engine, ask: Callable[..., Job], damage: str) -> None:
        gif = io.BytesIO()
        Image.new("P", (8, 8)).save(gif, "GIF")
        data = {"empty": b"", "text": b"<svg/>", "truncated": drawing("house")[:700], "gif": gif.getvalue()[:20]}[
            damage
        ]
        job = ask("sketch_to_image")
        with pytest.raises(EngineError) as caught:
            engine.run(replace(job, inputs={"sketch": data}), Recorder())
        assert caught.value.code == "invalid_image"

    def test_several_threads_each_get_their_own_pictures(self, engine: Engine, ask: Callable[..., Job]) -> None:
        alone = {seed: pixels(engine.run(ask("text_to_image", seed=seed), Recorder())[0]) for seed in range(3)}
        together: dict[int, bytes] = {}

        def work(seed: int) -> None:
            together[seed] = pixels(engine.run(ask("text_to_image", seed=seed), Recorder())[0])

        threads = [threading.Thread(target=work, args=(seed,)) for seed in alone]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(180)
        assert together.keys() == alone.keys()
        assert all(same_picture(together[seed], alone[seed]) for seed in alone)
