"""What every engine that colours photos promises. A test class inherits these sentences and says which engine."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.engines.base import Cancelled, Engine, EngineError
from studio.job import Job
from tests.studio.engines.contract import Recorder, SomethingElse, pixels, same_picture
from tests.studio.engines.old_photos import file, old_photo, photo, strokes

ORDER = ["reading", "resizing", "encoder", "decoder", "hints", "merging", "saving"]
PARAMS = {"preset": "auto", "three": False, "network_size": 0, "saturation": 1.0, "hints": True, "count": 1, "seed": 0}


def colour_job(model: Any, **params: Any) -> Job:
    """A photo with two strokes."""
    inputs = {"image": old_photo(), "hints": strokes()}
    return Job("photo", "colorize", PARAMS | {"width": 96, "height": 64} | params, inputs, model)


class ColouringContract:
    """Subclasses define the fixtures `engine` and `ask`: `ask(**params)` makes a job of a photo with two strokes."""

    def test_gives_the_photo_in_its_own_size_with_its_own_light(self, engine: Engine, ask: Callable[..., Job]) -> None:
        (output,) = engine.run(ask(), Recorder())
        made = Image.open(io.BytesIO(output.data))
        assert made.size == (96, 64)
        assert made.get_format_mimetype() == output.media_type == "image/png"
        before, after = (np.asarray(each.convert("L"), float) for each in (photo(), made))
        assert np.abs(before - after).mean() < 4

    def test_paints_exactly_where_it_was_painted_and_not_beyond_an_edge(
        self, engine: Engine, ask: Callable[..., Job]
    ) -> None:
        (output,) = engine.run(ask(), Recorder())
        red, _green, blue = np.asarray(Image.open(io.BytesIO(output.data)).convert("RGB"), float).transpose(2, 0, 1)
        assert (blue - red)[24:30, 14:22].mean() > 20, "blue on the left"
        assert (red - blue)[24:30, 62:70].mean() > 20, "red on the right"

    def test_names_its_stages_in_order_with_a_share_that_only_grows(
        self, engine: Engine, ask: Callable[..., Job]
    ) -> None:
        listener = Recorder()
        engine.run(ask(), listener)
        told = [step for step in listener.steps if step.stage not in ("waiting", "loading")]
        stages = [step.stage for step in told]
        assert list(dict.fromkeys(stages)) == [stage for stage in ORDER if stage in stages]
        assert {"reading", "hints", "merging", "saving"} <= set(stages)
        shares = [step.share for step in told if step.share is not None]
        assert len(shares) == len(told)
        assert shares == sorted(shares)
        assert shares[-1] == pytest.approx(1, abs=0.02)

    def test_facts_say_what_really_coloured_it(self, engine: Engine, ask: Callable[..., Job]) -> None:
        (output,) = engine.run(ask(), Recorder())
        assert output.facts["way"] == self.way
        assert output.facts["seconds"]

    way = "hints"

    def test_cancel_at_any_sign_of_life_ends_the_run_there_and_harms_nothing(
        self, engine: Engine, ask: Callable[..., Job]
    ) -> None:
        whole = Recorder()
        (expected,) = engine.run(ask(), whole)
        told = len([step for step in whole.steps if step.stage not in ("waiting", "loading")])
        for at in sorted({0, told // 2, told - 1}):
            listener = Recorder(at)
            with pytest.raises(Cancelled):
                engine.run(ask(), listener)
            assert len(listener.steps) == at + 1
        (again,) = engine.run(ask(), Recorder())
        assert same_picture(pixels(again), pixels(expected))

    def test_listeners_own_error_passes_unchanged(self, engine: Engine, ask: Callable[..., Job]) -> None:
        with pytest.raises(SomethingElse):
            engine.run(ask(), Recorder(2, SomethingElse))

    @pytest.mark.parametrize(
        ("bad", "code"),
        [
            ("truncated", "invalid_image"),
            ("text", "unsupported_image_type"),
            ("tiny", "image_too_small"),
            ("moving", "unsupported_image_type"),
        ],
    )
    def test_photo_that_cannot_be_read_is_refused(
        self, engine: Engine, ask: Callable[..., Job], bad: str, code: str
    ) -> None:
        frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
        moving = io.BytesIO()
        frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:])
        data = {
            "truncated": old_photo()[:900],
            "text": b"<svg/>",
            "tiny": file(photo(31, 200)),
            "moving": moving.getvalue(),
        }[bad]
        job = ask()
        with pytest.raises(EngineError) as caught:
            engine.run(replace(job, inputs={**job.inputs, "image": data}), Recorder())
        assert caught.value.code == code
