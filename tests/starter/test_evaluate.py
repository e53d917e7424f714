"""The proof itself is proved: its measures give what they must where the answer is known."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from starter import drawings, judge
from starter.build import build
from starter.evaluate import PARTS, WORLDS, Proof, note, scenes
from starter.measures import frechet, line_agreement, seam, shares_right
from starter.model import Model
from starter.scene import Thing
from starter.scene.hand import HANDS
from starter.scene.objects import KINDS
from starter.sheets import prompts_sheet, sketches_sheet
from starter.train.config import Config
from starter.train.data import FIRST_SEED, HELD_OUT
from starter.train.distil import DistilStage
from starter.train.trainer import Budget
from starter.train.unet import UnetStage
from starter.train.upscaler import UpscalerStage
from studio.engines.board import sketch


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


def test_of_two_things_the_judge_is_not_asked_which_one_is_meant() -> None:
    spec = replace(scenes(1)[0].spec, other=Thing("cat", "black"), relation="left", sky="day")
    assert [q for q in judge.QUESTIONS if judge.applies(q, spec)] == ["sky", "ground", "style"]


def test_a_picture_follows_its_own_drawing_and_not_another() -> None:
    one, other = scenes(2)
    lines, _ = one.true.sketch(HANDS["neat"], 1)
    whole = np.ones((256, 256), bool)
    own, foreign = (line_agreement(g.true.clean, lines, whole) for g in (one, other))
    assert own["chamfer"] < foreign["chamfer"]
    assert own["found"] > 0.8
    assert own["found"] > foreign["found"]
    assert own["f"] > foreign["f"]
    nothing = line_agreement(Image.new("RGB", (64, 64)), lines, whole)
    assert nothing == {"chamfer": 1.0, "found": 0.0, "f": 0.0}


def test_a_seam_is_as_deep_as_the_step_across_the_edge() -> None:
    hole = Image.new("L", (64, 64), 0)
    hole.paste(255, (16, 16, 48, 48))
    patched = Image.new("RGB", (32, 32), (100, 100, 100))
    assert seam(patched, hole) == 0
    patched.paste((130, 130, 130), (8, 8, 24, 24))
    assert seam(patched, hole) == 30


def test_the_frechet_distance_is_nothing_for_equals_and_the_shift_for_the_shifted() -> None:
    features = torch.randn(400, 6, generator=torch.Generator().manual_seed(1))
    assert frechet(features, features) == pytest.approx(0, abs=0.02)
    assert frechet(features + 2, features) == pytest.approx(6 * 4, abs=0.1)


@pytest.fixture
def built(fresh: Config, tmp_path: Path) -> Path:
    """A finished folder of all parts, hardly trained."""
    for make in (UnetStage, DistilStage, UpscalerStage, judge.JudgeStage):
        stage = make(fresh, Budget(steps=2))
        stage.trainer.run(stage.step_loss)
    build(fresh, tmp_path / "built")
    return tmp_path / "built"


def test_every_part_of_the_proof_gives_figures(fresh: Config, built: Path, tmp_path: Path) -> None:
    proof = Proof(fresh, built, scenes(3, WORLDS["core"]), 2, WORLDS["core"])
    for name in PARTS:
        note(tmp_path / "figures.json", "core", name, proof.part(name))
    figures = json.loads((tmp_path / "figures.json").read_text())["core"]
    assert figures.keys() == PARTS.keys()
    for name in PARTS:
        assert all(0 <= figures[name][question] <= 1 for question in judge.QUESTIONS)
    assert set(figures["few 4 drawing"]) >= {"frechet", "chamfer", "found", "f"}
    assert set(figures["filled"]) >= {"seam", "seam before"}


def test_figures_made_again_replace_the_old_ones(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    for value in (0.1, 0.9):
        note(file, "core", "true", {"object": value})
    note(file, "core", "english", {"object": 0.5})
    assert json.loads(file.read_text()) == {"core": {"true": {"object": 0.9}, "english": {"object": 0.5}}}


def test_filling_leaves_everything_outside_the_hole(built: Path) -> None:
    given = scenes(1)[0].true.picture
    hole = Image.new("L", given.size, 0)
    hole.paste(255, (64, 64, 192, 192))
    made = np.asarray(Model(built, 2).filled(["a red house"], [given], [hole])[0])
    changed = (made != np.asarray(given.resize((64, 64), Image.Resampling.BOX))).any(-1)
    assert changed[16:48, 16:48].any()
    changed[16:48, 16:48] = False
    assert not changed.any()


def test_the_sheets_show_sixty_four_each(built: Path) -> None:
    model = Model(built, 2, few=True)
    for make, width in ((prompts_sheet, 8 * 144), (sketches_sheet, 16 * 100)):
        sheet, asked = make(model)
        assert (sheet.width, len(asked)) == (width, 64)


def test_recorded_drawings_are_drawings_in_colour_and_without() -> None:
    for each in drawings.load():
        assert sketch.read(each.plain, 128, 128).colours is None
        assert sketch.read(each.coloured, 128, 128).colours is not None
        assert np.asarray(sketch.read(each.plain, 128, 128).lines).max() > 100
        assert set(each.prompts) == {"en", "zh"}
