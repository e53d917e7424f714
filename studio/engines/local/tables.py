"""Schedulers as tables of numbers, so that one matrix product advances all pictures. Read off the real schedulers.

A step of most schedulers is linear in what it sees: the network's answer, the latents, what it kept of earlier steps,
and fresh noise. So the real one is run once over basis vectors in place of latents, and what comes out are the
coefficients. What it keeps is found by looking: tensors of the latents' shape among its attributes. Nothing here knows
any scheduler by name, and a table that does not give what the scheduler gives (clipping, thresholding) is no table.
"""

import inspect
import json
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np
import torch

from studio.engines.local.previews import clearest

Matrix = np.ndarray[Any, np.dtype[np.float32]]

# Places for what a scheduler keeps: more than any of diffusers' needs (PNDM has six).
KEPT = 8
ANSWER, LATENTS, NOISE = 0, 1, KEPT + 2
SHAPE = (1, 1, 1, KEPT + 3)
# How far a table's numbers may be from the scheduler's, relative to the largest. Rounding is a thousandth of this.
TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Table:
    """A schedule step by step. `scales` are what the latents are multiplied with before the network sees them.

    A step's matrix takes [answer, latents, what is kept, noise] to [guess at the finished latents, latents, what is
    kept for the next step]; the column of the noise is there when `draws` says that the step draws some.
    """

    scales: tuple[float, ...]
    steps: tuple[Matrix, ...]
    draws: tuple[bool, ...]


def of(scheduler: Any, timesteps: Sequence[torch.Tensor]) -> Table | None:
    """The table of a scheduler that is set to the first of `timesteps`; None where its steps are not linear.

    Takes as long as one or two thousand small operations the first time, nothing afterwards.
    """
    first = len(scheduler.timesteps) - len(timesteps)
    return _of(cast(Hashable, type(scheduler)), scheduler.to_json_string(), scheduler.num_inference_steps, first)


@lru_cache(256)
def _of(kind: Any, config: str, steps: int, first: int) -> Table | None:
    def fresh() -> tuple[Any, torch.Tensor]:
        # `from_config` would warn of every option that another class had.
        known = inspect.signature(kind).parameters
        scheduler = kind(**{name: value for name, value in json.loads(config).items() if name in known})
        scheduler.set_timesteps(steps, device="cpu")
        if first and hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(first)
        return scheduler, scheduler.timesteps[first:]

    try:
        table = _read(*fresh())
    except _TooMuchError:
        return None
    return table if _agrees(table, *fresh()) else None


class _TooMuchError(Exception):
    """It keeps more than KEPT tensors."""


def _read(scheduler: Any, timesteps: torch.Tensor) -> Table:
    basis = torch.eye(SHAPE[-1]).reshape(-1, *SHAPE)
    scales, steps, draws = [], [], []
    for number, time in enumerate(timesteps):
        before = list(_kept(scheduler))
        if len(before) > KEPT:
            raise _TooMuchError
        for at, (holder, key, _tensor) in enumerate(before, LATENTS + 1):
            holder[key] = basis[at].clone()
        dice = torch.Generator().manual_seed(number)
        untouched = dice.get_state()
        scales.append(float(scheduler.scale_model_input(basis[LATENTS].clone(), time)[..., LATENTS]))
        result = _step(scheduler, basis[ANSWER].clone(), time, basis[LATENTS].clone(), dice)
        after = [guess(scheduler, result), result.prev_sample, *(tensor for _holder, _key, tensor in _kept(scheduler))]
        rows = torch.stack(after).reshape(len(after), -1)
        draws.append(not torch.equal(dice.get_state(), untouched))
        if draws[-1]:
            # What it drew is all over the numbers. In the noise's own place is nothing else, which tells how much.
            drawn = torch.randn(SHAPE, generator=dice.manual_seed(number)).flatten()
            amount = rows[:, NOISE:] / drawn[NOISE]
            rows = rows - amount * drawn
            rows[:, NOISE:] = amount
        columns = [*range(len(before) + 2), *([NOISE] if draws[-1] else [])]
        steps.append(rows[:, columns].numpy())
    return Table(tuple(scales), tuple(_needed(steps, draws)), tuple(draws))


def _kept(scheduler: Any) -> Iterator[tuple[Any, Any, torch.Tensor]]:
    """Every tensor of the latents' shape that the scheduler keeps, with the place where it is."""
    attributes = vars(scheduler)
    for name, value in list(attributes.items()):
        if isinstance(value, torch.Tensor) and value.shape == SHAPE:
            yield attributes, name, value
        elif isinstance(value, list):
            for at, one in enumerate(value):
                if isinstance(one, torch.Tensor) and one.shape == SHAPE:
                    yield value, at, one


def _needed(steps: list[Matrix], draws: list[bool]) -> list[Matrix]:
    """The same without what is kept and never looked at again."""
    looked_at: list[int] = []
    for number in reversed(range(len(steps))):
        matrix = steps[number][[0, 1, *looked_at]]
        end = matrix.shape[1] - draws[number]
        looked_at = [at for at in range(2, end) if matrix[:, at].any()]
        steps[number] = np.ascontiguousarray(matrix[:, [0, 1, *looked_at, *range(end, matrix.shape[1])]])
    return steps


def _agrees(table: Table, scheduler: Any, timesteps: torch.Tensor) -> bool:
    """Whether table and scheduler come from the same latents, answers and noise to the same, far from any rounding.

    The numbers are large, so that whatever clips them does it here.
    """
    dice = torch.Generator().manual_seed(0)
    latents = torch.randn(SHAPE, generator=dice) * 20
    state = latents.reshape(1, -1).numpy()
    for number, time in enumerate(timesteps):
        answer = torch.randn(SHAPE, generator=dice) * 20
        noise = torch.randn(SHAPE, generator=torch.Generator().manual_seed(number))
        scheduler.scale_model_input(latents, time)
        latents = _step(scheduler, answer, time, latents, torch.Generator().manual_seed(number)).prev_sample
        seen = [*answer.reshape(1, -1), *state, *(noise.reshape(1, -1) if table.draws[number] else [])]
        state = (table.steps[number] @ np.stack(seen))[1:]
        away = float(np.abs(state[0] - latents.numpy().flatten()).max())
        if not away <= TOLERANCE * float(latents.abs().max()):
            return False
    return True


def _step(scheduler: Any, answer: torch.Tensor, time: torch.Tensor, latents: torch.Tensor, dice: Any) -> Any:
    # The pipelines say both, to those who listen.
    said = {"generator": dice, "eta": 0.0}
    known = inspect.signature(scheduler.step).parameters
    return scheduler.step(answer, time, latents, **{name: value for name, value in said.items() if name in known})


def guess(scheduler: Any, result: Any) -> torch.Tensor:
    """The clearest guess at the finished latents that can be had after a step, for the preview."""
    # Most schedulers tell their guess at the end; LCM calls it by another name, DPM++ and UniPC keep it for themselves.
    for name in ("pred_original_sample", "denoised"):
        told: torch.Tensor | None = getattr(result, name, None)
        if told is not None:
            return told
    return clearest(scheduler, result.prev_sample)
