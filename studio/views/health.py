"""Two questions of a supervisor: does this process live, and can the whole do its work?"""

from collections.abc import Callable

from django.core.files.storage import storages
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from studio import events, pulse
from studio.models import Model


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers; touches nothing else."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when everything needed to make and keep a picture is there, otherwise 503; the body says what is missing."""
    checks: dict[str, Callable[[], bool]] = {
        "database": _database,
        "redis": events.redis_answers,
        "storage": _storage,
        "worker": lambda: pulse.alive("worker:gpu"),
        "reconciler": lambda: pulse.alive("reconciler"),
    }
    found = {}
    for name, check in checks.items():
        try:
            found[name] = bool(check())
        except (Error, OSError):
            found[name] = False
    answer = JsonResponse(found, status=200 if all(found.values()) else 503)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # "not yet" is an answer, not an error worth a log line
    return answer


def _database() -> bool:
    Model.objects.exists()
    return True


def _storage() -> bool:
    return bool(storages["works"].keep(b"brushwire"))  # type: ignore[attr-defined]
