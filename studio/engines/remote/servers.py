"""Which server does a job: the least busy one for its weight, within its limit, and none that has just failed often.

What servers have in hand and how they are doing are rows, so that several workers agree. Times are the database's.
"""

import random
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Now

from studio.engines.base import EngineError
from studio.engines.remote import threads
from studio.engines.remote.errors import RemoteError
from studio.job import Job, OnStep, Output, Step
from studio.models import Model, Server, ServerUse
from studio.process import sealing

# So many failures in a row open the breaker, for so many seconds, twice as long each time it turns out not to be over.
FAILURES = 5
OPEN_SECONDS = 10.0
OPEN_LONGEST = 300.0
# A server's work counts as lost when its worker was silent for so long; it says that it lives every RENEW_EVERY.
USE_SECONDS = 30.0
RENEW_EVERY = 5.0
# A server that is busy asks for patience: so often and so long (s) at most, before its answer is passed on.
BUSY_TRIES = 3
BUSY_WAIT = 30.0
BUSY_DEFAULT = 2.0
LOOK_AGAIN = 0.25


@dataclass(frozen=True, slots=True)
class Target:
    """A server as a plain value. `secret` is not shown where the value is."""

    id: int
    name: str
    kind: str
    base_url: str
    dialect: str = "openai"
    streams: bool = False
    timeout: float = 600.0
    secret: str = field(default="", repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What says who we are."""
        return {"Authorization": f"Bearer {self.secret}"} if self.secret else {}


Work = Callable[[Target, threads.Tell], Coroutine[Any, Any, list[Output]]]


def run(kind: str, job: Job, on_step: OnStep, work: Work) -> list[Output]:
    """Let a server of `kind` do `job` by `work(target, tell)`, and write down how it did.

    A server that cannot be reached is left for another one; one that is busy too, and without another it is waited for.
    Raises RemoteError, EngineError("model_unavailable") without any server for this model, and what `on_step` raises.
    """
    left_out: set[int] = set()
    first: RemoteError | None = None
    waited = 0
    while True:
        try:
            with hold(kind, job, on_step, left_out) as held:
                return held.do(work, on_step)
        except NoneLeft:
            assert first is not None
            if first.code != "engine_busy" or waited == BUSY_TRIES:
                raise first from None
            waited += 1
            _wait(min(BUSY_DEFAULT if first.after is None else first.after, BUSY_WAIT), on_step)
            left_out.clear()
        except RemoteError as error:
            if error.sent and error.code != "engine_busy":
                raise
            if error.server is None:  # none was even tried: all are left alone for now
                raise
            first = error
            left_out.add(error.server)


class NoneLeft(Exception):
    """All servers that could do it were tried."""


@dataclass
class Held:
    """A server that works for us, as long as `hold` lasts."""

    target: Target
    use: int
    renewed_at: float = field(default_factory=time.monotonic)

    def do(self, work: Work, on_step: OnStep) -> list[Output]:
        """See `run`."""
        try:
            outputs = threads.drive(lambda tell: work(self.target, tell), on_step, beat=self.renew)
        except RemoteError as error:
            note(self.target.id, error)
            error.server = self.target.id
            raise
        note(self.target.id, None)
        return outputs

    def renew(self) -> None:
        """Say that it still works."""
        if time.monotonic() - self.renewed_at > RENEW_EVERY:
            self.renewed_at = time.monotonic()
            ServerUse.objects.filter(pk=self.use).update(until=_until())


@contextmanager
def hold(kind: str, job: Job, on_step: OnStep, left_out: set[int]) -> Iterator[Held]:
    """A server for `job`; waits until one has room. Raises NoneLeft, RemoteError, EngineError, what `on_step` does."""
    told = False
    while (held := _take(kind, job, left_out)) is None:
        _wait(LOOK_AGAIN, on_step, quiet=told)
        told = True
    try:
        yield held
    finally:
        ServerUse.objects.filter(pk=held.use).delete()


def _wait(seconds: float, on_step: OnStep, *, quiet: bool = False) -> None:
    on_step(Step("waiting", quiet=quiet))
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, threads.PULSE))
        on_step(Step("waiting", quiet=True))


def _take(kind: str, job: Job, left_out: set[int]) -> Held | None:
    """A server with room; None while all of them are busy."""
    with transaction.atomic():
        ServerUse.objects.filter(until__lt=Now()).delete()
        usable = _usable(kind, job.model.server, job.model.source, lock=True)
        if not usable:
            raise EngineError("model_unavailable")
        fresh = [server for server in usable if server.pk not in left_out]
        if not fresh:
            raise NoneLeft
        closed = [server for server in fresh if not server.is_open]
        if not closed:
            if left_out:
                raise NoneLeft
            raise RemoteError(fresh[0].last_error if fresh[0].last_error in REPEATED else "engine_unreachable")
        roomy = [server for server in closed if server.in_hand < server.at_once]
        if not roomy:
            return None
        chosen = min(roomy, key=lambda server: ((server.in_hand + 1) / server.weight, random.random()))  # noqa: S311
        if chosen.open_until:  # its time alone is over: this job is its trial, others wait for what comes of it
            Server.objects.filter(pk=chosen.pk).update(open_until=_in(OPEN_SECONDS))
        target = target_of(chosen)
        use = ServerUse.objects.create(server=chosen, job=job.id, until=_until())
    return Held(target, use.pk)


# What a server that is left alone is said to suffer from.
REPEATED = frozenset({"engine_unreachable", "engine_timeout", "engine_error", "engine_broken", "engine_unauthorised"})


def _usable(kind: str, only: str, source: str, *, lock: bool = False) -> list[Any]:
    """The enabled servers of a kind that have the model, with `in_hand` and `is_open` (the breaker)."""
    rows = Server.objects.filter(kind=kind, enabled=True)
    if only:
        rows = rows.filter(name=only)
    if lock:  # two workers that choose at the same moment see each other's choice
        list(rows.select_for_update().order_by("pk").values_list("pk"))
    counted = rows.annotate(
        in_hand=Count("uses", filter=Q(uses__until__gte=Now())),
        is_open=Q(open_until__isnull=False) & Q(open_until__gt=Now()),
    )
    return [server for server in counted.order_by("pk") if has(server, source)]


def has(server: Server, source: str) -> bool:
    """Whether the server has a model of this name, as far as it says what it has."""
    return not server.offers or source in server.offers


def full(kind: str) -> frozenset[str]:
    """The names of the models of `kind` whose servers all have as much in hand as they may: nothing more can start."""
    names = set()
    for model in Model.objects.filter(engine=kind, enabled=True).select_related("server"):
        usable = _usable(kind, model.server.name if model.server else "", model.source)
        closed = [server for server in usable if not server.is_open]
        if closed and all(server.in_hand >= server.at_once for server in closed):
            names.add(model.name)
    return frozenset(names)


def target_of(server: Server) -> Target:
    """The row as a plain value. Raises RemoteError `engine_unauthorised` where its secret can no longer be read."""
    try:
        secret = server.secret
    except sealing.Unreadable:
        raise RemoteError("engine_unauthorised", sent=False) from None
    return Target(
        server.pk,
        server.name,
        server.kind,
        server.base_url,
        server.dialect,
        server.streams,
        float(server.timeout),
        secret,
    )


def note(server_id: int, error: RemoteError | None) -> None:
    """Write down how a server did; what was wrong with the request says nothing about it."""
    row = Server.objects.filter(pk=server_id)
    if error is None or (not error.ill and error.code != "engine_busy" and error.status):
        row.update(last_ok_at=Now(), failures=0, open_until=None)
        return
    told = {"last_error": error.code, "last_error_at": Now()}
    if not error.ill:
        row.update(**told)
        return
    with transaction.atomic():
        row.update(failures=F("failures") + 1, **told)
        failures = row.values_list("failures", flat=True).first() or 0
        if failures >= FAILURES:
            row.update(open_until=_in(min(OPEN_LONGEST, OPEN_SECONDS * 2 ** min(failures - FAILURES, 10))))


def _until() -> Any:
    return _in(USE_SECONDS)


def _in(seconds: float) -> Any:
    return Now() + timedelta(seconds=seconds)
