"""One denoising step of several pictures at once: one UNet call for all rows, then each by its own sampler.

Rows carry their own timestep, so the pictures may be at different places of different schedules. Nothing is committed
before the network has answered: a step that failed can be repeated.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate
from typing import Any

import torch

from studio.engines.local import controls, sampling
from studio.engines.local.controls import Rows
from studio.engines.local.device import onto
from studio.engines.local.memory import roomy
from studio.engines.local.mixing import mixed
from studio.engines.local.slots import Slot


@torch.no_grad()
def predict(slots: Sequence[Slot]) -> list[torch.Tensor]:
    """What the UNet takes for noise in each slot (1, channels, height, width), guidance applied. All of one group."""
    words = torch.cat([slot.words for slot in slots])
    sample = _sample(slots).to(words.dtype)
    # The networks make this number format of any other; always the same, and compiled steps are made once.
    times = [slot.time for slot in slots for _ in range(slot.rows)]
    time = onto(torch.tensor(times, dtype=torch.float32), sample.device)
    conditions = [slot.condition.expand(slot.rows, -1) for slot in slots if slot.condition is not None]
    added = {name: torch.cat([slot.added[name] for slot in slots]) for name in slots[0].added}
    down, middle = controls.residuals(slots, Rows(sample, time, words, added))
    noise = _denoised(
        slots,
        sample=sample,
        timestep=time,
        encoder_hidden_states=words,
        timestep_cond=torch.cat(conditions) if conditions else None,
        added_cond_kwargs=added,
        down_block_additional_residuals=down,
        mid_block_additional_residual=middle,
    )
    return list(_guided(slots, noise).split(1))


def predict_by_rows(slot: Slot) -> list[torch.Tensor]:
    """As `predict` for one slot, a row after the other: where guidance takes two, half of the memory will do."""
    rows = [
        replace(slot, words=row, added={name: each[at : at + 1] for name, each in slot.added.items()})
        for at, row in enumerate(slot.words.split(1))
    ]
    return [_guided([slot], torch.cat([predict([row])[0] for row in rows]))]


def _denoised(slots: Sequence[Slot], **inputs: Any) -> torch.Tensor:
    """The UNet's answer to all rows."""
    model, picks = slots[0].model, [slot.picks for slot in slots for _ in range(slot.rows)]
    if model.denoiser is not None and not any(picks):
        return model.denoiser(**inputs)
    unet = model.parts["unet"]
    with mixed(unet, "unet", picks):
        noise: torch.Tensor = unet(**inputs, return_dict=False)[0]
    return noise


def _sample(slots: Sequence[Slot]) -> torch.Tensor:
    """The latents of all rows (rows, channels, height, width), as their samplers show them to the network."""
    shown = [slot.sampling.shown(slot.position) for slot in slots]
    sample = torch.cat([latents.expand(slot.rows, -1, -1, -1) for slot, (latents, _) in zip(slots, shown, strict=True)])
    scales = [scale for slot, (_, scale) in zip(slots, shown, strict=True) for _ in range(slot.rows)]
    if any(scale != 1 for scale in scales):
        sample = sample * onto(torch.tensor(scales), sample.device).view(-1, 1, 1, 1)
    beside = [slot.beside.expand(slot.rows, -1, -1, -1) for slot in slots if slot.beside is not None]
    return torch.cat([sample, torch.cat(beside)], 1) if beside else sample


def _guided(slots: Sequence[Slot], noise: torch.Tensor) -> torch.Tensor:
    """One answer a slot: away from the unwanted words where there are two rows, as it is where there is one."""
    if len(noise) == len(slots):
        return noise
    last = list(accumulate(slot.rows for slot in slots))
    rows = torch.tensor([[end - slot.rows for slot, end in zip(slots, last, strict=True)], [end - 1 for end in last]])
    unwanted, wanted = noise[onto(rows, noise.device)]
    scales = onto(torch.tensor([slot.guidance for slot in slots], dtype=noise.dtype), noise.device)
    return torch.addcmul(unwanted, wanted - unwanted, scales.view(-1, 1, 1, 1))


@torch.no_grad()
def advance(
    slots: Sequence[Slot], answers: Sequence[torch.Tensor], make_room: Callable[[], None] = lambda: None
) -> list[torch.Tensor | Exception]:
    """Commit one step of each slot; the guess at its finished latents, or what its sampler failed with. `make_room` is
    called before one fails for want of memory."""
    guesses = sampling.advance([(slot.sampling, slot.position) for slot in slots], answers, make_room)
    for at, slot in enumerate(slots):
        if isinstance(guesses[at], Exception):
            continue
        try:
            roomy(partial(_put_back, slot), make_room)
        except Exception as error:  # noqa: BLE001  it is this picture's trouble, and told to whoever wants it
            guesses[at] = error.with_traceback(None)
            continue
        slot.position += 1
    return guesses


def _put_back(slot: Slot) -> None:
    if slot.known is not None:
        slot.latents = slot.known.put_back(slot.latents, slot.position)
