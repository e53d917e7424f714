"""The guard over the benchmarks: what it holds for worse, and what goes where."""

import json
from pathlib import Path

import pytest

from benchmarks import guard, report


def told(**ratios: float) -> dict[str, object]:
    return {"Overhead": {"command": "python -m benchmarks.overhead", "ratios": ratios}}


def test_what_got_worse_better_new_and_lost_is_said() -> None:
    then = told(p50=2.0, p95=2.0, p99=2.0, least=1.0, gone=1.0)
    now = told(p50=2.4, p95=2.6, p99=1.5, least=1.0, fresh=1.0)
    words = {change.name: change.word for change in guard.changes(then, now)}
    assert words == {
        "p50": "as it was", "p95": "WORSE", "p99": "better", "least": "as it was", "gone": "gone", "fresh": "new",
    }  # fmt: skip


def test_what_was_not_measured_now_is_not_judged() -> None:
    assert not list(guard.changes(told(p50=2.0), {}))
    assert [change.word for change in guard.changes({}, told(p50=2.0))] == ["new"]


def test_ratios_go_aside_and_the_page_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, aside = tmp_path / "benchmarks.md", tmp_path / "ratios.json"
    monkeypatch.setattr(report, "PAGE", page)
    monkeypatch.setenv(report.ASIDE, str(aside))
    report.write("Overhead", "python -m benchmarks.overhead", "a table", {"p50": 2.34567})
    assert not page.exists()
    assert json.loads(aside.read_text("utf-8"))["Overhead"]["ratios"] == {"p50": 2.346}


def test_ratios_of_a_benchmark_take_the_place_of_its_earlier_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "PAGE", tmp_path / "benchmarks.md")
    monkeypatch.setattr(report, "RATIOS", tmp_path / "ratios.json")
    monkeypatch.delenv(report.ASIDE, raising=False)
    for p50 in (2.0, 3.0):
        report.write("Overhead", "python -m benchmarks.overhead", f"a table of {p50}", {"p50": p50})
    report.write("Without a peer", "python -m benchmarks.starter", "a table")
    page = (tmp_path / "benchmarks.md").read_text("utf-8")
    assert page.count("## ") == 2 and "3.0" in page and "2.0" not in page
    assert report.recorded(report.RATIOS)["Overhead"]["ratios"] == {"p50": 3.0}


def test_every_recorded_ratio_belongs_to_a_benchmark_that_is_here() -> None:
    for recorded in report.recorded().values():
        module = recorded["command"].split()[2].rpartition(".")[2]
        assert (report.PAGE.parent.parent / "benchmarks" / f"{module}.py").is_file()
        assert recorded["ratios"] and all(ratio > 0 for ratio in recorded["ratios"].values())
