"""From an engine's name to the engine: loaded by dotted name, in the worker only, once a process."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from studio.engines.base import Engine, EngineError


@cache
def load(name: str) -> Engine:
    """The engine called `name` in settings ENGINES; EngineError("model_unavailable") when there is none."""
    try:
        path = settings.ENGINES[name]
    except KeyError:
        raise EngineError("model_unavailable") from None
    engine: Engine = import_string(path)()
    return engine
