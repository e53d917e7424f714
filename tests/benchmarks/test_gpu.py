"""The command for a machine with a GPU works before there is one: tiny, on the CPU, and it goes on where it ended."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from benchmarks import report
from benchmarks.gpu import __main__ as command
from benchmarks.gpu import models, page
from benchmarks.gpu.bench import FULL, TINY, Bench, Found
from studio.engines.local.device import choose

# One of each kind that needs no process of its own: those are tried in tests/studio/engines/test_lost_device.py and
# test_process.py, and all of them by `--size tiny`.
TRIED = ["card sd15", "exact sd15 float32", "people sd15 64 2-free", "steps sd15 64 off"]


def test_every_kind_of_part_measures_on_a_cpu_and_a_second_run_measures_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRUSHWIRE_DEVICE", "cpu")
    page_before = report.PAGE.read_bytes()
    tiny = ["--size", "tiny", "--folder", str(tmp_path), "--only", *TRIED]
    assert command.main(tiny) == 0
    results = json.loads((tmp_path / "tiny.json").read_text("utf-8"))
    assert sorted(results) == sorted(TRIED)
    assert results["exact sd15 float32"]["levels"] <= 2
    assert results["card sd15"]["made"] == results["card sd15"]["people"]
    assert [code for _side, code in results["card sd15"]["told"]][-2:] == ["out_of_memory", ""]
    text = page.body(results)
    for words in (
        "| SD 1.5 | float32 | 64 × 64 |",
        "| shared steps |",
        "times the pictures of the serial queue",
        "law",
    ):
        assert words in text
    written = (tmp_path / "tiny.json").stat().st_mtime_ns
    assert command.main(tiny) == 0
    assert (tmp_path / "tiny.json").stat().st_mtime_ns == written
    assert report.PAGE.read_bytes() == page_before, "figures without a meaning stay out of the page"


def part(name: str, measure: Callable[[Bench], Found], seconds: float = 1.0) -> command.Part:
    return command.Part(name, seconds, measure)


def broken(_bench: Bench) -> Found:
    raise RuntimeError("no kernel for this\nand a long trace")


def test_a_part_that_fails_is_told_and_tried_again_and_the_others_are_measured(tmp_path: Path) -> None:
    bench, file = Bench(choose("cpu"), tmp_path, TINY), tmp_path / "results.json"
    found = command.measure(bench, [part("lost", broken), part("live off", lambda _: {"x": 1})], file, until=0)
    assert found["lost"]["error"] == "RuntimeError: no kernel for this"
    assert "“lost” could not be measured: RuntimeError" in page.body({"lost": found["lost"]})
    good = {"told": True, "heard": 0.1, "again": 2.0}
    again = command.measure(bench, [part("lost", lambda _: good), part("live off", broken)], file, until=0)
    assert again["lost"]["told"] and again["live off"]["x"] == 1
    assert "within 0.10 s" in page.body({"lost": again["lost"]})


def test_no_part_is_begun_that_would_outlast_the_time(tmp_path: Path) -> None:
    bench = Bench(choose("cpu"), tmp_path, FULL)
    assert not command.measure(bench, [part("lost", broken, seconds=30)], tmp_path / "results.json", until=20)


def test_whole_plan_has_names_of_its_own_and_fits_into_two_runs() -> None:
    parts = command.plan(FULL, cuda=True)
    assert len({each.name for each in parts}) == len(parts)
    assert sum(each.seconds for each in parts) < 2 * 9 * 60
    kinds = {each.name.split()[0] for each in parts}
    assert kinds == {"card", "exact", "people", "live", "steps", "lost"}


@pytest.mark.parametrize(
    ("build", "millions"),
    [
        (lambda: UNet2DConditionModel(**models.SD15_UNET), 859.5),
        (lambda: UNet2DConditionModel(**models.SDXL_UNET), 2567.5),
        (lambda: AutoencoderKL(**models.VAE), 83.7),
        (lambda: CLIPTextModel(models._clip_l()), 123.1),
        (lambda: CLIPTextModelWithProjection(models._clip_g()), 694.7),
    ],
)
def test_random_models_have_the_published_numbers_of_weights(build: Callable[[], Any], millions: float) -> None:
    with torch.device("meta"):
        network = build()
    assert sum(weight.numel() for weight in network.parameters()) / 1e6 == pytest.approx(millions, abs=0.1)


def test_results_of_another_machine_are_put_into_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "PAGE", tmp_path / "benchmarks.md")
    monkeypatch.delenv(report.ASIDE, raising=False)
    live = {"people": 16, "side": 512, "strokes": 128, "row": [11.0, 30.5, 40.0, 90.1], "where": "2026-12-01 · A CARD"}
    (tmp_path / "results.json").write_text(json.dumps({"live graphs": live}))
    assert command.main(["--folder", str(tmp_path), "--page"]) == 0
    text = (tmp_path / "benchmarks.md").read_text("utf-8")
    assert "## On a GPU" in text and "2026-12-01 · A CARD" in text
    assert "| graphs | 16 | 512 × 512 | 128 | 11.0 | 30.5 | 40.0 | 90.1 |" in text
