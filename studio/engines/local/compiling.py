"""The denoiser made faster by setting: compiled, or its kernels recorded as CUDA graphs. Changes no number it gives.

Both want the same shapes again and again, so the rows of a step are filled up to one of a few numbers; the filling is
thrown away, and no row sees another. What is not ready yet runs as it always did.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import torch

from studio.engines.local.loading import LoadedModel
from studio.engines.local.options import Mode

log = logging.getLogger(__name__)

# Rows are filled up to the next of these; steps with more run plainly.
FILLED = (1, 2, 4, 8, 12, 16, 24, 32)
# Shapes kept for a model: each graph holds the memory of a step.
GRAPHS_KEPT = 12
Made = Callable[..., torch.Tensor]
Make = Callable[[Any, dict[str, Any]], Made]


def prepared(model: LoadedModel, mode: Mode) -> LoadedModel:
    """`model`, whose steps go by `mode` from now on. Graphs are for CUDA devices only."""
    if mode == "off" or "unet" not in model.parts or (mode == "graphs" and model.device.type != "cuda"):
        return model
    make = compiled if mode == "compile" else recorded
    return replace(model, denoiser=Denoiser(model.parts["unet"], make, aside=mode == "compile"))


class Denoiser:
    """Called like the UNet `network`, gives its answer. `make` makes it faster for one shape of inputs: `aside`, in a
    thread of its own while steps go on plainly, or at once. For one thread."""

    def __init__(self, network: Any, make: Make, *, aside: bool) -> None:
        self._network = network
        self._make = make
        self._aside = aside
        self._ready: OrderedDict[Hashable, Made | None] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, **inputs: Any) -> torch.Tensor:
        rows = len(inputs["sample"])
        filled_rows = next((each for each in FILLED if each >= rows), None)
        if filled_rows is None:
            return plain(self._network, inputs)
        inputs = _filled(inputs, rows, filled_rows)
        shape = _shape(inputs)
        if shape not in self._ready:
            self._begin(shape, inputs)
        made = self._ready.get(shape)
        answer = made(**inputs) if made is not None else plain(self._network, inputs)
        return answer[:rows].clone()  # a graph writes its next answer in the same place

    def _begin(self, shape: Hashable, inputs: dict[str, Any]) -> None:
        self._ready[shape] = None
        if len(self._ready) > GRAPHS_KEPT:
            self._ready.popitem(last=False)
        if self._aside:
            copies = _each(inputs, torch.clone)
            threading.Thread(target=self._warm, args=(shape, copies), name="compiler", daemon=True).start()
        else:
            self._warm(shape, inputs)

    def _warm(self, shape: Hashable, inputs: dict[str, Any]) -> None:
        with self._lock, torch.no_grad():  # one at a time: they take the same cores
            try:
                self._ready[shape] = self._make(self._network, inputs)
            except Exception:  # steps go on plainly, and nobody is harmed
                log.exception("The denoiser could not be made faster for these shapes")


def plain(network: Any, inputs: dict[str, Any]) -> torch.Tensor:
    """The network's own answer."""
    answer: torch.Tensor = network(**inputs, return_dict=False)[0]
    return answer


def compiled(network: Any, inputs: dict[str, Any], backend: str = "inductor") -> Made:
    """`network` compiled for the shapes of `inputs` by torch.compile."""

    def run(**given: Any) -> torch.Tensor:
        return plain(network, given)

    torch._dynamo.config.cache_size_limit = max(torch._dynamo.config.cache_size_limit, 4 * len(FILLED))
    fast: Made = torch.compile(run, backend=backend, dynamic=False)
    fast(**inputs)
    return fast


def recorded(network: Any, inputs: dict[str, Any]) -> Made:
    """`network`'s kernels for the shapes of `inputs` as one CUDA graph."""
    held = _each(inputs, torch.clone)
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):  # libraries choose their ways in the first calls, which must not be recorded
        for _ in range(3):
            plain(network, held)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        answer = plain(network, held)

    def replay(**given: Any) -> torch.Tensor:
        for mine, theirs in zip(_tensors(held), _tensors(given), strict=True):
            mine.copy_(theirs)
        graph.replay()
        return answer

    return replay


def _filled(inputs: dict[str, Any], rows: int, filled: int) -> dict[str, Any]:
    """Every tensor with its last row repeated until there are `filled`."""
    if rows == filled:
        return inputs
    return _each(inputs, lambda one: torch.cat([one, one[-1:].expand(filled - rows, *one.shape[1:])]))


def _each(inputs: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    if isinstance(inputs, torch.Tensor):
        return change(inputs)
    if isinstance(inputs, dict):
        return {name: _each(value, change) for name, value in inputs.items()}
    return [_each(value, change) for value in inputs] if isinstance(inputs, list | tuple) else inputs


def _tensors(inputs: Any) -> list[torch.Tensor]:
    if isinstance(inputs, torch.Tensor):
        return [inputs]
    parts = inputs.values() if isinstance(inputs, dict) else inputs if isinstance(inputs, list | tuple) else ()
    return [tensor for part in parts for tensor in _tensors(part)]


def _shape(inputs: dict[str, Any]) -> Hashable:
    """The same for two calls exactly when what was made for one serves the other."""
    return tuple((name, *((*one.shape, one.dtype) for one in _tensors(value))) for name, value in inputs.items())
