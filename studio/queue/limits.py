"""Limits on what one person can make the server do: the numbers of their role (accounts/limits.py), and rates."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, IntegerField, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.limits import Limits, limits_of
from accounts.models import ApiKey, User
from gallery.models import Work
from studio.models import Generation, LiveDay, State
from studio.words.errors import Refused

# For how long (s) storage that was within the limit is not added up again.
STORAGE_KEPT_FOR = 30
MEGAPIXEL = 1_000_000


@dataclass(frozen=True, slots=True)
class Use:
    """What a person has in the making, and has used since midnight.

    Pictures count when asked for, unless they fail. `gpu_seconds` are those that were charged for what was asked for
    today, without what was given back, and those that live drawing took.
    """

    unfinished: int
    running: int
    images: int
    gpu_seconds: float


def check_may_make(
    user: User, params: dict[str, Any], cost: float = 0.0, *, waits: bool = True, again: bool = False
) -> Limits:
    """The person's limits, when one more generation with these `params` that costs so many device seconds is within.

    Without `waits` it may wait beside any number of others: how many there are is limited otherwise. `again`: of the
    same request, whose limits are known (accounts.limits.KEPT_FOR); what was used is counted anew.

    Raises Refused: workshop_frozen, workshop_over, too_expensive, queue_full, and quota_exceeded with what (size,
    images_per_day, gpu_seconds_per_day or storage), limit, and until (ISO time) where waiting helps.
    """
    limits = limits_of(user, fresh=not again)
    check_stopped(limits)
    check_size(limits, params)
    check_cost(limits, cost)
    use = use_of(user.pk)
    if waits and use.unfinished >= limits.queued:
        raise Refused("queue_full", limit=limits.queued)
    if limits.images_per_day is not None and use.images + int(params.get("count", 1)) > limits.images_per_day:
        raise _exceeded("images_per_day", limits.images_per_day, until=midnight())
    check_device_seconds(limits, use, cost)
    if not again:  # that may be as old as STORAGE_KEPT_FOR anyway
        check_storage(user.pk, limits)
    return limits


def check_key(key: ApiKey, model: str, images: int = 0, cost: float = 0.0) -> None:
    """What the key allows besides its owner's limits. Refused: key_model, quota_exceeded with what
    (key_images_per_day, key_gpu_seconds_per_day)."""
    if key.model_names and model not in key.model_names:
        raise Refused("key_model")
    if key.images_per_day is None and key.gpu_seconds_per_day is None:
        return
    made, seconds = use_of_key(key)
    if key.images_per_day is not None and made + images > key.images_per_day:
        raise _exceeded("key_images_per_day", key.images_per_day, until=midnight())
    if key.gpu_seconds_per_day is not None and seconds + cost > key.gpu_seconds_per_day:
        raise _exceeded("key_gpu_seconds_per_day", key.gpu_seconds_per_day, until=midnight())


def use_of_key(key: ApiKey) -> tuple[int, float]:
    """The pictures that were asked for with the key since midnight, and the device seconds charged for them."""
    since = midnight() - timedelta(days=1)
    counted = Q(state__in=[State.QUEUED, State.RUNNING, State.FINISHED])
    rows = Generation.objects.filter(api_key=key, created_at__gte=since).order_by()
    sums = rows.aggregate(
        images=Sum(Cast(KT("params__count"), IntegerField()), filter=counted, default=0),
        seconds=Sum(F("cost") - F("refunded"), default=0.0),
    )
    return sums["images"] or 0, sums["seconds"]


def hold(user: User) -> None:
    """Let nobody else count what this person uses until the transaction ends (SQLite: nobody writes meanwhile)."""
    User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()


def check_stopped(limits: Limits) -> None:
    """Refused with the reason why the person can make no pictures now (workshop_frozen, workshop_over)."""
    if limits.stopped:
        raise Refused(limits.stopped)


def check_size(limits: Limits, params: dict[str, Any]) -> None:
    """Refused("quota_exceeded", what="size") for a picture larger than the role allows, enlarging counted."""
    times = int(params.get("upscale") or 1)
    width, height = (int(params.get(side) or 0) * times for side in ("width", "height"))
    if limits.max_side is not None and max(width, height) > limits.max_side:
        raise _exceeded("size", f"{limits.max_side} × {limits.max_side}")
    if limits.max_megapixels is not None and width * height > limits.max_megapixels * MEGAPIXEL:
        raise _exceeded("size", f"{limits.max_megapixels:g} MP")


def check_cost(limits: Limits, cost: float) -> None:
    """Refused("too_expensive") for a request that costs more device seconds than the role allows for one."""
    most = limits.gpu_seconds_per_request
    if most is not None and cost > most:
        raise Refused("too_expensive", cost=math.ceil(cost), limit=most)


def check_device_seconds(limits: Limits, use: Use, cost: float = 0.0) -> None:
    """Refused("quota_exceeded", what="gpu_seconds_per_day") when what is left of today's is not enough for `cost`, or
    nothing is left."""
    most = limits.gpu_seconds_per_day
    if most is not None and (use.gpu_seconds >= most or use.gpu_seconds + cost > most):
        left = max(0, math.floor(most - use.gpu_seconds))
        raise _exceeded("gpu_seconds_per_day", most, until=midnight(), left=left)


def check_storage(owner_id: int, limits: Limits) -> None:
    """Refused("quota_exceeded", what="storage") when the person's works fill what they may."""
    if limits.storage_bytes is None:
        return
    key = f"storage:{owner_id}"
    used = cache.get(key)
    if used is None or used >= limits.storage_bytes:
        used = storage_of(owner_id)
        cache.set(key, used, STORAGE_KEPT_FOR)
    if used >= limits.storage_bytes:
        raise _exceeded("storage", f"{limits.storage_bytes / 1024**3:.3g} GiB")


def use_of(owner_id: int) -> Use:
    """What the person has in the making and has used today, in two queries."""
    since = midnight() - timedelta(days=1)
    counted = Q(created_at__gte=since, state__in=[State.QUEUED, State.RUNNING, State.FINISHED])
    unfinished = Q(state__in=[State.QUEUED, State.RUNNING])
    rows = Generation.objects.filter(Q(created_at__gte=since) | unfinished, owner=owner_id)
    sums = rows.order_by().aggregate(
        unfinished=Count("pk", filter=unfinished & Q(album_photo=None)),
        running=Count("pk", filter=Q(state=State.RUNNING)),
        images=Sum(Cast(KT("params__count"), IntegerField()), filter=counted, default=0),
        seconds=Sum(F("cost") - F("refunded"), filter=Q(created_at__gte=since), default=0.0),
    )
    live = LiveDay.objects.filter(owner=owner_id, day=timezone.localdate()).values_list("seconds", flat=True).first()
    seconds = sums["seconds"] + (live or 0.0)
    return Use(sums["unfinished"], sums["running"], sums["images"] or 0, seconds)


def storage_of(owner_id: int) -> int:
    """The bytes of all files of the person's works, those in the bin too."""
    works = Work.objects.filter(owner=owner_id).order_by()
    return works.aggregate(bytes=Sum("size", default=0))["bytes"]


def midnight() -> datetime:
    """When the day of the quotas ends: the next midnight in settings.TIME_ZONE."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)


def _exceeded(what: str, limit: Any, until: datetime | None = None, **about: Any) -> Refused:
    about |= {"until": until.isoformat()} if until else {}
    return Refused("quota_exceeded", what=what, limit=limit, **about)


@contextmanager
def alone(what: str, person: int, *, refusal: str, seconds: float) -> Iterator[None]:
    """One at a time for each person, over all processes. Raises Refused(`refusal`).

    `seconds`: after so long it counts as ended, for a process that died.
    """
    key = f"alone:{what}:{person}"
    if not cache.add(key, 1, seconds):
        raise Refused(refusal)
    try:
        yield
    finally:
        cache.delete(key)
