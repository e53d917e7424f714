"""LoRAs in a shared step: each row of a call is changed by its own, at its own weights. Reads no files.

All LoRAs of a call lie side by side in one stack for each layer; what a row does not use is set to zero between the two
products. So a layer costs two or three operations more whatever the mix, nothing is copied for each row, and a row
without a LoRA is what it would be alone. Networks are never changed: hooks add to the answers of their layers, for the
time of one call.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch.nn import functional

from studio.engines.local.device import onto
from studio.engines.local.lora import Lora

# Bytes of stacks kept for each network: people join and leave, but often the same few LoRAs are in use.
STACKS_KEPT = 2**29


@dataclass(frozen=True, slots=True)
class Pick:
    """A LoRA and how strongly it counts; 1 is as it was trained."""

    lora: Lora
    weight: float


@dataclass(frozen=True, slots=True)
class _Layer:
    """The changes of all picks that touch `module`. `users` are (place of the pick, its rank)."""

    module: torch.nn.Module
    down: torch.Tensor
    up: torch.Tensor
    users: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return self.down.nbytes + self.up.nbytes


_stacks: WeakKeyDictionary[torch.nn.Module, OrderedDict[tuple[Pick, ...], list[_Layer]]] = WeakKeyDictionary()


def clear() -> None:
    """Let all stacks go: the memory is needed. They are made again of the LoRAs in memory."""
    _stacks.clear()


@contextmanager
def mixed(network: torch.nn.Module, name: str, rows: Sequence[tuple[Pick, ...]]) -> Iterator[None]:
    """Inside, row i of every call of `network` ("unet", "text_encoder", …) is changed by the picks `rows[i]`.

    If all rows have the same picks, calls may have any number of rows. For one thread.
    """
    picks = tuple(sorted(set(chain.from_iterable(rows)), key=lambda pick: (id(pick.lora), pick.weight)))
    layers = _stacked(network, name, picks) if picks else []
    same = all(set(row) == set(picks) for row in rows)
    masks: dict[tuple[tuple[int, int], ...], torch.Tensor] = {}
    hooks = []
    for layer in layers:
        mask = None
        if not same:
            if layer.users not in masks:
                masks[layer.users] = _unused(layer, picks, rows)
            mask = masks[layer.users]
        add = _add_to_linear if isinstance(layer.module, torch.nn.Linear) else _add_to_convolution
        hooks.append(layer.module.register_forward_hook(partial(add, layer, mask)))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def forget() -> None:
    """Let all stacks go: the memory is needed. Those of the next step are made anew."""
    _stacks.clear()


def _unused(layer: _Layer, picks: tuple[Pick, ...], rows: Sequence[tuple[Pick, ...]]) -> torch.Tensor:
    """(rows, sum of ranks): True where a row does not use what lies in that place of the stack."""
    unused = [[picks[place] not in row for place, rank in layer.users for _ in range(rank)] for row in rows]
    return onto(torch.tensor(unused), layer.down.device)


def _stacked(network: torch.nn.Module, name: str, picks: tuple[Pick, ...]) -> list[_Layer]:
    kept = _stacks.setdefault(network, OrderedDict())
    if picks not in kept:
        kept[picks] = _stack(network, name, picks)
        while len(kept) > 1 and sum(layer.size for layers in kept.values() for layer in layers) > STACKS_KEPT:
            kept.popitem(last=False)
    kept.move_to_end(picks)
    return kept[picks]


def _stack(network: torch.nn.Module, name: str, picks: tuple[Pick, ...]) -> list[_Layer]:
    of_each = [pick.lora.changes.get(name, {}) for pick in picks]
    layers = []
    for layer in dict.fromkeys(chain.from_iterable(of_each)):
        changes = [(at, changes[layer]) for at, changes in enumerate(of_each) if layer in changes]
        downs = [change.down for _, change in changes]
        down = torch.cat(downs) if len(downs) > 1 else downs[0]
        up = torch.cat([change.up * picks[at].weight for at, change in changes], dim=1)
        users = tuple((at, len(change.down)) for at, change in changes)
        layers.append(_Layer(network.get_submodule(layer), down, up, users))
    return layers


def _add_to_linear(
    layer: _Layer, unused: torch.Tensor | None, _module: Any, given: tuple[torch.Tensor, ...], answer: torch.Tensor
) -> torch.Tensor:
    inner = functional.linear(given[0], layer.down)
    if unused is not None:
        # Set, not multiplied: whatever somebody else's LoRA makes of this row, even if it is no number, is gone.
        inner.masked_fill_(unused.view(len(unused), *[1] * (inner.ndim - 2), -1), 0)
    flat = torch.addmm(answer.flatten(0, -2), inner.flatten(0, -2), layer.up.T)
    return flat.view(answer.shape)


def _add_to_convolution(
    layer: _Layer, unused: torch.Tensor | None, module: Any, given: tuple[torch.Tensor, ...], answer: torch.Tensor
) -> torch.Tensor:
    inner = functional.conv2d(given[0], layer.down, None, module.stride, module.padding, module.dilation)
    if unused is not None:
        inner.masked_fill_(unused[:, :, None, None], 0)
    return answer + functional.conv2d(inner, layer.up)
