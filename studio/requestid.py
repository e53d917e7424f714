"""Every request has an id: in its answer (X-Request-ID), in the errors of the API, and in every line of the log."""

import logging
import re
import uuid
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

HEADER = "X-Request-ID"
# What a proxy or a client may call it.
_FIT = re.compile(r"[A-Za-z0-9_-]{8,64}")
_now: ContextVar[str] = ContextVar("request_id", default="")


class RequestId(MiddlewareMixin):
    """Before all other middlewares."""

    def process_request(self, request: HttpRequest) -> None:
        """See Django."""
        _now.set(chosen(request.headers.get(HEADER, "")))
        request.request_id = _now.get()  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """See Django."""
        response.headers[HEADER] = id_of(request)
        return response


class Mark(logging.Filter):
    """Gives every record `request_id`: " [id]" while a request is answered, otherwise nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)  # Django's own lines come after the request's context has gone
        known = id_of(request) if isinstance(request, HttpRequest) else _now.get()
        record.request_id = f" [{known}]" if known else ""
        return True


def chosen(given: str) -> str:
    """The id of a request that brought `given`: that, where it is fit for one, or a new one."""
    return given if _FIT.fullmatch(given) else uuid.uuid4().hex


def id_of(request: HttpRequest) -> str:
    """The id of `request`; "" before the middleware saw it."""
    found: str = getattr(request, "request_id", "")
    return found


def current() -> str:
    """The id of the request that is being answered in this context; "" outside of one."""
    return _now.get()
