"""What all parts of `benchmarks.gpu` share: the device, the models on it, their sizes, and the jobs asked of them."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from benchmarks.gpu import models
from benchmarks.gpu.models import Name
from studio.engines.local import compiling, memory, stepping
from studio.engines.local.device import empty_cache, settle
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.loading import LoadedModel, load
from studio.engines.local.options import Mode, Options
from studio.job import Job, Lane, ModelRef

# What a part found, as JSON.
Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: sides of pictures in pixels, rows of a step, people at once, steps of a picture, `seconds`
    of a part that takes what it is given, people who draw, bytes of small cards, the side of a huge picture."""

    full: bool
    sides: Mapping[Name, tuple[int, ...]]
    rows: tuple[int, ...]
    people: tuple[int, ...]
    steps: int
    seconds: float
    sketchers: int
    cards: Mapping[Name, float]
    huge: int


FULL = Sizes(
    full=True,
    sides={"sd15": (512, 1024), "sdxl": (512, 1024)},
    rows=(1, 2, 4, 8, 16, 32),
    people=(1, 2, 4, 8, 16),
    steps=20,
    seconds=12.0,
    sketchers=16,
    cards={"sd15": 6e9, "sdxl": 12e9},
    huge=4096,
)
# The same on a CPU, so that a mistake costs no time of a GPU: figures without a meaning.
TINY = Sizes(
    full=False,
    sides={"sd15": (64,), "sdxl": (64,)},
    rows=(1, 2, 4),
    people=(1, 2),
    steps=2,
    seconds=0.3,
    sketchers=2,
    cards={"sd15": 300, "sdxl": 300},
    huge=512,
)


@dataclass(slots=True)
class Bench:
    """One run. Models lie in `folder`, and stay on the device once they are there."""

    device: torch.device
    folder: Path
    sizes: Sizes
    _loaded: dict[tuple[Name, str], LoadedModel] = field(default_factory=dict)

    def ref(self, name: Name, dtype: str = "auto") -> ModelRef:
        """Where the model is; written if it is not there yet."""
        if name == "live":
            self.ref("sd15")
        return replace(models.write(name, self.folder / name, self.device, full=self.sizes.full), dtype=dtype)

    def model(self, name: Name, dtype: str = "auto") -> LoadedModel:
        """The model on the device, loaded once."""
        if (name, dtype) not in self._loaded:
            self._loaded[name, dtype] = load(self.ref(name, dtype), self.device)
        return self._loaded[name, dtype]

    def engine(self, name: Name, mode: Mode = "off") -> DeviceEngine:
        """A step loop that has the model already."""
        engine = DeviceEngine(str(self.device), options=Options(compile=mode))
        engine.batcher.shelf.cache.keep(compiling.prepared(self.model(name), mode))
        return engine

    def forget(self) -> None:
        """Nothing on the device any more."""
        self._loaded.clear()
        gc.collect()
        empty_cache(self.device)

    def seconds(self, call: Callable[[], object], times: int = 5) -> float:
        """The least seconds of some calls, after two to warm up."""
        least = float("inf")
        for turn in range(times + 2):
            settle(self.device)
            began = time.perf_counter()
            call()
            settle(self.device)
            if turn >= 2:
                least = min(least, time.perf_counter() - began)
        return least

    def ask(
        self, name: Name, side: int, owner: str, seed: int, *, steps: int, guided: bool, lane: Lane = "interactive"
    ) -> Job:
        """A picture from words, as the studio asks for it."""
        params: dict[str, Any] = {"prompt": f"a red house, {owner}", "negative_prompt": "", "steps": steps}
        params |= {"guidance_scale": 6.0 if guided else 1.0, "seed": seed, "count": 1, "width": side, "height": side}
        return Job(f"{owner}-{seed}", "text_to_image", params, {}, self.ref(name), owner, lane)


@contextmanager
def card(device: torch.device, size: float) -> Iterator[None]:
    """Inside, the device is a card of `size` bytes, and what is beyond does not fit: CUDA's own allocator sees to it,
    and whoever asks how much is free is told accordingly. On a CPU `size` is the places of a step (rows x latents)."""
    if device.type == "cpu":
        real = stepping.predict

        def predict(slots: Any) -> Any:
            if sum(slot.rows * slot.size for slot in slots) > size:
                raise torch.OutOfMemoryError("a card that is simulated")
            return real(slots)

        with mock.patch.object(stepping, "predict", predict):
            yield
        return
    torch.cuda.set_per_process_memory_fraction(size / memory.total(device), device)
    try:
        with (
            mock.patch.object(memory, "total", lambda _device: int(size)),
            mock.patch.object(memory, "free", lambda one: int(size) - int(torch.cuda.memory_allocated(one))),
        ):
            yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
