"""What every answer of the API has: ids, rates, ETags, one shape of errors: `{"code", "message", "fields", "params",
"request_id"}`; and one answer for a request that is sent again."""

import hashlib
import logging
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.cache import get_conditional_response, patch_vary_headers
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.operation import PathView

from gallery.moderation import gate
from studio.api.auth import by
from studio.api.bodies import StrictParser
from studio.gates import once
from studio.models import Once
from studio.process.requestid import current
from studio.words.errors import ERRORS, Refused, text

log = logging.getLogger(__name__)


class Api(NinjaAPI):
    """ninja's, whose answers to GET have an ETag, and which keeps what must be answered the same way again."""

    def create_response(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        answer = super().create_response(request, *args, **options)
        claim: Once | None = getattr(request, "claim", None)
        if claim is not None:
            request.claim = None  # type: ignore[attr-defined]
            if answer.status_code < 300:
                once.finish(claim, answer.status_code, answer.content.decode())
            else:
                once.give_up(claim)
        answer.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(answer, ("Authorization", "Cookie", "Accept-Language"))
        if request.method != "GET" or answer.status_code != 200:
            return answer
        etag = f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
        answer.headers["ETag"] = etag
        return cast(HttpResponse, get_conditional_response(request, etag=etag, response=answer))


api = Api(
    title="Brushwire",
    version="1",
    auth=by("read"),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    parser=StrictParser(),
)


def error_body(code: str, params: dict[str, Any] | None = None, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    """An error as the API tells it, in the reader's language."""
    told = {"code": code, "message": text(code, params), "fields": fields or {}, "params": params or {}}
    return told | {"request_id": current()}


def error(
    request: HttpRequest, code: str, params: dict[str, Any] | None = None, fields: dict[str, Any] | None = None
) -> HttpResponse:
    """The answer that says `code`."""
    answer = api.create_response(request, error_body(code, params, fields), status=ERRORS[code].status)
    if params and "retry_after" in params:
        answer.headers["Retry-After"] = str(params["retry_after"])
    if answer.status_code == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Brushwire"'
    return answer


def _refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    return error(request, refused.code, refused.params, refused.fields)


def _closed(request: HttpRequest, closed: gate.Closed) -> HttpResponse:
    return error(request, closed.code, closed.params)


def _anonymous(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return error(request, "auth_required")


def _invalid(request: HttpRequest, found: ValidationError) -> HttpResponse:
    if request.content_type == "multipart/form-data" and not request.META.get("CONTENT_LENGTH"):
        return error(request, "length_required")  # Django reads no form without one
    if all(e["loc"][0] == "path" for e in found.errors):  # what is no id at all is nobody's
        return error(request, "not_found")
    fields = {str(e["loc"][-1]): {"code": e["type"], "message": e["msg"]} for e in found.errors}
    return error(request, "invalid", fields=fields)


def _by_ninja(request: HttpRequest, found: HttpError) -> HttpResponse:
    """What ninja itself refuses: a foreign page's cookie (403), or a body that is no JSON (400)."""
    return error(request, "csrf_failed" if found.status_code == 403 else "invalid_json")


def _too_big(request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    return error(request, "too_large", {"limit": f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20} MB"})


def _unreadable(request: HttpRequest, _error: Exception) -> HttpResponse:
    """A form that is none, or has more fields than anybody needs."""
    return error(request, "bad_request")


def _bug(request: HttpRequest, found: Exception) -> HttpResponse:
    """A mistake of ours: logged with its traceback, told without."""
    log.error("%s %s failed", request.method, request.path, exc_info=found)
    return error(request, "internal")


for kind, told in {
    Refused: _refused,
    gate.Closed: _closed,
    AuthenticationError: _anonymous,
    ValidationError: _invalid,
    HttpError: _by_ninja,
    RequestDataTooBig: _too_big,
    BadRequest: _unreadable,
    MultiPartParserError: _unreadable,
    SuspiciousOperation: _unreadable,
    Exception: _bug,
}.items():
    api.add_exception_handler(kind, told)  # type: ignore[arg-type]


def _not_allowed(view: PathView) -> HttpResponse:
    """ninja's answer to a method that an address does not have, in our shape."""
    methods = sorted({method for operation in view.operations for method in operation.methods})
    body = error_body("method_not_allowed")
    return JsonResponse(body, status=405, headers={"Allow": ", ".join(methods)})


PathView._not_allowed = _not_allowed  # type: ignore[method-assign, assignment]  # ninja has no other door for it
