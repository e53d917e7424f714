"""Files of photos, and a small network whose weights are made up but always the same."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.engines.local.ddcolor.loading import Loaded
from studio.engines.photo.hints import Hints, of_pixels


@pytest.fixture(scope="session")
def tiny() -> Loaded:
    """DDColor tiny with the weights of tests/fixtures/ddcolor/filled.py."""
    import torch

    from studio.engines.local.ddcolor import build
    from tests.fixtures.ddcolor.filled import fill

    network = build("tiny")
    network.load_state_dict(fill(network.state_dict()), strict=True)
    return Loaded(network, "tiny", torch.device("cpu"), torch.float32)


@pytest.fixture
def filed() -> Callable[..., bytes]:
    """The file of a picture, or of an array of one."""

    def filed(picture: Any, form: str = "PNG", **options: Any) -> bytes:
        out = io.BytesIO()
        whole = picture if isinstance(picture, Image.Image) else Image.fromarray(np.asarray(picture))
        whole.save(out, form, **options)
        return out.getvalue()

    return filed


@pytest.fixture
def painted() -> Callable[..., Hints]:
    """Hints of (rows, columns, colour) in a picture of so many pixels."""

    def painted(height: int, width: int, *strokes: tuple[slice, slice, tuple[int, int, int]]) -> Hints:
        pixels = np.zeros((height, width, 4), np.float32)
        for rows, columns, colour in strokes:
            pixels[rows, columns] = [*(level / 255 for level in colour), 1]
        hints = of_pixels(pixels)
        assert hints is not None
        return hints

    return painted
