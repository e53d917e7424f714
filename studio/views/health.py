"""Two questions of a supervisor: does this process live, and can the whole do its work?"""

from collections.abc import Callable

import redis
from django.conf import settings
from django.core.files.storage import storages
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from studio.models import Model
from studio.news import events, pulse
from studio.operations import alarms
from studio.process import quick
from studio.values import queues


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers; touches nothing else."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when everything needed to make and keep a picture is there, otherwise 503; the body says what is missing, and
    `alarms` what an operator should look at (studio/operations/alarms.py)."""
    checks: dict[str, Callable[[], bool]] = {
        "database": _database,
        "redis": events.redis_answers,
        "broker": _broker,
        "storage": _storage,
        "worker": lambda: pulse.alive(f"worker:{_first_queue()}"),
        "reconciler": lambda: pulse.alive("reconciler"),
    }
    found = {}
    for name, check in checks.items():
        try:
            found[name] = bool(check())
        except (Error, OSError, redis.RedisError):
            found[name] = False
    answer = JsonResponse(found | {"alarms": alarms.kept()}, status=200 if all(found.values()) else 503)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # "not yet" is an answer, not an error worth a log line
    return answer


def _database() -> bool:
    Model.objects.exists()
    return True


def _broker() -> bool:
    """Where Celery's messages lie; what is no Redis is Celery's own to look at."""
    url = str(settings.CELERY_BROKER_URL)
    if url.startswith("redis+socket://"):
        path, _, database = url.removeprefix("redis+socket://").partition("?virtual_host=")
        url = f"unix://{path}?db={database or 0}"
    return not url.startswith(("redis://", "rediss://", "unix://")) or bool(quick.connect(url).ping())


def _first_queue() -> str:
    """Where what people make first waits: a studio without workers for that is not ready."""
    model = Model.objects.filter(enabled=True).first()
    return (model.queue or queues.of_engine(model.engine)) if model else queues.DEVICE


def _storage() -> bool:
    return bool(storages["works"].keep(b"brushwire"))  # type: ignore[attr-defined]
