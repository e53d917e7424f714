"""Wide octagons by halves are the same, to the last bit, as one small step after another."""

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.engines.board import morphology

SHAPES = [(1, 5, 7), (4, 33, 20), (1, 3, 100), (2, 1, 9)]


def near(values: NDArray[np.float32], y: int, x: int, *, cross: bool) -> float:
    """The largest of a value and its neighbours that there are: eight of them, or the four of a cross."""
    rows, columns = values.shape
    places = [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if not (cross and dy and dx)]
    return max(float(values[p]) for p in places if 0 <= p[0] < rows and 0 <= p[1] < columns)


def step_by_step(layers: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    for turn in range(max(1, width // 2)):
        layers = np.stack(
            [
                np.array(
                    [
                        [near(plane, y, x, cross=bool(turn % 2)) for x in range(plane.shape[1])]
                        for y in range(len(plane))
                    ]
                )
                for plane in layers
            ]
        ).astype(np.float32)
    return layers


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("width", [1, 3, 4, 7, 14, 23])
def test_largest_and_smallest_values_near_by_are_those_of_small_steps(shape: tuple[int, int, int], width: int) -> None:
    layers = np.random.default_rng(width).random(shape, dtype=np.float32)
    assert (morphology.dilate(layers, width) == step_by_step(layers, width)).all()
    assert (morphology.erode(layers, width) == -step_by_step(-layers, width)).all()
    levels = (layers * 255).astype(np.uint8)
    assert (morphology.dilate(levels, width) == step_by_step(levels.astype(np.float32), width)).all()
    assert (255 - morphology.erode(levels, width) == morphology.dilate(255 - levels, width)).all()


def test_a_mask_fades_from_one_to_zero_over_its_reach() -> None:
    mask = np.zeros((1, 9, 21), np.uint8)
    mask[:, :, :3] = 1
    shares = morphology.fading(mask, 4)[0, 4]
    assert shares.tolist() == pytest.approx([1, 1, 1, 0.8, 0.6, 0.4, 0.2, *[0] * 14])
    assert (morphology.fading(mask, 0) == mask).all()


def test_what_is_given_stays_as_it_was() -> None:
    layers = np.random.default_rng(0).random((1, 16, 16), dtype=np.float32)
    before = layers.copy()
    morphology.dilate(layers, 9)
    morphology.erode(layers, 9)
    assert (layers == before).all()
