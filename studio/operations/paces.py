"""How long what takes: the ends of the last hour, by model. Asked once in a while, not for every snapshot."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from studio.models import TERMINAL, Generation, State

KEY, KEPT_FOR = "operations:paces", 15
# What ended in so many seconds is looked at, the newest so many.
WITHIN, MOST = 3600.0, 2000


def read() -> list[dict[str, Any]]:
    """Of each model: how many were `finished` and `failed`, and the seconds that the middle one and the slowest of
    twenty took, with and without waiting."""
    known = cache.get(KEY)
    if known is None:
        known = _measured()
        cache.set(KEY, known, KEPT_FOR)
    return list(known)


def _measured() -> list[dict[str, Any]]:
    since = timezone.now() - timedelta(seconds=WITHIN)
    ended = Generation.objects.filter(state__in=TERMINAL, finished_at__gt=since).order_by("-finished_at")
    rows = ended.values_list("model_name", "state", "created_at", "started_at", "finished_at", "device_seconds")[:MOST]
    made: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    failed: dict[str, int] = defaultdict(int)
    for model, state, created, started, finished, device in rows:
        if state == State.FINISHED and started and finished:
            run = (finished - started).total_seconds()
            made[model].append((run, (started - created).total_seconds(), device))
        elif state in (State.FAILED, State.EXPIRED):
            failed[model] += 1
    return [_pace(model, made.get(model, []), failed[model]) for model in sorted({*made, *failed})]


def _pace(model: str, made: list[tuple[float, float, float]], failed: int) -> dict[str, Any]:
    run, waited, device = ([each[n] for each in made] for n in range(3))
    return {
        "model": model,
        "finished": len(made),
        "failed": failed,
        "middle": _at(run, 0.5),
        "slow": _at(run, 0.95),
        "waited": _at(waited, 0.5),
        "waited_slow": _at(waited, 0.95),
        "device": round(sum(device), 1),
    }


def _at(values: list[float], share: float) -> float:
    """The value below which that share of them lies; 0 for none."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) if ordered else 0.0
