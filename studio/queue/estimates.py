"""How long a generation will probably run, by the measured times of earlier ones like it. Guesses nothing without."""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from django.core.cache import cache

from studio.models import Generation, State
from studio.tools import registry

# Earlier generations that are looked at, how few are too few, and how long (s) the answer is kept.
LOOKED_AT = 40
FEWEST = 3
KEPT_FOR = 15
LOW, HIGH = 0.1, 0.9
_NOT_ASKED = "not asked"  # None is an answer, too

# From about so many seconds to about so many.
Span = tuple[float, float]


def expected(generation: Generation) -> Span | None:
    """The range of seconds, from start to end, that such a generation takes; None when too few are known.

    Compared with finished ones of the same model (which says the engine), tool and size, each scaled by its steps times
    its pictures.
    """
    return expected_all([generation])[generation.pk]


def expected_all(generations: Iterable[Generation]) -> dict[UUID, Span | None]:
    """`expected` of each of them, by id; asks once for those that are alike."""
    paces: dict[str, Span | None] = {}
    found: dict[UUID, Span | None] = {}
    for generation in generations:
        work, kind = _work(generation.tool, generation.params), _kind(generation)
        if work and kind not in paces:
            paces[kind] = _pace(generation, kind)
        pace = paces.get(kind)
        found[generation.pk] = (round(pace[0] * work, 2), round(pace[1] * work, 2)) if work and pace else None
    return found


def learn(generation: Generation) -> None:
    """One more has finished: where nothing was known of its kind, there may be enough now."""
    if cache.get(key := _kind(generation), _NOT_ASKED) is None:
        cache.delete(key)


def spread(values: list[float]) -> Span | None:
    """Their LOW and HIGH quantiles; None for fewer than FEWEST. One odd value among ten does not count."""
    if len(values) < FEWEST:
        return None
    ordered = sorted(values)
    last = len(ordered) - 1
    return ordered[round(LOW * last)], ordered[round(HIGH * last)]


def _kind(generation: Generation) -> str:
    size = "x".join(str(side) for side in _size(generation).values())
    return f"pace:{generation.model_name}:{generation.tool}:{size}"


def _size(generation: Generation) -> dict[str, Any]:
    """What pictures that are alike have in common; nothing where the tool counts the pixels itself."""
    tool = registry().get(generation.tool)
    if tool is not None and tool.counts_pixels:
        return {}
    return {f"params__{side}": generation.params.get(side) for side in ("width", "height")}


def _pace(generation: Generation, key: str) -> Span | None:
    """Seconds for each step of each picture, as a range."""
    known: Span | str | None = cache.get(key, _NOT_ASKED)
    if known == _NOT_ASKED:
        known = _measured(generation)
        cache.set(key, known, KEPT_FOR)
    return cast("Span | None", known)


def _measured(generation: Generation) -> Span | None:
    like = Generation.objects.filter(
        model_name=generation.model_name,
        tool=generation.tool,
        state=State.FINISHED,
        started_at__isnull=False,
        **_size(generation),
    )
    rows = like.order_by("-finished_at").values_list("params", "started_at", "finished_at")[:LOOKED_AT]
    took = [(params, (ended - started).total_seconds()) for params, started, ended in rows if started and ended]
    paces = [(seconds, _work(generation.tool, params)) for params, seconds in took]
    return spread([seconds / work for seconds, work in paces if work])


def _work(tool_name: str, params: dict[str, Any]) -> float:
    tool = registry().get(tool_name)
    return tool.effort(params) if tool else 0.0
