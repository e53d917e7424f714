"""A snapshot, and what all processes counted, in the words of Prometheus. Any web process tells it for all of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from studio.process import counting
from studio.process.counting import FIGURES, Process

PREFIX = "brushwire_"
# Of a queue: the key in the snapshot, and what it says.
OF_QUEUES = {
    "running": "Generations that are being made.",
    "oldest": "For how long the oldest one waits, in seconds.",
    "work": "Device seconds that the waiting ones will probably take.",
    "workers": "Workers that listen to the queue and take on work.",
    "backlog": "Seconds of queued work for each of its workers: the hint to start or stop some.",
    "wanted": "Workers that would have done the queued work in BRUSHWIRE_SCALE_SECONDS.",
}
SECONDS = ("oldest", "work", "backlog")
OF_WORKERS = {
    "memory": "Bytes that the worker's process holds.",
    "engine_memory": "Bytes that its engine's process holds.",
    "device_memory": "Bytes in use on its device.",
    "device_total": "Bytes that its device has.",
    "rows": "Pictures in the newest step of its engine.",
    "most": "Generations that it takes at once.",
}
BYTES = ("memory", "engine_memory", "device_memory", "device_total")


class Figures:
    """A collector for one answer."""

    def __init__(self, found: Mapping[str, Any], processes: Sequence[Process]) -> None:
        self._found = found
        self._processes = processes

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        yield from self._queues()
        yield from self._workers()
        yield from self._others()
        for name in FIGURES:
            yield from _counted(name, self._processes)

    def _queues(self) -> Iterator[Metric]:
        queues = self._found["queues"]
        waiting = GaugeMetricFamily(f"{PREFIX}queue_waiting", "Generations that wait.", labels=["queue", "lane"])
        paused = GaugeMetricFamily(f"{PREFIX}queue_paused", "1 where staff paused the queue.", labels=["queue"])
        for queue in queues:
            paused.add_metric([queue["name"]], 1.0 if queue["paused"] else 0.0)
            for lane, number in queue["waiting"].items():
                waiting.add_metric([queue["name"], lane], number)
        yield from (waiting, paused)
        for key, about in OF_QUEUES.items():
            name = f"{PREFIX}queue_{key}" + ("_seconds" if key in SECONDS else "")
            family = GaugeMetricFamily(name, about, labels=["queue"])
            for queue in queues:
                family.add_metric([queue["name"]], queue[key])
            yield family

    def _workers(self) -> Iterator[Metric]:
        alive = GaugeMetricFamily(
            f"{PREFIX}worker_up", "1 for a worker that lives, by its state.", labels=["worker", "queues", "state"]
        )
        for worker in self._found["workers"]:
            living = 0.0 if worker["silent"] else 1.0
            alive.add_metric([worker["name"], ",".join(worker["queues"]), worker["state"]], living)
        yield alive
        for key, about in OF_WORKERS.items():
            name = f"{PREFIX}worker_{key}" + ("_bytes" if key in BYTES else "")
            family = GaugeMetricFamily(name, about, labels=["worker"])
            for worker in self._found["workers"]:
                family.add_metric([worker["name"]], worker[key])
            yield family

    def _others(self) -> Iterator[Metric]:
        alarms = GaugeMetricFamily(
            f"{PREFIX}alarm", "1 for what somebody should look at.", labels=["code", "level", "about"]
        )
        for alarm in self._found["alarms"]:
            alarms.add_metric([alarm["code"], alarm["level"], alarm["about"]], 1.0)
        servers = GaugeMetricFamily(
            f"{PREFIX}server_up",
            "1 for another server that is asked for pictures, 0 while it rests.",
            labels=["server"],
        )
        for server in self._found["servers"]:
            servers.add_metric([server["name"]], 0.0 if server["resting"] else 1.0)
        told = GaugeMetricFamily(f"{PREFIX}process_up", "Processes that tell what they counted.", labels=["process"])
        for process in self._processes:
            told.add_metric([process.name], 1.0)
        reconcilers = sum(other["kind"] == "reconciler" and not other["silent"] for other in self._found["others"])
        yield from (alarms, servers, told)
        yield GaugeMetricFamily(f"{PREFIX}reconcilers", "Reconcilers that live.", value=reconcilers)


def exposition(found: Mapping[str, Any]) -> bytes:
    """The text that Prometheus scrapes, for a snapshot and the counts of this moment."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(found, counting.read()))
    return generate_latest(registry)


def _counted(name: str, processes: Sequence[Process]) -> Iterator[Metric]:
    """One figure of all processes, each under its name: a new one begins from nothing, as Prometheus expects."""
    figure = FIGURES[name]
    rows = [(process.name, labels, value) for process in processes for labels, value in process.figures.get(name, [])]
    if not rows:
        return
    keys = sorted({key for _process, labels, _value in rows for key in labels})
    labels = ["process", *keys]
    full = PREFIX + name
    if figure.kind == "times":
        times = HistogramMetricFamily(
            full if full.endswith("_seconds") else f"{full}_seconds", figure.about, labels=labels
        )
        for process, told, value in rows:
            times.add_metric([process, *(told.get(key, "") for key in keys)], *_classes(figure.ends, value))
        yield times
        return
    kind = CounterMetricFamily if figure.kind == "counter" else GaugeMetricFamily
    family = kind(full, figure.about, labels=labels)
    for process, told, value in rows:
        family.add_metric([process, *(told.get(key, "") for key in keys)], value)
    yield family


def _classes(ends: Sequence[float], value: Sequence[float]) -> tuple[list[tuple[str, float]], float]:
    """Prometheus counts what is at most so much; we count each class by itself."""
    buckets, below = [], 0.0
    for end, number in zip((*ends, None), value[:-1], strict=True):
        below += number
        buckets.append(("+Inf" if end is None else str(end), below))
    return buckets, value[-1]
