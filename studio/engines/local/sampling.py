"""From one step's latents to the next: by the picture's own scheduler, or by table together with all the others.

Both hold the latents of one picture. Nothing here asks the network.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from studio.engines.local import tables
from studio.engines.local.device import onto
from studio.engines.local.memory import roomy
from studio.engines.local.tables import Table


class ByScheduler:
    """A picture that is stepped by a diffusers scheduler of its own. `extra` goes into each of its steps."""

    def __init__(
        self, scheduler: Any, timesteps: Sequence[torch.Tensor], latents: torch.Tensor, extra: Mapping[str, Any]
    ) -> None:
        self.latents = latents
        self._scheduler, self._timesteps, self._extra = scheduler, timesteps, extra

    def shown(self, step: int) -> tuple[torch.Tensor, float]:
        """What the network is shown before step number `step`: a tensor, and what it is still to be multiplied with."""
        return self._scheduler.scale_model_input(self.latents, self._timesteps[step]), 1.0

    def advance(self, step: int, answer: torch.Tensor) -> torch.Tensor:
        """Commit that step; the guess at the finished latents."""
        result = self._scheduler.step(answer, self._timesteps[step], self.latents, **self._extra, return_dict=True)
        self.latents = result.prev_sample
        return tables.guess(self._scheduler, result)


class ByTable:
    """A picture that is stepped by numbers, in float32. All its noise is drawn here, in the order of the steps."""

    def __init__(self, table: Table, latents: torch.Tensor, generator: torch.Generator) -> None:
        self.table = table
        self._shape, self._dtype = latents.shape, latents.dtype
        # (1 + what the sampler keeps, numbers of a picture): the latents first.
        self.state = latents.float().reshape(1, -1)
        # One after the other, as the scheduler would, because a larger piece would hold other numbers.
        drawn = [torch.randn(latents.shape, generator=generator, dtype=latents.dtype) for yes in table.draws if yes]
        noise = torch.cat(drawn).to(latents.device).float().reshape(len(drawn), 1, -1) if drawn else ()
        self._noise = dict(zip((step for step, yes in enumerate(table.draws) if yes), noise, strict=True))

    @property
    def latents(self) -> torch.Tensor:
        """(1, channels, height, width), in the model's own number format."""
        return self.state[0].view(self._shape).to(self._dtype)

    @latents.setter
    def latents(self, latents: torch.Tensor) -> None:
        self.state = torch.cat([latents.float().reshape(1, -1), self.state[1:]])

    def shown(self, step: int) -> tuple[torch.Tensor, float]:
        """As ByScheduler's."""
        return self.state[0].view(self._shape), self.table.scales[step]

    def rows(self, step: int, answer: torch.Tensor) -> list[torch.Tensor]:
        """What the matrix of that step is multiplied with, each (some, numbers of a picture)."""
        return [answer.reshape(1, -1), self.state, *([self._noise[step]] if step in self._noise else [])]

    def take(self, made: torch.Tensor) -> torch.Tensor:
        """Commit what the matrix made; the guess at the finished latents."""
        self.state = made[1:]
        return made[0].view(self._shape)


Sampling = ByScheduler | ByTable


def start(
    scheduler: Any,
    timesteps: Sequence[torch.Tensor],
    latents: torch.Tensor,
    generator: torch.Generator,
    extra: Mapping[str, Any],
) -> Sampling:
    """By table wherever there is one, on a CPU too: `python -m benchmarks.samplers` compares the two ways."""
    table = tables.of(scheduler, timesteps)
    if table is None:
        return ByScheduler(scheduler, timesteps, latents, extra)
    return ByTable(table, latents, generator)


def advance(
    pictures: Sequence[tuple[Sampling, int]],
    answers: Sequence[torch.Tensor],
    make_room: Callable[[], None] = lambda: None,
) -> list[torch.Tensor | Exception]:
    """Commit the given step of each picture; `answers` are the network's, each (1, channels, height, width).

    Returns the guess at the finished latents of each, or what its scheduler failed with. `make_room` is called before a
    picture fails for want of memory.
    """
    guesses: dict[int, torch.Tensor | Exception] = {}
    tabled: list[tuple[ByTable, int, torch.Tensor]] = []
    for at, ((one, step), answer) in enumerate(zip(pictures, answers, strict=True)):
        if isinstance(one, ByTable):
            tabled.append((one, step, answer))
            continue
        try:
            guesses[at] = one.advance(step, answer)
        except Exception as error:  # noqa: BLE001  it is this picture's trouble, and told to whoever wants it
            guesses[at] = error
    made = iter(_by_table(tabled, make_room) if tabled else ())
    return [guesses[at] if at in guesses else next(made) for at in range(len(pictures))]


def _by_table(
    pictures: Sequence[tuple[ByTable, int, torch.Tensor]], make_room: Callable[[], None]
) -> Sequence[torch.Tensor | Exception]:
    """The guess of each, or what went wrong with it. Nothing is committed before the product is there: one that fails
    is done again picture by picture."""
    try:
        if len(pictures) == 1:
            return roomy(lambda: _advance_by_table(pictures), make_room)
        return _advance_by_table(pictures)
    except Exception as error:  # noqa: BLE001  told to whoever turns out to cause it
        if len(pictures) == 1:
            return [error.with_traceback(None)]
    # Outside of the except block the traceback no longer holds the tensors of the failed try.
    return [outcome for picture in pictures for outcome in _by_table([picture], make_room)]


def _advance_by_table(pictures: Sequence[tuple[ByTable, int, torch.Tensor]]) -> list[torch.Tensor]:
    """All pictures (each with its step and the network's answer) in one product, however many and whatever samplers."""
    matrices = [one.table.steps[step] for one, step, _answer in pictures]
    high, wide = (max(matrix.shape[side] for matrix in matrices) for side in (0, 1))
    numbers = np.zeros((len(matrices), high, wide), np.float32)
    nothing = pictures[0][0].state.new_zeros(1, pictures[0][0].state.shape[1])
    seen: list[torch.Tensor] = []
    for at, ((one, step, answer), matrix) in enumerate(zip(pictures, matrices, strict=True)):
        numbers[at, : matrix.shape[0], : matrix.shape[1]] = matrix
        seen += [*one.rows(step, answer), nothing.expand(wide - matrix.shape[1], -1)]
    stacked = torch.cat(seen).view(len(matrices), wide, -1)
    made = torch.bmm(onto(torch.from_numpy(numbers), stacked.device), stacked)
    return [one.take(made[at, : len(matrices[at])]) for at, (one, _step, _answer) in enumerate(pictures)]
