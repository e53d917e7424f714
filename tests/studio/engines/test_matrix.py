"""Ways, samplers, guidance and company give the stock pipeline's picture: every pair of values but those of way and
sampler, which meet in `make exact`, as all else does (docs/exact.md)."""

import pytest

from studio.engines.local import stepping
from tests.studio.engines.conftest import STARTER
from tests.studio.engines.matrix import (
    CELLS,
    MOST,
    PEOPLE,
    SAMPLERS,
    WAYS,
    Cell,
    Matrix,
    pairwise,
    tiny_adapters,
    tiny_models,
    two_roles,
)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    folder = tmp_path_factory.mktemp("matrix")
    models = tiny_models(folder)
    return Matrix(models, 64, tiny_adapters(folder, models))


CHOSEN = pairwise(CELLS, but={("way", "sampler")})


def test_the_selection_is_small_and_holds_every_pair() -> None:
    assert len(CHOSEN) < len(CELLS) / 12
    assert len({(cell.way, cell.sampler) for cell in pairwise(CELLS)}) == len(WAYS) * len(SAMPLERS)
    assert {(cell.way, cell.people) for cell in CHOSEN} == {(way, n) for way in WAYS for n in PEOPLE}
    assert {(cell.sampler, cell.people) for cell in CHOSEN} == {(name, n) for name in SAMPLERS for n in PEOPLE}


@pytest.fixture(scope="module")
def starter() -> Matrix:
    return Matrix(two_roles(STARTER), 128)


def test_an_answer_one_percent_too_large_is_seen(starter: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measure itself. A trained network answers to small errors, where the random one hardly does."""
    guided = stepping._guided
    monkeypatch.setattr(stepping, "_guided", lambda slots, noise: guided(slots, noise) * 1.01)
    assert starter.difference(Cell("text", "DDIM", True, 1)) > MOST


@pytest.mark.parametrize("at", range(len(SAMPLERS)))
def test_the_starter_makes_the_same_pictures_in_company(starter: Matrix, at: int) -> None:
    """Every sampler once, and every way of an ordinary model on the way."""
    way = starter.ways[at % len(starter.ways)]
    assert starter.difference(Cell(way, SAMPLERS[at], at % 2 == 0, 2)) <= MOST


@pytest.mark.parametrize("cell", CHOSEN, ids=str)
def test_company_changes_no_picture(matrix: Matrix, cell: Cell) -> None:
    assert matrix.difference(cell) <= MOST
