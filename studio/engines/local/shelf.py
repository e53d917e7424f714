"""The models in memory, and a thread that fetches those that are missing while pictures go on. Knows no requests."""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import torch

from studio.engines.local.cache import ModelCache
from studio.engines.local.loading import LoadedModel, key_of, load
from studio.job import ModelRef

# Hears a model's key and, when it could not be loaded, why.
Fetched = Callable[[str, Exception | None], None]


class Shelf:
    """`news` takes a call from the loader's thread to the one that owns the shelf, which makes it."""

    def __init__(
        self, device: torch.device, size: int, news: Callable[[Callable[[], None]], None], fetched: Fetched
    ) -> None:
        self.cache = ModelCache(device, size)
        self.loading: set[str] = set()
        self._device = device
        self._news = news
        self._fetched = fetched
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="loader")

    def get(self, ref: ModelRef) -> LoadedModel | None:
        """The model if it is in memory."""
        return self.cache.get(ref)

    def fetch(self, ref: ModelRef, in_use: Collection[str]) -> bool:
        """Have it loaded, unless it is being loaded already; False while the models `in_use` (keys) leave no room."""
        key = key_of(ref)
        if key in self.loading:
            return True
        if not self.cache.make_room({*in_use, *self.loading}, len(self.loading)):
            return False
        self.loading.add(key)
        self._loader.submit(self._load, ref, self.cache.get(ref.plain()))
        return True

    def clear(self, in_use: Collection[str]) -> None:
        """Let all models go that are not in use (keys): the memory is needed."""
        self.cache.clear(in_use)

    def _load(self, ref: ModelRef, base: LoadedModel | None) -> None:
        """In the loader's thread. The plain model comes with its variant: it shares most of it, and is wanted soon."""
        models, trouble = [], None
        try:
            if ref.variant and base is None:
                base = load(ref.plain(), self._device)
                models.append(base)
            models.append(load(ref, self._device, base))
        except Exception as error:  # noqa: BLE001  it is the waiting requests' trouble
            trouble = error.with_traceback(None)
        self._news(partial(self._put, key_of(ref), models, trouble))

    def _put(self, key: str, models: list[LoadedModel], trouble: Exception | None) -> None:
        self.loading.discard(key)
        for model in models:
            self.cache.keep(model)
        self._fetched(key, trouble)
