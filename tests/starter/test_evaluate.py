"""The proof itself is proved: its measures give what they must where the answer is known."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from starter import judge
from starter.build import build
from starter.evaluate import Model, edge_agreement, frechet, report, scenes, shares_right
from starter.scene.hand import HANDS
from starter.scene.objects import KINDS
from starter.train.config import Config
from starter.train.data import FIRST_SEED, HELD_OUT
from starter.train.distil import DistilStage
from starter.train.trainer import Budget
from starter.train.unet import UnetStage


def test_evaluation_asks_for_every_kind_and_sees_no_training_scene(tiny: Config) -> None:
    given = scenes(len(KINDS))
    assert {g.spec.thing.kind for g in given} == set(KINDS)
    assert all(g.spec.other is None for g in given)
    assert FIRST_SEED + 10 * tiny.scenes < HELD_OUT


def test_right_answers_are_counted() -> None:
    specs = [replace(g.spec, sky="day") for g in scenes(4)]
    answers = [judge.truth(spec) for spec in specs]
    assert shares_right(answers, specs) == dict.fromkeys(judge.QUESTIONS, 1.0)
    answers[0]["object"] = "nothing"
    assert shares_right(answers, specs)["object"] == 0.75


def test_no_ground_is_asked_for_in_space() -> None:
    spec = replace(scenes(1)[0].spec, sky="space", ground="sea")
    assert not judge.applies("ground", spec)
    assert shares_right([judge.truth(spec) | {"ground": "city"}], [spec])["ground"] == 0.0


def test_a_picture_agrees_with_its_own_drawing_and_not_with_another() -> None:
    one, other = scenes(2)
    lines, _ = one.true.sketch(HANDS["neat"], 1)
    own, found = edge_agreement(one.true.clean, lines)
    far, found_elsewhere = edge_agreement(other.true.clean, lines)
    assert own < far
    assert found > 0.8
    assert found > found_elsewhere
    assert edge_agreement(Image.new("RGB", (64, 64)), lines) == (1.0, 0.0)


def test_the_frechet_distance_is_nothing_for_equals_and_the_shift_for_the_shifted() -> None:
    features = torch.randn(400, 6, generator=torch.Generator().manual_seed(1))
    assert frechet(features, features) == pytest.approx(0, abs=0.02)
    assert frechet(features + 2, features) == pytest.approx(6 * 4, abs=0.1)


def test_a_report_has_every_figure_and_a_sheet(fresh: Config, tmp_path: Path) -> None:
    for make in (UnetStage, DistilStage, judge.JudgeStage):
        stage = make(fresh, Budget(steps=2))
        stage.trainer.run(stage.step_loss)
    build(fresh, tmp_path / "built")
    sheet = tmp_path / "sheet.png"
    result = report(fresh, Model(tmp_path / "built", steps=2), scenes(3), sheet)
    for name in ("true", "english", "chinese", "drawing"):
        assert all(0 <= result[name][question] <= 1 for question in judge.QUESTIONS)
    assert set(result["drawing"]) >= {"frechet", "chamfer", "lines found"}
    few = report(fresh, Model(tmp_path / "built", steps=1, few=True), scenes(3), None)
    assert (few["guidance"], few["steps"]) == (1.0, 1)
    assert Image.open(sheet).size == (12 * 128, 5 * 128)
