"""The models in memory on one device: a few kept, the one used longest ago goes first. Loads nothing."""

from collections import OrderedDict
from collections.abc import Collection

import torch

from studio.engines.local.loading import LoadedModel, key_of
from studio.job import ModelRef


class ModelCache:
    """The `size` models used last, on one device. For one thread."""

    def __init__(self, device: torch.device, size: int = 2) -> None:
        self.device = device
        self.size = size
        self._kept: OrderedDict[str, LoadedModel] = OrderedDict()

    def get(self, ref: ModelRef) -> LoadedModel | None:
        """The model if it is in memory."""
        model = self._kept.get(key_of(ref))
        if model is not None:
            self._kept.move_to_end(key_of(ref))
        return model

    def make_room(self, in_use: Collection[str], coming: int = 0) -> bool:
        """Let models go, the one used longest ago first, until one more fits beside `coming` others that are being
        loaded. False when what is in the way is in use (keys)."""
        while len(self._kept) + coming >= self.size:
            spare = next((key for key in self._kept if key not in in_use), None)
            if spare is None:
                # With nothing at work, whatever is being loaded would never make room: one model at least must fit.
                return not in_use and not coming
            del self._kept[spare]
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        return True

    def keep(self, model: LoadedModel) -> None:
        """Keep a model that was loaded."""
        self._kept[model.key] = model

    def clear(self, in_use: Collection[str]) -> None:
        """Let all models go but those in use (keys)."""
        for key in self._kept.keys() - set(in_use):
            del self._kept[key]
