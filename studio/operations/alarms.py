"""What somebody should look at: codes with parameters, worst first. By a snapshot alone; asks nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.cache import cache

GRAVE, MILD = "grave", "mild"
KEY, KEPT_FOR = "operations:alarms", 60
# So many ends within the hour say something about a model of which more than this part fails.
ENOUGH, FAILING = 5, 0.5
# From this part of its memory on a device counts as full.
FULL = 0.97


def of(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The alarms of a snapshot, each with `code`, `level` and `about`, and numbers where there are any."""
    told = [*_queues(found), *_processes(found), *_makers(found)]
    return sorted(told, key=lambda alarm: (alarm["level"] != GRAVE, alarm["code"], alarm["about"]))


def keep(alarms: list[dict[str, Any]]) -> tuple[set[str], set[str]]:
    """Remember what there is now; the names of those that began, and of those that are over, since the last time."""
    now = {f"{alarm['code']} {alarm['about']}".strip() for alarm in alarms}
    before = set(cache.get(KEY) or ())
    cache.set(KEY, sorted(now), KEPT_FOR)
    return now - before, before - now


def kept() -> list[str]:
    """The alarms of a moment ago, by code and what they are about; none where nobody kept any."""
    return list(cache.get(KEY) or ())


def _queues(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for queue in found["queues"]:
        waiting = sum(queue["waiting"].values())
        if queue["paused"]:
            yield _alarm("queue_paused", MILD, queue["name"], waiting=waiting)
        elif waiting and not queue["workers"]:
            yield _alarm("no_worker", GRAVE, queue["name"], waiting=waiting)
        elif waiting and queue["oldest"] > settings.ALARM_WAIT:
            yield _alarm("waits_long", GRAVE, queue["name"], seconds=round(queue["oldest"]))
        if waiting >= settings.QUEUE_MAX:
            yield _alarm("queue_full", GRAVE, queue["name"], waiting=waiting)


def _processes(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if not any(other["kind"] == "reconciler" and not other["silent"] for other in found["others"]):
        yield _alarm("no_reconciler", GRAVE, "")
    for worker in found["workers"]:
        if worker["silent"]:
            held = len(worker["running"])
            yield _alarm("worker_silent", GRAVE if held else MILD, worker["name"], seconds=round(worker["silent"]))
        elif worker["device_total"] and worker["device"] != "cpu":
            share = worker["device_memory"] / worker["device_total"]
            if share > FULL:
                yield _alarm("device_full", MILD, worker["name"], percent=round(100 * share))


def _makers(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for server in found["servers"]:
        if server["resting"]:
            yield _alarm("server_away", MILD, server["name"], error=server["error"])
    for pace in found["paces"]:
        ends = pace["finished"] + pace["failed"]
        if ends >= ENOUGH and pace["failed"] > FAILING * ends:
            yield _alarm("model_fails", GRAVE, pace["model"], failed=pace["failed"], of=ends)


def _alarm(code: str, level: str, about: str, **numbers: Any) -> dict[str, Any]:
    return {"code": code, "level": level, "about": about, **numbers}
