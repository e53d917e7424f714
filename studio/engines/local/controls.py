"""ControlNets in a shared step: each guides the rows that asked for it, as strongly and as long as they want it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from studio.engines.local.device import onto

if TYPE_CHECKING:
    from studio.engines.local.slots import Slot

Residuals = tuple[list[torch.Tensor] | None, torch.Tensor | None]


@dataclass(frozen=True, slots=True)
class Guide:
    """What a slot is guided by: the model's ControlNet of `role`, and `image` (1, 3, pixel height, pixel width).

    `strengths` holds one number for each step; at 0 the network is not asked.
    """

    role: str
    image: torch.Tensor
    strengths: tuple[float, ...]


def strengths(inputs: Mapping[str, Any], steps: int) -> tuple[float, ...]:
    """The strength in each of `steps`, by the rule of the ControlNet pipelines for the share of steps that it takes."""
    start, end = inputs["control_guidance_start"], inputs["control_guidance_end"]
    scale = float(inputs["controlnet_conditioning_scale"])
    return tuple(0.0 if at / steps < start or (at + 1) / steps > end else scale for at in range(steps))


@dataclass(frozen=True, slots=True)
class Rows:
    """What the networks are asked in one step, for all rows: `sample` (rows, channels, height, width), `time` (rows),
    `words` (rows, tokens, width), `added` the conditions beside the words."""

    sample: torch.Tensor
    time: torch.Tensor
    words: torch.Tensor
    added: Mapping[str, torch.Tensor]

    def only(self, places: torch.Tensor) -> "Rows":
        added = {name: each[places] for name, each in self.added.items()}
        return Rows(self.sample[places], self.time[places], self.words[places], added)


def residuals(slots: "Sequence[Slot]", asked: Rows) -> Residuals:
    """What the ControlNets add to the UNet; zero, which changes nothing, for rows without one."""
    roles: dict[str, list[Slot]] = {}
    for slot in slots:
        if slot.control is not None and slot.control.strengths[slot.position]:
            roles.setdefault(slot.control.role, []).append(slot)
    whole: list[torch.Tensor] | None = None
    for role, guided in roles.items():
        places = _places(slots, guided, asked.sample.device)
        parts = _ask(slots[0].model.controls[role], guided, asked if places is None else asked.only(places))
        if places is None:
            whole = parts
        else:
            whole = whole or [part.new_zeros(len(asked.sample), *part.shape[1:]) for part in parts]
            for everybody, part in zip(whole, parts, strict=True):
                everybody[places] = part
    return (None, None) if whole is None else (whole[:-1], whole[-1])


def _places(slots: "Sequence[Slot]", guided: "list[Slot]", device: torch.device) -> torch.Tensor | None:
    """The places of the rows of `guided` in the step; None when those are all."""
    if len(guided) == len(slots):
        return None
    wanted = [slot in guided for slot in slots for _ in range(slot.rows)]
    return onto(torch.tensor([at for at, yes in enumerate(wanted) if yes]), device)


def _ask(network: Any, guided: "list[Slot]", asked: Rows) -> list[torch.Tensor]:
    images, scales = [], []
    for slot in guided:
        assert slot.control is not None
        images.append(slot.control.image.expand(slot.rows, -1, -1, -1))
        scales += [slot.control.strengths[slot.position]] * slot.rows
    down, middle = network(
        asked.sample,
        asked.time,
        encoder_hidden_states=asked.words,
        controlnet_cond=torch.cat(images),
        added_cond_kwargs=asked.added,
        # It only multiplies by this, so a number for each row will do.
        conditioning_scale=onto(torch.tensor(scales, dtype=asked.sample.dtype), asked.sample.device).view(-1, 1, 1, 1),
        return_dict=False,
    )
    return [*down, middle]
