"""`/metrics`: the figures of all processes, for Prometheus. For who has the token, or asks from a named address."""

import ipaddress
import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from accounts.addresses import address_of
from studio import operations
from studio.operations.figures import exposition


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """401 for others; where no token and no address is set there is no such page."""
    if not settings.METRICS_TOKEN and not settings.METRICS_FROM:
        raise Http404
    if not (_has_token(request) or _is_near(request)):
        return HttpResponse("The token is missing.\n", "text/plain", 401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(exposition(operations.snapshot()), content_type=CONTENT_TYPE_LATEST)


def _has_token(request: HttpRequest) -> bool:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN.encode()
    return bool(wanted) and kind.lower() == "bearer" and secrets.compare_digest(token.strip().encode(), wanted)


def _is_near(request: HttpRequest) -> bool:
    address = address_of(request.META)
    return bool(address) and any(
        ipaddress.ip_address(address) in ipaddress.ip_network(each, strict=False) for each in settings.METRICS_FROM
    )
