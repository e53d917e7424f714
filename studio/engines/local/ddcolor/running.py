"""DDColor asked: pictures of several people in one call, within the memory that there is. See photo/colouring.py."""

from collections.abc import Callable, Sequence
from math import sqrt

import numpy as np
import torch

from studio.engines.base import EngineError
from studio.engines.local import memory
from studio.engines.local.ddcolor.loading import Loaded
from studio.engines.local.ddcolor.network import Size
from studio.engines.local.device import empty_cache, is_out_of_memory
from studio.engines.photo import presets
from studio.engines.photo.colouring import Heard
from studio.engines.photo.lab import Floats

# Bytes that a call takes besides the weights: so many whatever the picture, and so many for each of its pixels, in
# float32. Above the most that was measured on a CPU (python -m benchmarks.photos), where the allocator took 0.8 GB for
# the same large picture twice, and once 1.6.
FIXED = 250_000_000
EACH: dict[Size, int] = {"tiny": 700, "large": 1200}
# So much larger than a square of its size a photo may be seen, as its sides are rounded.
ROUNDED = 1.15
# Of what is free so much is counted on.
USABLE = 0.9
# More pictures in a call bring no more of them, only longer calls. On a CPU none do.
MOST_TOGETHER = {"cpu": 4, "cuda": 16}


def needs(size: Size, width: int, height: int, count: int = 1) -> int:
    """Bytes that a call for `count` pictures of this network size takes, the weights not included."""
    return FIXED + EACH[size] * width * height * count


def size_that_fits(size: Size, room: float) -> int:
    """The largest network size for `room` bytes, a multiple of 32; 0 when there is not even room for the least."""
    side = int(sqrt(max(0.0, room - FIXED) / (EACH[size] * ROUNDED))) // presets.MULTIPLE * presets.MULTIPLE
    return min(side, presets.MOST_SIZE) if side >= presets.LEAST_SIZE else 0


class Network:
    """A loaded DDColor as a `photo.colouring.Colourist`. For one thread at a time."""

    def __init__(self, loaded: Loaded, free: Callable[[torch.device], int] = memory.free) -> None:
        self._loaded = loaded
        self._free = free
        self.name = f"{loaded.size} on {loaded.device.type}"

    def most(self, width: int, height: int) -> int:
        """How many pictures of this size fit into the memory together; EngineError("out_of_memory") when none does."""
        room = self._free(self._loaded.device) * USABLE
        for count in range(MOST_TOGETHER[self._loaded.device.type], 0, -1):
            if needs(self._loaded.size, width, height, count) <= room:
                return count
        raise self._full(sqrt(width * height) - presets.MULTIPLE)

    @torch.inference_mode()
    def colours(self, greys: Sequence[Floats], heard: Heard | None = None) -> list[Floats]:
        """a and b (2, h, w), in units of Lab, of grey pictures (h, w) in 0..1, all of one size, multiples of 32.

        Raises EngineError("out_of_memory"); lets pass what `heard` raises.
        """
        device = self._loaded.device
        height, width = greys[0].shape
        try:
            shown = torch.from_numpy(np.stack(greys)[:, None]).to(device, self._loaded.dtype)
            made = self._loaded.network(shown.expand(-1, 3, -1, -1), heard)
            return list(made.float().cpu().numpy())
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        # Outside of the except block the traceback no longer holds the tensors of the failed call.
        empty_cache(device)
        raise self._full(sqrt(width * height / 2))

    def _full(self, most: float) -> EngineError:
        """The error that names the network size that would fit, `most` at most: a larger one did not."""
        room = self._free(self._loaded.device) * USABLE
        fits = min(size_that_fits(self._loaded.size, room), int(most) // presets.MULTIPLE * presets.MULTIPLE)
        if fits < presets.LEAST_SIZE:
            return EngineError("model_too_large")
        return EngineError("out_of_memory", network_size=fits)
