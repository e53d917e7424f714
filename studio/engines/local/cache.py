"""The models in memory on one device, up to so many bytes: the one used longest ago goes first. Loads nothing."""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields

import torch

from studio.engines.local.compiling import Denoiser
from studio.engines.local.device import empty_cache
from studio.engines.local.loading import LoadedModel, key_of
from studio.job import ModelRef


class ModelCache:
    """`limit` is in bytes. Pinned models stay whatever happens. For one thread."""

    def __init__(self, device: torch.device, limit: int) -> None:
        self.device = device
        self.limit = limit
        self._kept: OrderedDict[str, LoadedModel] = OrderedDict()
        self._pinned: set[str] = set()
        self._size: int | None = 0

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def get(self, ref: ModelRef) -> LoadedModel | None:
        """The model if it is in memory."""
        key = key_of(ref)
        model = self._kept.get(key)
        if model is not None:
            self._kept.move_to_end(key)
            self._pin(key, pinned=ref.pinned)  # as the catalogue says now
        return model

    def keep(self, model: LoadedModel) -> None:
        """Keep a model that was loaded."""
        self._kept[model.key] = model
        self._size = None
        self._pin(model.key, pinned=model.ref.pinned)

    def _pin(self, key: str, *, pinned: bool) -> None:
        (self._pinned.add if pinned else self._pinned.discard)(key)

    def _let_go(self, key: str) -> None:
        del self._kept[key]
        self._size = None

    @property
    def names(self) -> frozenset[str]:
        """The names of the models in memory."""
        return frozenset(model.ref.name for model in self._kept.values())

    @property
    def size(self) -> int:
        """Bytes of all that is kept; what models share counts once."""
        if self._size is None:  # thousands of tensors, and whoever waits for room asks between all steps
            self._size = sum({place: size for model in self._kept.values() for place, size in weights(model)}.values())
        return self._size

    def make_room(self, needed: int, in_use: Collection[str]) -> bool:
        """Let models go, the one used longest ago first, until `needed` more bytes fit; False when they do not, because
        of those `in_use` (keys)."""
        for key in [*self.spare(in_use), None]:
            if self.size + needed <= self.limit:
                return True
            if key is not None:
                self._let_go(key)
                empty_cache(self.device)
        return False

    def spare(self, in_use: Collection[str]) -> list[str]:
        """The models (keys) that may go, the one used longest ago first."""
        return [key for key in self._kept if key not in in_use and key not in self._pinned]

    def in_the_way(self, in_use: Collection[str]) -> list[str]:
        """Those `in_use` (keys) that could go when nobody used them, the one used longest ago first."""
        return [key for key in self._kept if key in in_use and key not in self._pinned]

    def clear(self, in_use: Collection[str]) -> None:
        """Let all models go that may, and what the others need only to be faster."""
        for key in self.spare(in_use):
            self._let_go(key)
        for model in self._kept.values():
            if isinstance(model.denoiser, Denoiser):
                model.denoiser.forget()
        empty_cache(self.device)


def weights(model: LoadedModel) -> Iterator[tuple[int, int]]:
    """Where each tensor of a model lies, and its bytes."""
    for network in _networks(model):
        for tensor in (*network.parameters(), *network.buffers()):
            yield tensor.data_ptr(), tensor.nbytes


def _networks(model: LoadedModel) -> Iterator[torch.nn.Module]:
    for each in fields(model):
        value = getattr(model, each.name)
        for part in value.values() if isinstance(value, Mapping) else [value]:
            if isinstance(part, torch.nn.Module):
                yield part
