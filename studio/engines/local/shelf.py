"""The models in memory, and a thread that fetches those that are missing while pictures go on. Knows no requests.

Where all memory is used by models that people work with, whoever needs another one waits for a while. Then the model
used longest ago is called back: nobody begins with it any more, its pictures finish, and it makes room. So nobody waits
for ever, the others go on meanwhile, and no more than a part of the time goes into loading.
"""

import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import torch

from studio.engines.base import EngineError
from studio.engines.local import sizes
from studio.engines.local.cache import ModelCache
from studio.engines.local.device import belong, dtype_of, is_out_of_memory
from studio.engines.local.families import FAMILIES
from studio.engines.local.loading import LoadedModel, key_of, load
from studio.job import ModelRef

# Hears a model's key and, when it could not be loaded, why.
Fetched = Callable[[str, Exception | None], None]

# How long a model that is missing leaves those in use alone, in seconds: at least this, and so many times what loading
# took last.
PATIENCE, PATIENCE_LOADS = 5.0, 3.0


class Shelf:
    """`limit` is the bytes that models may take; `news` takes a call from the loader's thread to the one that owns the
    shelf, which makes it; `prepare` has the last word on a model that was loaded."""

    def __init__(
        self,
        device: torch.device,
        limit: int,
        *,
        news: Callable[[Callable[[], None]], None],
        fetched: Fetched,
        make_room: Callable[[], None],
        prepare: Callable[[LoadedModel], LoadedModel],
    ) -> None:
        self.cache = ModelCache(device, limit)
        self.loading: dict[str, int] = {}
        self._device = device
        self._news = news
        self._fetched = fetched
        self._make_room = make_room
        self._prepare = prepare
        self._loader = ThreadPoolExecutor(1, "loader", initializer=belong, initargs=(device,))
        # Loaded, and nobody has begun with it yet: it must not go before.
        self._fresh: set[str] = set()
        self._asking: tuple[str, float] | None = None
        self._called_back: set[str] = set()
        self._took = 0.0
        self._again: set[str] = set()

    def get(self, ref: ModelRef) -> LoadedModel | None:
        """The model if it is in memory and may be begun with."""
        key = key_of(ref)
        return None if key in self._called_back else self.cache.get(ref)

    def begun(self, key: str) -> None:
        """Somebody has begun with the model."""
        self._fresh.discard(key)

    def fetch(self, ref: ModelRef, in_use: Collection[str], wanted: Collection[str]) -> bool:
        """Have it loaded, unless it is being loaded already; False while the models `in_use` leave no room, or it is
        called back itself. `wanted` are those that somebody waits for (all keys)."""
        key = key_of(ref)
        if self._asking is not None and self._asking[0] not in wanted:  # whoever asked has left
            self._asking, self._called_back = None, set()
        if key in self.loading:
            return True
        if key in self.cache:
            return False
        self._fresh &= set(wanted)
        busy = {*in_use, *self._fresh}
        needed, coming = self._size(ref), sum(self.loading.values())
        base = key_of(ref.plain())
        if not self.cache.make_room(needed + coming, {*busy, base}) and not self._may_exceed(key, busy):
            return False
        self._asking = None
        self._called_back.clear()
        self.loading[key] = needed
        self._loader.submit(self._load, ref, self.cache.get(ref.plain()))
        return True

    def clear(self, in_use: Collection[str]) -> None:
        """Let all models go that are not in use (keys): the memory is needed."""
        self.cache.clear({*in_use, *self._fresh})

    def _size(self, ref: ModelRef) -> int:
        family = FAMILIES.get(ref.family)
        return sizes.of(ref, dtype_of(self._device, ref.dtype, family.half if family else "float32"))

    def _may_exceed(self, key: str, busy: Collection[str]) -> bool:
        """There is no room for `key`: call others back in time. True when nothing that could go is left, and nothing is
        coming: one model beside the pinned ones is always tried."""
        in_the_way = self.cache.in_the_way(busy)
        if not in_the_way:
            return not self.loading
        now = time.monotonic()
        if self._asking is None or self._asking[0] != key:
            self._asking, self._called_back = (key, now), set()
        elif not self._called_back and now - self._asking[1] >= max(PATIENCE, PATIENCE_LOADS * self._took):
            self._called_back = {in_the_way[0]}
        elif self._called_back and not self._called_back & set(in_the_way):
            self._called_back.add(in_the_way[0])  # they have gone, and it was not enough
        return False

    def _load(self, ref: ModelRef, base: LoadedModel | None) -> None:
        """In the loader's thread. The plain model comes with its variant: it shares most of it, and is wanted soon."""
        models, trouble = [], None
        began = time.monotonic()
        try:
            if ref.variant and base is None:
                base = load(ref.plain(), self._device)
                models.append(base)
            models.append(load(ref, self._device, base))
            models = [self._prepare(model) for model in models]
        except Exception as error:  # noqa: BLE001  it is the waiting requests' trouble
            trouble = error.with_traceback(None)
        self._news(partial(self._put, ref, models, trouble, time.monotonic() - began))

    def _put(self, ref: ModelRef, models: list[LoadedModel], trouble: Exception | None, took: float) -> None:
        key = key_of(ref)
        if trouble is not None and is_out_of_memory(trouble):
            if key not in self._again:  # once more, with nothing beside it but what is in use
                self._again.add(key)
                self._make_room()
                self._loader.submit(self._load, ref, self.cache.get(ref.plain()))
                return
            trouble = EngineError("model_too_large", model=ref.name)
        self._again.discard(key)
        self.loading.pop(key, None)
        self._took = took
        for model in models:
            self.cache.keep(model)
            self._fresh.add(model.key)
        self._fetched(key, trouble)
