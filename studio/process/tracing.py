"""Spans for OpenTelemetry where settings OTEL_ENDPOINT names a collector; otherwise nothing, at no cost.

A generation is one trace, and its id is the trace's: the web process that took it in, the worker that made it and the
web process that delivered it need not hand anything on. Names and numbers only: no prompts, no people. It is set up by
config/observing.py.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

_tracer: Any = None
_BILLION = 1_000_000_000


def use(tracer: Any) -> None:
    """From now on spans go to this opentelemetry.trace.Tracer; None: to nobody."""
    global _tracer  # noqa: PLW0603
    _tracer = tracer


def answered(route: str, method: str, status: int, seconds: float) -> None:
    """A request was answered just now."""
    if _tracer is not None:
        now = time.time()
        told = {"http.route": route, "http.request.method": method, "http.response.status_code": status}
        _span(f"{method} {route or '?'}", now - seconds, now, told)


def took_in(generation: UUID, tool: str, model: str, queue: str, seconds: float) -> None:
    """A generation was asked for; to check and keep the wish took so long."""
    if _tracer is not None:
        now = time.time()
        told = {"tool": tool, "model": model, "queue": queue, "generation": str(generation)}
        _span("submit", now - seconds, now, told, of=generation)


def made(
    generation: UUID, about: Mapping[str, Any], asked: float, stages: Sequence[tuple[str, float]], end: str
) -> None:
    """A worker ended it now: `asked` is when it was asked for (Unix time), `stages` what came one after the other, with
    their seconds, the last of them just now."""
    if _tracer is None:
        return
    now = time.time()
    whole = dict(about) | {"end": end, "generation": str(generation)}
    parent = _span("generation", asked, now, whole, of=generation)
    at = now - sum(seconds for _stage, seconds in stages)
    for stage, seconds in [("waiting", max(0.0, at - asked)), *stages]:
        began = asked if stage == "waiting" and at > asked else at
        _span(stage, began, began + seconds, {}, parent=parent)
        at = began + seconds


def delivered(generation: UUID, at: float) -> None:
    """Its end was sent to somebody (Unix time)."""
    if _tracer is not None:
        _span("delivery", at, at, {"generation": str(generation)}, of=generation)


def _span(
    name: str, began: float, ended: float, told: Mapping[str, Any], *, of: UUID | None = None, parent: Any = None
) -> Any:
    from opentelemetry import trace

    context = None
    if of is not None:
        # Half of the id stands for the root: every span of the generation hangs under the same.
        root = trace.SpanContext(
            of.int, of.int & (2**64 - 1) or 1, is_remote=True, trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED)
        )
        context = trace.set_span_in_context(trace.NonRecordingSpan(root))
    elif parent is not None:
        context = trace.set_span_in_context(parent)
    span = _tracer.start_span(name, context=context, start_time=int(began * _BILLION), attributes=dict(told))
    span.end(end_time=int(max(began, ended) * _BILLION))
    return span
