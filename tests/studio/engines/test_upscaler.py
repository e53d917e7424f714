"""The upscaler doubles any picture, says truly how far it looks, and refuses weights that are not whole."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.engines.local.upscaler import Upscaler, load


@pytest.fixture
def untrained() -> Upscaler:
    torch.manual_seed(1)
    network = Upscaler(channels=8)
    torch.nn.init.normal_(network.tail.weight, std=0.2)
    return network.eval().requires_grad_(False)


@pytest.mark.parametrize(("height", "width"), [(128, 128), (1, 1), (33, 70)])
def test_any_size_is_doubled(untrained: Upscaler, height: int, width: int) -> None:
    assert untrained(torch.zeros(2, 3, height, width)).shape == (2, 3, 2 * height, 2 * width)


def test_a_fresh_one_only_enlarges() -> None:
    grey = torch.full((1, 3, 16, 16), 0.25)
    assert torch.allclose(Upscaler(channels=8)(grey), torch.full((1, 3, 32, 32), 0.25))


def test_nothing_beyond_its_reach_changes_a_pixel(untrained: Upscaler) -> None:
    picture = torch.randn(1, 3, 96, 96, generator=torch.Generator().manual_seed(2))
    changed = picture.clone()
    changed[..., 48, 48] += 1
    rows = (untrained(picture) - untrained(changed)).abs().sum((0, 1, 3)).nonzero().flatten()
    low, high = 2 * (48 - untrained.reach), 2 * (48 + untrained.reach) + 1
    assert low <= rows.min() < low + 2
    assert high - 2 < rows.max() <= high


def test_it_comes_back_from_its_folder_as_it_was(untrained: Upscaler, tmp_path: Path) -> None:
    untrained.save_pretrained(tmp_path, safe_serialization=True)
    again = load(tmp_path)
    picture = torch.rand(1, 3, 20, 20)
    assert torch.equal(again(picture), untrained(picture))
    assert again.config["scale"] == 2


def test_weights_that_are_not_whole_are_refused(untrained: Upscaler, tmp_path: Path) -> None:
    untrained.save_pretrained(tmp_path, safe_serialization=True)
    file = next(tmp_path.glob("*.safetensors"))
    save_file({k: v for k, v in load_file(file).items() if k != "head.bias"}, file, {"format": "pt"})
    with pytest.raises(ValueError, match=r"head\.bias"):
        load(tmp_path)
