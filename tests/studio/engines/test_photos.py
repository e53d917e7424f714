"""Photos in the local engine: the network in its loop, photos of several people in one call, memory, what is kept."""

import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file, save_file

from studio.engines.base import Cancelled, Engine, EngineError
from studio.engines.local.batcher import Batcher
from studio.engines.local.ddcolor import running
from studio.engines.local.engine import DeviceEngine
from studio.engines.photo import results
from studio.job import Job, ModelRef
from tests.studio.engines import ddcolor_weights
from tests.studio.engines.colouring import ColouringContract, colour_job
from tests.studio.engines.contract import Recorder, pixels, same_picture
from tests.studio.engines.old_photos import old_photo

SMALL = {"network_size": 128}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A random small DDColor, as a file."""
    with ddcolor_weights.least():
        yield ddcolor_weights.write(tmp_path_factory.mktemp("ddcolor") / "model.safetensors")


@pytest.fixture(scope="module")
def engine(local_engine: DeviceEngine) -> DeviceEngine:
    return local_engine


@pytest.fixture
def ask(weights: Path) -> Callable[..., Job]:
    """A maker of jobs. The next one that runs asks the network, whatever ran before."""

    def ask(**params: object) -> Job:
        results.BASES.forget()
        return colour_job(ModelRef("ddcolor", "ddcolor", str(weights)), **SMALL | params)

    return ask


class TestPhotosInTheLocalEngine(ColouringContract):
    way = "network_and_hints"

    def test_colours_without_hints_and_says_so(self, engine: Engine, ask: Callable[..., Job]) -> None:
        (output,) = engine.run(ask(hints=False), Recorder())
        assert output.facts["way"] == "network"
        assert (output.facts["network_size"], output.facts["preset"]) == (128, "")

    def test_tells_the_networks_own_stages_with_parts_of_them(self, engine: Engine, ask: Callable[..., Job]) -> None:
        listener = Recorder()
        engine.run(ask(), listener)
        for stage in ("encoder", "decoder"):
            shares = {step.share for step in listener.steps if step.stage == stage}
            assert len(shares) > 3, stage

    def test_three_sizes_are_three_outputs_of_one_job(self, engine: Engine, ask: Callable[..., Job]) -> None:
        outputs = engine.run(ask(three=True, network_size=170, count=3), Recorder())
        assert [output.facts["network_size"] for output in outputs] == [128, 170, 230]
        assert len({output.data for output in outputs}) == 3

    def test_strength_zero_leaves_what_no_hint_says_grey(self, engine: Engine, ask: Callable[..., Job]) -> None:
        (output,) = engine.run(ask(saturation=0.0, hints=False), Recorder())
        red, green, blue = Image.open(io.BytesIO(output.data)).convert("RGB").split()
        assert red.tobytes() == green.tobytes() == blue.tobytes()

    def test_colouring_again_with_other_hints_does_not_ask_the_network_again(
        self, engine: Engine, ask: Callable[..., Job]
    ) -> None:
        first, other = ask(), ask(hints=False)
        engine.run(first, Recorder())
        listener = Recorder()
        (again,) = engine.run(other, listener)
        assert not {step.stage for step in listener.steps} & {"encoder", "decoder", "resizing"}
        assert listener.steps[1].share == pytest.approx(0, abs=0.05), "the bar is of what is left to do"
        results.BASES.forget()
        (fresh,) = engine.run(ask(hints=False), Recorder())
        assert same_picture(pixels(again), pixels(fresh))

    def test_photos_of_several_people_go_through_the_network_together(
        self, engine: Engine, ask: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        jobs = [
            replace(ask(hints=False), id=str(n), owner=str(n), inputs={"image": old_photo(96 + 2 * n, 64)})
            for n in range(3)
        ]
        alone = [pixels(engine.run(job, Recorder())[0]) for job in jobs]
        results.BASES.forget()
        calls: list[int] = []
        colours = running.Network.colours
        together, all_asked = threading.Barrier(3, timeout=60), threading.Barrier(4, timeout=60)
        submit = Batcher.submit

        def asked(self: Batcher, request: object, tell: object) -> int:
            ticket = submit(self, request, tell)  # type: ignore[arg-type]
            all_asked.wait()
            return ticket

        def counted(self: running.Network, greys: object, heard: object = None) -> object:
            if not calls:
                all_asked.wait()  # the others are there before the first is done
            calls.append(len(greys))  # type: ignore[arg-type]
            return colours(self, greys, heard)  # type: ignore[arg-type]

        monkeypatch.setattr(running.Network, "colours", counted)
        monkeypatch.setattr(Batcher, "submit", asked)
        made: dict[int, bytes] = {}

        def work(n: int) -> None:
            together.wait()
            made[n] = pixels(engine.run(jobs[n], Recorder())[0])

        threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sum(calls) == 3
        assert len(calls) < 3
        assert all(same_picture(made[n], alone[n]) for n in range(3))

    def test_cancel_in_the_network_ends_one_persons_photo_and_nobody_elses(
        self, engine: Engine, ask: Callable[..., Job]
    ) -> None:
        class InTheDecoder(Recorder):
            def __call__(self, step: object) -> None:
                if getattr(step, "stage", "") == "decoder":
                    raise Cancelled
                super().__call__(step)  # type: ignore[arg-type]

        with pytest.raises(Cancelled):
            engine.run(ask(), InTheDecoder())
        assert engine.run(ask(), Recorder())

    def test_too_little_memory_names_the_size_that_would_fit(
        self, engine: Engine, ask: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(running, "needs", lambda *_about, **_more: 10**15)
        with pytest.raises(EngineError) as caught:
            engine.run(ask(network_size=1120), Recorder())
        assert caught.value.code == "out_of_memory"
        assert 128 <= caught.value.params["network_size"] < 1120

    def test_wrong_weights_are_told_by_the_keys_that_are_missing(
        self, engine: Engine, ask: Callable[..., Job], weights: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        state = load_file(weights)
        gone = next(iter(state))
        del state[gone]
        broken = tmp_path / "broken.safetensors"
        save_file(state, broken)
        with pytest.raises(EngineError) as caught:
            engine.run(replace(ask(), model=ModelRef("broken", "ddcolor", str(broken))), Recorder())
        assert caught.value.code == "model_unavailable"
        assert gone in caplog.text

    def test_model_of_another_kind_gives_no_colours(
        self, engine: Engine, ask: Callable[..., Job], tiny_folder: Path
    ) -> None:
        job = replace(ask(), model=ModelRef("tiny", "sd", str(tiny_folder)))
        with pytest.raises(EngineError, match="unknown_tool"):
            engine.run(job, Recorder())


def test_colours_that_are_kept_stay_within_their_bytes() -> None:
    kept = results.Bases(limit=3 * 4 * 8)
    for number in range(5):
        kept.keep((str(number), "m", "", 128), np.zeros((1, 2, 4), np.float32))
    assert [number for number in range(5) if kept.find((str(number), "m", "", 128)) is not None] == [2, 3, 4]


def test_photos_are_read_and_laid_out_a_few_at_a_time_and_who_waits_can_leave() -> None:
    inside = [results.in_turn(lambda: None) for _ in range(results.AT_ONCE)]
    for turn in inside:
        turn.__enter__()

    def gives_up() -> None:
        raise Cancelled

    with pytest.raises(Cancelled), results.in_turn(gives_up):
        pytest.fail("there was no room")
    for turn in inside:
        turn.__exit__(None, None, None)
    with results.in_turn(gives_up):
        pass
