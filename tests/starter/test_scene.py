"""The renderer: the same from the same seed, drawings that fit their pictures, regions that cover them."""

import random
from dataclasses import replace

import numpy as np
import pytest

from starter.scene import Spec, Thing, render, sample_spec
from starter.scene.hand import GREY, HANDS, draw_by_hand
from starter.scene.objects import CORE, KINDS
from starter.scene.palette import COLOURS
from starter.scene.render import PARTS, SIZE
from starter.scene.spec import GROUNDS, RELATIONS, SKIES, STYLES

HOUSE = Spec(Thing("house", "red"), "day", "grass", "cartoon")


def pixels(spec: Spec, seed: int = 1) -> np.ndarray:
    return np.asarray(render(spec, seed).picture, np.int16)


def box(mask: np.ndarray) -> np.ndarray:
    """Left, top, right, bottom of what is set."""
    rows, columns = np.nonzero(mask)
    return np.array([columns.min(), rows.min(), columns.max(), rows.max()])


def test_the_world_is_as_large_as_promised() -> None:
    assert (len(KINDS), len(CORE)) == (24, 12)
    assert len(COLOURS) >= 10
    assert len(SKIES) >= 8
    assert len(GROUNDS) == 8
    assert len(STYLES) == 6


def test_the_same_seed_gives_the_same_picture_and_drawing() -> None:
    spec = sample_spec(random.Random(3))
    first, second = render(spec, 8), render(spec, 8)
    assert first.picture.tobytes() == second.picture.tobytes()
    for hand in HANDS.values():
        assert [i.tobytes() for i in first.sketch(hand, 2)] == [i.tobytes() for i in second.sketch(hand, 2)]


def test_another_seed_gives_another_picture() -> None:
    assert np.abs(pixels(HOUSE, 1) - pixels(HOUSE, 2)).mean() > 2


def test_every_random_scene_can_be_rendered_and_read_back() -> None:
    rng = random.Random(11)
    for seed in range(40):
        spec = sample_spec(rng)
        assert Spec.from_dict(spec.as_dict()) == spec
        picture = render(spec, seed).picture
        assert (picture.size, picture.mode) == ((SIZE, SIZE), "RGB")


@pytest.mark.parametrize("kind", KINDS)
def test_every_object_is_seen_in_its_colour(kind: str) -> None:
    """A red and a blue one differ in the right direction, inside the object's region."""
    for seed in (1, 2):
        red = render(replace(HOUSE, thing=Thing(kind, "red"), ground="snow"), seed)
        blue = render(replace(HOUSE, thing=Thing(kind, "blue"), ground="snow"), seed)
        region = red.masks()["object"] & blue.masks()["object"]
        assert region.mean() > 0.01
        change = np.asarray(red.clean, np.int16)[region].mean(0) - np.asarray(blue.clean, np.int16)[region].mean(0)
        assert change[0] > 15
        assert change[2] < -15


def test_styles_look_clearly_different() -> None:
    pictures = {style: pixels(replace(HOUSE, style=style)) for style in STYLES}
    for one in STYLES:
        for other in STYLES:
            if one != other:
                assert np.abs(pictures[one] - pictures[other]).mean() > 8, (one, other)


def test_skies_and_grounds_look_different() -> None:
    skies = [pixels(replace(HOUSE, sky=sky))[: SIZE // 3] for sky in SKIES]
    grounds = [pixels(replace(HOUSE, ground=ground))[SIZE // 2 :] for ground in GROUNDS]
    for pictures in (skies, grounds):
        for k, one in enumerate(pictures):
            assert all(np.abs(one - other).mean() > 5 for other in pictures[:k])


def test_regions_cover_the_picture_without_overlap() -> None:
    spec = replace(HOUSE, other=Thing("tree", "green"), relation="left")
    masks = render(spec, 4).masks()
    assert set(masks) == set(PARTS)
    assert (sum(mask.astype(int) for mask in masks.values()) == 1).all()
    assert all(mask.any() for mask in masks.values())


@pytest.mark.parametrize("relation", RELATIONS)
def test_the_other_thing_stands_where_the_relation_says(relation: str) -> None:
    for seed in range(6):
        masks = render(replace(HOUSE, other=Thing("tree", "green"), relation=relation), seed).masks()
        thing, other = box(masks["object"]), box(masks["other"])
        middle, away = (thing[0] + thing[2]) / 2, (other[0] + other[2]) / 2
        if relation == "left":
            assert away < middle
        elif relation == "right":
            assert away > middle
        else:
            assert other[3] <= thing[3]


@pytest.mark.parametrize("name", HANDS)
def test_a_drawing_of_the_object_lies_over_the_object(name: str) -> None:
    """Whatever the hand, its lines begin and end where the object does."""
    hand = replace(HANDS[name], scene=False)
    for kind in ("house", "tree", "cat", "boat"):
        rendering = render(replace(HOUSE, thing=Thing(kind, "red"), size="big"), 5)
        lines, colours = rendering.sketch(hand, 1)
        assert np.abs(box(np.asarray(lines) > 60) - box(rendering.masks()["object"])).max() < 24
        coloured = (np.asarray(colours) != GREY).any(-1)
        assert (coloured & rendering.masks()["object"]).sum() > 0.6 * coloured.sum()


def test_hands_draw_differently() -> None:
    shapes = render(HOUSE, 5).composition.shapes
    amount = {name: np.asarray(draw_by_hand(shapes, hand, 1)[0]).mean() for name, hand in HANDS.items()}
    assert amount["thin"] < amount["neat"] < amount["thick"]
    assert amount["few strokes"] < amount["thick"]
    assert amount["gappy"] < amount["thick"]
    assert len({round(value, 3) for value in amount.values()}) == len(HANDS)


def test_nearer_things_hide_the_lines_behind_them() -> None:
    spec = replace(HOUSE, other=Thing("lighthouse", "white"), relation="behind")
    rendering = render(spec, 3)
    masks = rendering.masks()
    hidden = [s for s in rendering.composition.shapes if s.part == "other" and s.line]
    alone, _ = draw_by_hand(hidden, HANDS["neat"], 1)
    together, _ = rendering.sketch(replace(HANDS["neat"], scene=False), 1)
    inside = masks["object"]
    inside = inside & np.roll(inside, 6, 0) & np.roll(inside, -6, 0) & np.roll(inside, 6, 1) & np.roll(inside, -6, 1)
    walls = np.asarray(alone)[inside] > 200
    if walls.any():
        assert (np.asarray(together)[inside][walls] > 200).mean() < 0.5
