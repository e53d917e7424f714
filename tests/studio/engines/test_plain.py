"""The engine without a model: colours by hints alone, and what it says where there are none."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from studio.engines.base import Engine, EngineError
from studio.engines.plain import PlainEngine
from studio.job import Job, ModelRef
from tests.studio.engines.colouring import ColouringContract, colour_job
from tests.studio.engines.contract import Recorder
from tests.studio.engines.old_photos import strokes

PLAIN = ModelRef("plain", "plain", "plain")


class TestPlainEngine(ColouringContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return PlainEngine()

    @pytest.fixture
    def ask(self) -> Callable[..., Job]:
        return lambda **params: colour_job(PLAIN, **params)

    @pytest.mark.parametrize("given", ["none", "nothing painted"])
    def test_asks_for_hints_where_there_are_none(self, engine: Engine, ask: Callable[..., Job], given: str) -> None:
        job = ask()
        inputs = {"image": job.inputs["image"]} | ({} if given == "none" else {"hints": strokes(painted=[])})
        with pytest.raises(EngineError) as caught:
            engine.run(replace(job, inputs=inputs), Recorder())
        assert caught.value.code == "hints_required"

    def test_knows_no_tool_that_needs_a_model(self, engine: Engine, ask: Callable[..., Job]) -> None:
        with pytest.raises(EngineError, match="unknown_tool"):
            engine.run(replace(ask(), tool="text_to_image"), Recorder())
