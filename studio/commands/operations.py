"""Commands of those who look after workers and queues. Each asks for the permission itself, and stands in the staff's
record with its reason, in the transaction of the act."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from accounts import notices, records
from accounts.models import User
from studio import operations, tasks, tools
from studio.models import Generation, PausedQueue, Pulse, State
from studio.operations import crew
from studio.queue import lifecycle, line
from studio.values import queues
from studio.words.errors import Refused

PERMISSION = "studio.operate"
WHY_MOST = 500


def may(user: User) -> bool:
    """Whether this person may see and do all this."""
    return user.is_authenticated and user.is_staff and user.has_perm(PERMISSION)


def look(user: User) -> dict[str, Any]:
    """How the studio does. Raises Refused("forbidden"). Asked anew each time: a page's user may be hours old."""
    fresh = User.objects.filter(pk=user.pk, is_active=True).first()
    if fresh is None:
        raise Refused("forbidden")
    _check(fresh)
    return operations.snapshot()


def act(user: User, name: str, target: str, why: str) -> None:
    """Do one of ACTS to `target`. Raises Refused: forbidden, unknown_act, reason_required, not_found, not_possible."""
    _check(user)
    if name not in ACTS:
        raise Refused("unknown_act")
    why = " ".join(why.split())[:WHY_MOST]
    if not why:
        raise Refused("reason_required")
    ACTS[name](user, target, why)


def drain(user: User, worker: str, why: str) -> None:
    """Have a worker finish what it has and take nothing new."""
    _change(user, worker, why, "worker_drain", drain_at=Now())


def go_on(user: User, worker: str, why: str) -> None:
    """The reverse of `drain`."""
    _change(user, worker, why, "worker_go_on", drain_at=None)


def forget(user: User, worker: str, why: str) -> None:
    """Forget a worker that is silent; one that lives writes itself down again."""
    with transaction.atomic():
        rows = _rows(worker)
        if any(not crew.silence(row) for row in rows):
            raise Refused("not_possible")
        records.record(user, "worker_forget", ("studio.worker", worker[:64]), why=why)
        Pulse.objects.filter(pk__in=[row.pk for row in rows]).delete()


def pause(user: User, queue: str, why: str) -> None:
    """Begin nothing more of a queue."""
    if not queues.is_name(queue):
        raise Refused("not_found")
    with transaction.atomic():
        _row, made = PausedQueue.objects.get_or_create(name=queue, defaults={"why": why})
        if not made:
            raise Refused("not_possible")
        records.record(user, "queue_pause", ("studio.queue", queue), why=why)
    line.tell(queue)


def resume(user: User, queue: str, why: str) -> None:
    """The reverse of `pause`."""
    with transaction.atomic():
        if not PausedQueue.objects.filter(name=queue).delete()[0]:
            raise Refused("not_possible")
        records.record(user, "queue_resume", ("studio.queue", queue), why=why)
        tasks.ring(queue)
    line.tell(queue)


def cancel(user: User, generation: str, why: str) -> None:
    """Stop a generation of anybody; its owner is told why, and gets back what was not made."""
    with transaction.atomic():
        row = _found(generation)
        before = {"state": row.state}
        if not lifecycle.request_cancel(row):
            raise Refused("already_finished")
        records.record(user, "generation_cancel", row, why=why, before=before)
        notices.tell(row.owner_id, "stopped_by_staff", why=why)
    line.tell(row.queue)


def requeue(user: User, generation: str, why: str) -> None:
    """Take a generation from the worker that has it, or out of a queue that nobody serves, and let it wait where its
    model now belongs."""
    with transaction.atomic():
        row = _found(generation)
        tool = tools.registry().get(row.tool)
        queue = lifecycle.queue_of(tool, row.model) if tool and row.model else row.queue
        before = {"state": row.state, "queue": row.queue}
        if not lifecycle.requeue(row, queue):
            raise Refused("already_finished")
        after = {"state": str(State.QUEUED), "queue": queue}
        records.record(user, "generation_requeue", row, why=why, before=before, after=after)
        tasks.ring(queue)
    for each in {queue, row.queue}:
        line.tell(each)


ACTS: dict[str, Callable[[User, str, str], None]] = {
    "drain": drain,
    "go_on": go_on,
    "forget": forget,
    "pause": pause,
    "resume": resume,
    "cancel": cancel,
    "requeue": requeue,
}


def _check(user: User) -> None:
    if not may(user):
        raise Refused("forbidden")


def _change(user: User, worker: str, why: str, action: str, **change: Any) -> None:
    with transaction.atomic():
        rows = _rows(worker)
        before = {"state": rows[0].state, "drained": any(row.drain_at for row in rows)}
        if before["drained"] == (change["drain_at"] is not None):
            raise Refused("not_possible")
        records.record(user, action, ("studio.worker", worker[:64]), why=why, before=before)
        Pulse.objects.filter(pk__in=[row.pk for row in rows]).update(**change)


def _rows(worker: str) -> list[Pulse]:
    rows = list(crew.rows_of(worker)) if worker else []
    if not rows:
        raise Refused("not_found")
    return rows


def _found(generation: str) -> Generation:
    try:
        return Generation.objects.select_related("model").get(pk=UUID(generation))
    except (ValueError, Generation.DoesNotExist):
        raise Refused("not_found") from None
