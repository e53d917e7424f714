"""Every request gets its id, and every answer is counted, by route and status, with how long it took: for /metrics and
traces. One middleware for both: under ASGI each one that is not async costs a change of thread there and back."""

import time

from django.http import HttpRequest, HttpResponse

from studio.process import counting, tracing
from studio.process.requestid import RequestId

# What supervisors and scrapers ask all the time says nothing about people.
LEFT_OUT = {"/healthz", "/readyz", "/metrics"}


class Counted(RequestId):
    """Before all other middlewares. Routes, not addresses: those have ids in them, and there are few routes."""

    def process_request(self, request: HttpRequest) -> None:
        """See Django."""
        super().process_request(request)
        request._began = time.perf_counter()  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """See Django."""
        response = super().process_response(request, response)
        began = getattr(request, "_began", None)
        if began is None or request.path in LEFT_OUT:
            return response
        seconds, route = time.perf_counter() - began, route_of(request)
        method = request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "OTHER"
        counting.add("requests", route=route, method=str(method), status=str(response.status_code))
        counting.time("request_seconds", seconds, route=route)
        tracing.answered(route, str(method), response.status_code, seconds)
        return response


def route_of(request: HttpRequest) -> str:
    """The pattern of the address: "gallery/<uuid:work>/"; "" for one that is none of ours."""
    match = request.resolver_match
    return match.route if match is not None else ""
