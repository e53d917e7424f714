"""A photo that waits for its colours, or to be looked at, as the step loop sees it."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from studio.engines.base import EngineError
from studio.engines.local.loading import LoadedModel
from studio.engines.local.messages import Request
from studio.engines.local.order import OfJob
from studio.job import Job

# Pixels of a place: sizes are counted as those of latents are.
PLACE = 64


@dataclass(eq=False, slots=True)
class WaitingPhoto(OfJob):
    """A photo of a job in the step loop: `values` (h, w) are its greys as a network sees them."""

    job: Job
    values: NDArray[Any]
    model: LoadedModel
    index: int = 0
    rows: int = 1
    turn: int = 0
    total: int = 0
    seconds: float = 0.0
    finished: bool = field(default=False, init=False)

    @property
    def group(self) -> Hashable:
        """Whose rows may go through the network with its own: nobody's, photos are looked at one by one."""
        return id(self)

    @property
    def size(self) -> int:
        return self.values.size // PLACE


class Tint(WaitingPhoto):
    """One that waits for its colours: output `index` of its job, floats."""

    __slots__ = ()

    @property
    def group(self) -> Hashable:
        """Those of one model and one size go together."""
        return self.model.key, self.values.shape


class Glance(WaitingPhoto):
    """One whose faces shall be counted, before it is known how large the network should see it: bytes."""

    __slots__ = ()


def start(model: LoadedModel, request: Request) -> list[Tint] | list[Glance]:
    """The outputs of `request`. Raises EngineError("unknown_tool") for a model that gives neither colours nor depth."""
    if model.colourist is None and model.depth is None:
        raise EngineError("unknown_tool")
    if request.look is not None:
        return [Glance(request.job, request.look, model)]
    return [Tint(request.job, each.values, model, each.index) for each in request.greys]
