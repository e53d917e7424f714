"""The denoiser made faster by setting: compiled, or its kernels recorded as CUDA graphs. Changes no number it gives.

Both want the same shapes again and again, so the rows of a step are filled up to one of a few numbers; the filling is
thrown away, and no row sees another. What is not ready yet runs as it always did.
"""

import copy
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from itertools import chain
from types import FunctionType
from typing import Any
from weakref import WeakSet

import torch

from studio.engines.local.device import belong
from studio.engines.local.loading import LoadedModel
from studio.engines.local.options import Mode

log = logging.getLogger(__name__)

# Rows are filled up to the next of these; steps with more run plainly.
FILLED = (1, 2, 4, 8, 12, 16, 24, 32)
# Shapes kept for a model, those used last: each graph holds its inputs, and compiling one takes long.
SHAPES_KEPT = 24
Made = Callable[..., torch.Tensor]
Make = Callable[[Any, dict[str, Any]], Made]


def prepared(model: LoadedModel, mode: Mode) -> LoadedModel:
    """`model`, whose steps go by `mode` from now on. Graphs are for CUDA devices only."""
    if mode == "off" or "unet" not in model.parts or (mode == "graphs" and model.device.type != "cuda"):
        return model
    if mode == "graphs":
        return replace(model, denoiser=Denoiser(model.parts["unet"], recorder(), aside=False))
    return replace(model, denoiser=Denoiser(twin(model.parts["unet"]), compiled, aside=True))


def twin(network: torch.nn.Module) -> torch.nn.Module:
    """Another network of the same weights, which take no more memory by it.

    LoRAs hook into the layers of a model's own network for the time of a step (mixing.py). If it is compiled meanwhile,
    in another thread, then with them, and again when they are gone: within a step, while everybody waits.
    """
    shared = {id(each): each for each in chain(network.parameters(), network.buffers())}
    other: torch.nn.Module = copy.deepcopy(network, shared)
    return other


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
        self._ready.move_to_end(shape)
        made = self._ready[shape]
        answer = made(**inputs) if made is not None else plain(self._network, inputs)
        return answer[:rows].clone()  # a graph writes its next answer in the same place

    def forget(self) -> None:
        """The memory is needed: graphs go, and are recorded again when their shapes come again."""
        if not self._aside:
            self._ready.clear()

    def _begin(self, shape: Hashable, inputs: dict[str, Any]) -> None:
        self._ready[shape] = None
        if len(self._ready) > SHAPES_KEPT:
            self._ready.popitem(last=False)
        if self._aside:
            copies = _each(inputs, torch.clone)
            threading.Thread(target=self._warm, args=(shape, copies), name="compiler", daemon=True).start()
        else:
            self._warm(shape, inputs)

    def _warm(self, shape: Hashable, inputs: dict[str, Any]) -> None:
        with self._lock, torch.no_grad():  # one at a time: they take the same cores
            try:
                belong(inputs["sample"].device)
                made = self._make(self._network, inputs)
            except Exception:  # steps go on plainly, and nobody is harmed
                log.exception("The denoiser could not be made faster for these shapes")
                return
        if shape in self._ready:  # others may have taken its place meanwhile
            self._ready[shape] = made


def plain(network: Any, inputs: dict[str, Any]) -> torch.Tensor:
    """The network's own answer."""
    answer: torch.Tensor = network(**inputs, return_dict=False)[0]
    return answer


def compiled(network: Any, inputs: dict[str, Any], backend: str | Callable[..., Any] = "inductor") -> Made:
    """`network` compiled for the shapes of `inputs` by torch.compile. Nobody may hook into it meanwhile: see `twin`."""

    def run(**given: Any) -> torch.Tensor:
        return plain(network, given)

    # The compiler keeps what it makes with a function's code, up to a limit, and as long as that lives: with a code of
    # its own each shape is kept, and goes when nobody needs it any more.
    own = FunctionType(run.__code__.replace(), run.__globals__, run.__name__, None, run.__closure__)
    torch._dynamo.config.cache_size_limit = max(torch._dynamo.config.cache_size_limit, 4 * len(FILLED))
    fast: Made = torch.compile(own, backend=backend, dynamic=False)
    fast(**inputs)
    return fast


def recorder() -> Make:
    """What records a network's kernels; its graphs share their memory."""
    living: WeakSet[Recorded] = WeakSet()

    def record(network: Any, inputs: dict[str, Any]) -> Made:
        made = Recorded(network, inputs, next(iter(living), None))
        living.add(made)
        return made

    return record


class Recorded:
    """`network`'s kernels for the shapes of `inputs` as one CUDA graph, in the memory of the graph `beside`.

    What a graph leaves there is overwritten by the next one that runs: its answer must be copied at once.
    """

    def __init__(self, network: Any, inputs: dict[str, Any], beside: "Recorded | None" = None) -> None:
        self._held = _each(inputs, torch.clone)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(inputs["sample"].device):
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):  # libraries choose their ways in the first calls: those are not recorded
                for _ in range(3):
                    plain(network, self._held)
            torch.cuda.current_stream().wait_stream(stream)
            # Of this thread alone: another one may be loading a model, and by default that would spoil both.
            pool = beside._graph.pool() if beside is not None else None
            with torch.cuda.graph(self._graph, pool=pool, capture_error_mode="thread_local"):
                self._answer = plain(network, self._held)

    def __call__(self, **given: Any) -> torch.Tensor:
        for mine, theirs in zip(_tensors(self._held), _tensors(given), strict=True):
            mine.copy_(theirs)
        self._graph.replay()
        return self._answer


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
    """The same for two calls exactly when what was made for one serves the other. Compiled code goes by the strides,
    too, and would be made anew, at once, for others."""
    parts = {name: [(*one.shape, one.stride(), one.dtype) for one in _tensors(value)] for name, value in inputs.items()}
    return tuple((name, *each) for name, each in parts.items())
