"""Every request has an id: in its answer (X-Request-ID), in the errors of the API, and in every line of the log.

What a request asked to be made keeps its id (Generation.request_id): the lines of the worker and of the engine's
process carry it too, besides the generation's own.
"""

import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

HEADER = "X-Request-ID"
# What a proxy or a client may call it.
_FIT = re.compile(r"[A-Za-z0-9_-]{8,64}")
_now: ContextVar[str] = ContextVar("request_id", default="")
_made: ContextVar[str] = ContextVar("generation", default="")


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
    """Gives every record `request_id` and `generation` ("" for none), and `mark`: " [id]" where there is a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)  # Django's own lines come after the request's context has gone
        known = id_of(request) if isinstance(request, HttpRequest) else _now.get()
        # What was said with the record itself (the engine's process, `extra`) stands above the context.
        record.request_id = known = getattr(record, "request_id", "") or known
        record.generation = getattr(record, "generation", "") or _made.get()
        record.mark = f" [{known}]" if known else ""
        return True


def chosen(given: str) -> str:
    """The id of a request that brought `given`: that, where it is fit for one, or a new one."""
    return given if _FIT.fullmatch(given) else uuid.uuid4().hex


def id_of(request: HttpRequest) -> str:
    """The id of `request`; "" before the middleware saw it."""
    found: str = getattr(request, "request_id", "")
    return found


def adopt(given: str) -> str:
    """From here on this context answers a request, or a page's socket, that brought the id `given`; the id it has."""
    _now.set(known := chosen(given))
    return known


@contextmanager
def making(generation: str, request_id: str) -> Iterator[None]:
    """Inside, this context makes `generation`, which was asked for by the request of that id."""
    before = _now.set(request_id), _made.set(generation)
    try:
        yield
    finally:
        _now.reset(before[0])
        _made.reset(before[1])


def generation() -> str:
    """The generation that is made in this context; "" outside of one."""
    return _made.get()


def current() -> str:
    """The id of the request that is being answered in this context; "" outside of one."""
    return _now.get()
