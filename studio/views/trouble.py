"""Errors that come before any page or call is reached: a program gets the API's shape, people their page."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from studio.errors import ERRORS, text


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a host we do not have, a form that is none."""
    return _told(request, "bad_request") or defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a mistake of ours; it has been logged."""
    return _told(request, "internal") or defaults.server_error(request)


def _told(request: HttpRequest, code: str) -> HttpResponse | None:
    if not request.path.startswith("/api/"):
        return None
    body: dict[str, Any] = {"code": code, "message": text(code), "fields": {}, "params": {}}
    return JsonResponse(body, status=ERRORS[code].status)
