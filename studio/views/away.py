"""The last answers of all: the page for a fault of ours, and another one while the database is away (503, come again).

They need no database, no session and no user. Django calls `fault` for whatever nobody caught, in a view or before it.
"""

import logging
import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.views import defaults

from studio import outage
from studio.errors import ERRORS, text

log = logging.getLogger(__name__)


def fault(request: HttpRequest) -> HttpResponse:
    """Django's handler500. Programs get the shape of the API."""
    error = sys.exc_info()[1]
    if error is not None and outage.is_outage(error):
        return _away(request, error)
    if _is_program(request):
        return JsonResponse(_body("internal"), status=500)
    return defaults.server_error(request)


def _away(request: HttpRequest, error: BaseException) -> HttpResponse:
    log.warning("the database is away: %s %s: %s", request.method, request.path, outage.first_line(error))
    status = ERRORS["db_busy"].status
    if _is_program(request):
        answer: HttpResponse = JsonResponse(_body("db_busy", retry_after=outage.COME_AGAIN), status=status)
    else:
        answer = HttpResponse(loader.get_template("503.html").render(), status=status)
    answer["Retry-After"] = str(outage.COME_AGAIN)
    answer["Cache-Control"] = "no-store"
    answer._has_been_logged = True  # type: ignore[attr-defined]  # above, in one line
    return answer


def _is_program(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or not request.accepts("text/html")


def _body(code: str, **params: object) -> dict[str, object]:
    return {"code": code, "message": text(code, params), "fields": {}, "params": params}
