"""How long a generation took, and where: waiting, each stage of it, and until it reached somebody. Reads only."""

from django.utils import timezone

from studio.models import Generation, State
from studio.protocol import PartView, TimelineView

WAITING, SAVING, DELIVERY, MAKING = "waiting", "saving", "delivery", "making"


def of(generation: Generation) -> TimelineView:
    """The whole line of one generation, also of one that still waits or runs. Times are seconds.

    What earlier attempts took (`attempt` above 1) counts as waiting: nothing of them was left.
    """
    now = timezone.now()
    ended, began = generation.finished_at, generation.started_at
    if began is None or generation.state == State.QUEUED:
        spans = [(WAITING, ((ended or now) - generation.created_at).total_seconds())]
    else:
        spans = [(WAITING, (began - generation.created_at).total_seconds())]
        spans += _made(generation, ((ended or now) - began).total_seconds())
    if ended is not None and generation.delivered_at is not None:
        spans.append((DELIVERY, (generation.delivered_at - ended).total_seconds()))
    parts, at = [], 0.0
    for stage, seconds in spans:
        parts.append(PartView(stage=stage, begins=round(at, 3), seconds=round(max(0.0, seconds), 3)))
        at += max(0.0, seconds)
    return TimelineView(
        generation=generation.pk,
        state=generation.state,  # type: ignore[arg-type]
        attempt=generation.attempt,
        seconds=round(at, 3),
        device_seconds=round(generation.device_seconds, 3),
        parts=parts,
        steps=[[ms / 1000 for ms in picture] for picture in generation.timings.get("steps", [])],
        steps_each=generation.timings.get("each", 1),
        delivered=generation.delivered_at is not None,
    )


def _made(generation: Generation, whole: float) -> list[tuple[str, float]]:
    """The stages of the attempt. What the stopwatch did not see, the transaction that ends it, belongs to saving."""
    told = [(str(stage), ms / 1000) for stage, ms in generation.timings.get("stages", [])]
    rest = whole - sum(seconds for _stage, seconds in told)
    if not told:
        return [(MAKING, whole)]
    if generation.state != State.FINISHED or rest <= 0:
        return told
    if told[-1][0] == SAVING:
        return [*told[:-1], (SAVING, told[-1][1] + rest)]
    return [*told, (SAVING, rest)]
