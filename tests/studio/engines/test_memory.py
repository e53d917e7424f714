"""What steps need of the memory is learnt, kept over a restart, and bounds the next ones."""

import shutil
from pathlib import Path

import pytest
import torch

from studio.engines.local import memory
from studio.engines.local.memory import MemoryModel, roomy

CPU = torch.device("cpu")
# Four times a megabyte: what the process happens to have freed before must be little beside it.
MB = 4 * 2**20


def takes(megabytes: int) -> int:
    """Uses so much memory for a moment, as a step does."""
    return int(torch.ones(megabytes * MB // 4).sum())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `learnt` keeps what it learnt."""
    return tmp_path_factory.mktemp("memory") / "engine"


@pytest.fixture(scope="module")
def learnt(folder: Path) -> MemoryModel:
    """A model that measured once for all tests, because gigabytes are touched for it. Ask it, never teach it."""
    model = MemoryModel(CPU, folder)
    for rows in (1, 2, 4):
        for _ in range(memory.MEASURED_ENOUGH):
            model.measured("sd", "step", 1000, rows, lambda rows=rows: takes(50 + 50 * rows))  # type: ignore[misc]
    return model


def test_fixed_part_and_each_rows_share_are_found(learnt: MemoryModel) -> None:
    for rows in (1, 2, 4, 8):
        assert learnt.needs("sd", "step", 1000, rows) == pytest.approx((50 + 50 * rows) * MB, rel=0.15)


def test_other_sizes_are_worked_out_from_the_nearest_and_other_models_are_unknown(learnt: MemoryModel) -> None:
    assert learnt.needs("sd", "step", 2000, 2) == pytest.approx(2 * learnt.needs("sd", "step", 1000, 2))
    assert learnt.needs("sdxl", "step", 1000, 2) == learnt.needs("sd", "decode", 1000, 2) == 0


def test_rows_are_bounded_by_what_is_free(learnt: MemoryModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free", lambda _device: 330 * MB)
    assert learnt.rows_that_fit("sd", 1000, 32) in (4, 5)
    monkeypatch.setattr(memory, "free", lambda _device: 10 * MB)
    assert learnt.rows_that_fit("sd", 1000, 32) == 1


def test_first_steps_of_a_kind_are_small_and_then_twice_as_large_as_was_measured(learnt: MemoryModel) -> None:
    assert learnt.rows_that_fit("new", 1000, 32) == memory.FIRST_ROWS
    assert learnt.rows_that_fit("sd", 1000, 32) == 8


def test_what_was_learnt_outlives_the_process(learnt: MemoryModel, folder: Path) -> None:
    after = MemoryModel(CPU, folder)
    assert after.needs("sd", "step", 1000, 4) == learnt.needs("sd", "step", 1000, 4) > 0


def test_damaged_record_is_learnt_again(learnt: MemoryModel, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    file = next(tmp_path.iterdir())
    assert MemoryModel(CPU, tmp_path).needs("sd", "step", 1000, 1) > 0
    for damage in ("", "[1]", "{}x", '[["a", "step", 1, 2, "much"]]'):
        file.write_text(damage)
        assert MemoryModel(CPU, tmp_path).needs("sd", "step", 1000, 1) == 0


def test_size_that_would_fit_follows_what_is_free(learnt: MemoryModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free", lambda _device: 150 * MB)
    width, height = learnt.size_that_fits("sd", 512, 512, 1)
    assert learnt.needs("sd", "step", width * height // 64, 1) <= 150 * MB
    assert learnt.size_that_fits("sd", 512, 256, 1)[0] == pytest.approx(
        2 * learnt.size_that_fits("sd", 512, 256, 1)[1], 8
    )
    monkeypatch.setattr(memory, "free", lambda _device: 10**15)
    assert learnt.size_that_fits("sd", 512, 512, 1) == (360, 360)


def test_room_is_made_once_and_only_for_want_of_memory() -> None:
    made: list[str] = []

    def full() -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        roomy(full, lambda: made.append("room"))
    assert made == ["room"]
    with pytest.raises(ZeroDivisionError):
        roomy(lambda: 1 / 0, lambda: made.append("never"))
    assert made == ["room"]
    assert roomy(lambda: 7, lambda: made.append("never")) == 7


def test_files_that_a_container_has_read_leave_its_memory_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With time they fill all that it may have, and the kernel drops them when it must."""
    monkeypatch.setattr(memory, "CONTAINER", tmp_path)
    unbounded = memory.free(CPU), memory.total(CPU)
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("990000\n")
    (tmp_path / "memory.stat").write_text("anon 100\ninactive_file 400000\nactive_file 300000\nfile_mapped 90000\n")
    assert (memory.free(CPU), memory.total(CPU)) == (620_000, 1_000_000)
    (tmp_path / "memory.stat").write_text("inactive_file 1\nactive_file 1\nfile_mapped 5000\n")
    assert memory.free(CPU) == 10_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.total(CPU) == unbounded[1]


def test_where_nothing_can_be_measured_steps_go_on_and_stay_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "CLEAR_MARKS", tmp_path / "none" / "clear_refs")
    blind = MemoryModel(CPU, tmp_path)
    assert blind.measured("sd", "step", 1000, 2, lambda: 7) == 7
    assert blind.needs("sd", "step", 1000, 2) == 0
    assert blind.rows_that_fit("sd", 1000, 32) == memory.FIRST_ROWS


def test_free_and_total_are_those_of_this_machine() -> None:
    assert 0 < memory.free(CPU) <= memory.total(CPU)
