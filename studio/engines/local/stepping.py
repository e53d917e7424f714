"""One denoising step of several pictures at once: one UNet call for all rows, then each by its own scheduler.

Rows carry their own timestep, so the pictures may be at different places of different schedules. Nothing is committed
before the network has answered: a step that failed can be repeated.
"""

from collections.abc import Sequence

import torch

from studio.engines.local import controls
from studio.engines.local.controls import Rows
from studio.engines.local.mixing import mixed
from studio.engines.local.previews import clearest
from studio.engines.local.slots import Slot


@torch.no_grad()
def predict(slots: Sequence[Slot]) -> list[torch.Tensor]:
    """What the UNet takes for noise in each slot (1, channels, height, width), guidance applied. All of one group."""
    samples, times, conditions = [], [], []
    for slot in slots:
        scaled = slot.pipeline.scheduler.scale_model_input(slot.latents, slot.time)
        if slot.beside is not None:
            scaled = torch.cat([scaled, slot.beside], 1)
        samples.append(scaled.expand(slot.rows, -1, -1, -1))
        times.append(slot.time.reshape(1).to(torch.float32).expand(slot.rows))
        if slot.condition is not None:
            conditions.append(slot.condition.expand(slot.rows, -1))
    sample = torch.cat(samples)
    time, words = torch.cat(times).to(sample.device), torch.cat([slot.words for slot in slots])
    added = {name: torch.cat([slot.added[name] for slot in slots]) for name in slots[0].added}
    down, middle = controls.residuals(slots, Rows(sample, time, words, added))
    unet = slots[0].model.parts["unet"]
    with mixed(unet, "unet", [slot.picks for slot in slots for _ in range(slot.rows)]):
        noise = unet(
            sample,
            time,
            encoder_hidden_states=words,
            timestep_cond=torch.cat(conditions) if conditions else None,
            added_cond_kwargs=added,
            down_block_additional_residuals=down,
            mid_block_additional_residual=middle,
            return_dict=False,
        )[0]
    parts = noise.split([slot.rows for slot in slots])
    return [_guide(slot, part) for slot, part in zip(slots, parts, strict=True)]


def _guide(slot: Slot, noise: torch.Tensor) -> torch.Tensor:
    if slot.rows == 1:
        return noise
    unwanted, wanted = noise.chunk(2)
    return unwanted + slot.guidance * (wanted - unwanted)


@torch.no_grad()
def advance(slot: Slot, noise: torch.Tensor) -> torch.Tensor:
    """Commit one step of `slot`; the clearest guess at its finished latents that can be had, for the preview."""
    scheduler = slot.pipeline.scheduler
    result = scheduler.step(noise, slot.time, slot.latents, **slot.extra, return_dict=True)
    slot.latents = result.prev_sample
    if slot.known is not None:
        slot.latents = slot.known.put_back(slot.latents, slot.position)
    slot.position += 1
    # Most schedulers tell their guess at the end; LCM calls it by another name, DPM++ and UniPC keep it for themselves.
    guess = getattr(result, "pred_original_sample", None)
    if guess is None:
        guess = getattr(result, "denoised", None)
    return clearest(scheduler, slot.latents) if guess is None else guess
