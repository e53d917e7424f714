"""From an engine's name to the engine: loaded by dotted name, in the worker only, once a process."""

import threading
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from studio.engines.base import Engine, EngineError, Holding, Limited

_one_by_one = threading.Lock()
_holding: dict[str, Holding] = {}
_loaded: list[Engine] = []


def load(name: str) -> Engine:
    """The engine called `name` in settings ENGINES; EngineError("model_unavailable") when there is none."""
    with _one_by_one:  # two threads that ask at once must get the same: each engine owns its device
        return _load(name)


@cache
def _load(name: str) -> Engine:
    try:
        path = settings.ENGINES[name]
    except KeyError:
        raise EngineError("model_unavailable") from None
    engine: Engine = import_string(path)()
    _loaded.append(engine)
    if isinstance(engine, Holding):
        _holding[name] = engine
    return engine


def loaded() -> list[Engine]:
    """The engines that this process has."""
    return list(_loaded)


def in_memory() -> dict[str, frozenset[str]]:
    """The names of the models that each engine of this process has in memory, as far as it has to do with any."""
    return {name: engine.models() for name, engine in list(_holding.items())}


def full() -> frozenset[str]:
    """The names of the models of which nothing more can start now, as far as the engines of this process know."""
    limited = [engine for engine in loaded() if isinstance(engine, Limited)]
    return frozenset().union(*(engine.full() for engine in limited))
