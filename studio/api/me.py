"""The API's addresses about who asks: the account, the key, the limits and what was used of them."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema

from accounts.limits import limits_of
from accounts.models import ApiKey
from studio.api.auth import by, person
from studio.api.keys import KeyView, key_view
from studio.gates import keyring
from studio.queue import limits, usage

router = Router(tags=["account"], auth=by("read", "generate", "gallery", "boards", "comfy", "webhooks", "account"))


class MeView(Schema):
    """Who asks. `key` is the one that the request came with; null for a log-in of the page."""

    name: str
    role: str
    language: str
    key: KeyView | None


class LimitsView(Schema):
    """What one may use; null means no limit. Sizes are pixels, storage is bytes, a day ends at `until`."""

    running: int
    queued: int
    images_per_day: int | None
    gpu_seconds_per_day: int | None
    gpu_seconds_per_request: int | None
    max_side: int | None
    max_megapixels: float | None
    storage_bytes: int | None


class UseView(Schema):
    """What was used: today, except for what is unfinished or stored now."""

    unfinished: int
    running: int
    images: int
    gpu_seconds: float
    storage_bytes: int


class KeyUseView(Schema):
    """What was asked for with this key today, and what it may use a day."""

    images: int
    gpu_seconds: float
    images_per_day: int | None
    gpu_seconds_per_day: int | None


class DayView(Schema):
    day: date
    images: int
    gpu_seconds: float


class UsageView(Schema):
    """`days` are the last two weeks, today last."""

    limits: LimitsView
    used: UseView
    key: KeyUseView | None
    until: str
    time_zone: str
    days: list[DayView]


@router.get("/me", response=MeView)
def me(request: HttpRequest) -> Any:
    """Who the key, or the log-in, belongs to."""
    user = person(request)
    key = keyring.key_of(request)
    told = {"name": user.get_username(), "role": limits_of(user).role, "language": user.language}
    return told | {"key": key_view(key) if key else None}


@router.get("/usage", auth=by("read", "generate", "account"), response=UsageView)
def own_usage(request: HttpRequest) -> Any:
    """What one may use, and has used."""
    user = person(request)
    used = limits.use_of(user.pk)
    key = keyring.key_of(request)
    return {
        "limits": limits_of(user),
        "used": {
            "unfinished": used.unfinished,
            "running": used.running,
            "images": used.images,
            "gpu_seconds": round(used.gpu_seconds, 3),
            "storage_bytes": limits.storage_of(user.pk),
        },
        "key": _key(key) if key else None,
        "until": limits.midnight().isoformat(),
        "time_zone": settings.TIME_ZONE,
        "days": [
            {"day": each.day, "images": each.images, "gpu_seconds": round(each.seconds, 3)}
            for each in usage.history(user.pk)
        ],
    }


def _key(key: ApiKey) -> dict[str, Any]:
    images, seconds = limits.use_of_key(key)
    allowed = {"images_per_day": key.images_per_day, "gpu_seconds_per_day": key.gpu_seconds_per_day}
    return {"images": images, "gpu_seconds": round(seconds, 3)} | allowed
