"""Every page and every call of the API takes from its person's bucket, or its address's; who has none left gets 429."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from accounts.addresses import address_of, network_of
from studio.gates import dialects, keyring, rates
from studio.gates.rates import Taken
from studio.process.requestid import id_of
from studio.words.errors import Refused, text

# A supervisor asks these, and must always get an answer.
FREE = ("/healthz", "/readyz")
READING = ("GET", "HEAD", "OPTIONS")


class RateLimit(MiddlewareMixin):
    """Behind the middlewares that know who asks and in which language; static files never come here."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """See Django."""
        if request.path in FREE:
            return None
        taken = _take(request)
        request.rate = taken  # type: ignore[attr-defined]
        return None if taken.allowed else _refusal(request, taken)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Programs are told how much more they may ask."""
        taken: Taken | None = getattr(request, "rate", None)
        if taken is not None and taken.allowed and keyring.is_for_programs(request.path):
            for name, value in taken.headers().items():
                response.headers[name] = value
        return response


def _take(request: HttpRequest) -> Taken:
    carried = keyring.read(request)
    if carried is not None and carried.key is not None:
        return keyring.take(carried.key)
    if request.user.is_authenticated:
        return rates.take("read" if request.method in READING else "write", rates.person(request.user.pk))
    return rates.take("visitor", rates.address(network_of(address_of(request.META))))


def _refusal(request: HttpRequest, taken: Taken) -> HttpResponse:
    """In the shape of the API for programs and our own scripts, a small page for people."""
    params: dict[str, Any] = {"retry_after": taken.again}
    answer: HttpResponse
    if dialects.spoken_at(request.path):
        answer = dialects.refusal(request.path, Refused("rate_limited", **params))
    elif request.path.startswith("/api/") or not request.accepts("text/html"):
        told = {"code": "rate_limited", "message": text("rate_limited"), "fields": {}, "params": params}
        body = told | {"request_id": id_of(request)}
        answer = JsonResponse(body, status=429)
    else:
        answer = render(request, "429.html", params, status=429)
    for name, value in (taken.headers() | {"Cache-Control": "no-store"}).items():
        answer[name] = value
    answer._has_been_logged = True  # type: ignore[attr-defined]  # a flood must not become a flood of log lines
    return answer
