"""Errors that no page or call has answered: programs get the API's shape, people their page. No database is needed."""

import logging
import sys
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.views import defaults

from studio.gates import dialects
from studio.process import outage
from studio.process.requestid import id_of
from studio.words.errors import ERRORS, Refused, text

log = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a host we do not have, a form that is none."""
    return _told(request, "bad_request") or defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a mistake of ours; it has been logged. 503 while the database is away: come again."""
    error = sys.exc_info()[1]
    if error is not None and outage.is_outage(error):
        return _away(request, error)
    return _told(request, "internal") or defaults.server_error(request)


def _away(request: HttpRequest, error: BaseException) -> HttpResponse:
    log.warning("the database is away: %s %s: %s", request.method, request.path, outage.first_line(error))
    answer = _told(request, "db_busy", retry_after=outage.COME_AGAIN)
    if answer is None:
        answer = HttpResponse(loader.get_template("503.html").render(), status=ERRORS["db_busy"].status)
    answer["Retry-After"] = str(outage.COME_AGAIN)
    answer["Cache-Control"] = "no-store"
    answer._has_been_logged = True  # type: ignore[attr-defined]  # above, in one line
    return answer


def _told(request: HttpRequest, code: str, **params: Any) -> HttpResponse | None:
    if dialects.spoken_at(request.path):
        return dialects.refusal(request.path, Refused(code, **params))
    if not request.path.startswith("/api/"):
        return None
    told: dict[str, Any] = {"code": code, "message": text(code, params), "fields": {}, "params": params}
    return JsonResponse(told | {"request_id": id_of(request)}, status=ERRORS[code].status)
