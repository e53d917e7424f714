"""Addresses of the API and the one shape of its errors: `{"code", "message", "fields", "params"}`."""

import logging
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from ninja import File, NinjaAPI, Schema, Status
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.files import UploadedFile
from ninja.operation import PathView

from gallery.moderation import gate
from studio import blobs, rates
from studio.api.auth import by
from studio.api.batches import router as batches_router
from studio.api.boards import router as boards_router
from studio.api.bodies import StrictParser
from studio.api.edits import router as edits_router
from studio.api.generations import router as generations_router
from studio.api.pictures import picture
from studio.api.presets import router as presets_router
from studio.api.prices import router as prices_router
from studio.api.readings import router as readings_router
from studio.api.timelapses import router as timelapses_router
from studio.api.works import router as works_router
from studio.commands import generations
from studio.errors import ERRORS, Refused, text

log = logging.getLogger(__name__)


class Api(NinjaAPI):
    """ninja's, whose answers tell how much more may be asked (studio/rates.py)."""

    def create_response(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        answer = super().create_response(request, *args, **options)
        taken: rates.Taken | None = getattr(request, "rate", None)
        for name, value in (taken.headers() if taken else {}).items():
            answer[name] = value
        return answer


api = Api(
    title="Brushwire",
    version="1",
    auth=by("read"),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    parser=StrictParser(),
)
api.add_router("/generations", generations_router)
api.add_router("/boards", boards_router)
api.add_router("/works", batches_router)
api.add_router("/works", works_router)
api.add_router("/presets", presets_router)
api.add_router("/works", edits_router)
api.add_router("/timelapses", timelapses_router)
api.add_router("/metadata", readings_router)
api.add_router("/price", prices_router)


class InputView(Schema):
    """An uploaded picture: name it by `id` in a submit within a day."""

    id: UUID
    width: int
    height: int


@api.post("/inputs", auth=by("generate"), response={201: InputView})
def upload_input(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """Keep a picture (PNG, JPEG or WebP, up to 20 MB and 33 MP) for a generation to use."""
    assert not isinstance(request.user, AnonymousUser)
    rates.check("upload", request.user.pk)
    kept = blobs.put(request.user.pk, file.read())
    return Status(201, {"id": kept.pk, "width": kept.width, "height": kept.height})


@api.get("/inputs/{input_id}", auth=by("read", "generate"))
def own_input(request: HttpRequest, input_id: UUID) -> HttpResponse:
    """The picture of one's own input (PNG), as long as it is kept."""
    assert not isinstance(request.user, AnonymousUser)
    return picture(blobs.content(request.user.pk, input_id), "image/png")


@api.get("/prompts", response=list[str])
def prompts(request: HttpRequest) -> Any:
    """One's own prompts, the newest first, each once."""
    assert not isinstance(request.user, AnonymousUser)
    return generations.prompts(request.user)


@api.exception_handler(Refused)
def _refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    return _error(request, refused.code, refused.params, refused.fields)


@api.exception_handler(gate.Closed)
def _closed(request: HttpRequest, closed: gate.Closed) -> HttpResponse:
    return _error(request, closed.code, closed.params)


@api.exception_handler(AuthenticationError)
def _anonymous(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _error(request, "auth_required")


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    if request.content_type == "multipart/form-data" and not request.META.get("CONTENT_LENGTH"):
        return _error(request, "length_required")  # Django reads no form without one
    if all(e["loc"][0] == "path" for e in error.errors):  # what is no id at all is nobody's
        return _error(request, "not_found")
    fields = {str(e["loc"][-1]): {"code": e["type"], "message": e["msg"]} for e in error.errors}
    return _error(request, "invalid", fields=fields)


@api.exception_handler(HttpError)
def _by_ninja(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What ninja itself refuses: a foreign page's cookie (403), or a body that is no JSON (400)."""
    return _error(request, "csrf_failed" if error.status_code == 403 else "invalid_json")


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    limit = f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20} MB"
    return _error(request, "too_large", {"limit": limit})


@api.exception_handler(BadRequest)
@api.exception_handler(MultiPartParserError)
@api.exception_handler(SuspiciousOperation)
def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    """A form that is none, or has more fields than anybody needs."""
    return _error(request, "bad_request")


@api.exception_handler(Exception)
def _bug(request: HttpRequest, error: Exception) -> HttpResponse:
    """A mistake of ours: logged with its traceback, told without."""
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return _error(request, "internal")


def not_allowed(view: PathView) -> HttpResponse:
    """ninja's answer to a method that an address does not have, in our shape."""
    methods = sorted({method for operation in view.operations for method in operation.methods})
    body = {"code": "method_not_allowed", "message": text("method_not_allowed"), "fields": {}, "params": {}}
    return JsonResponse(body, status=405, headers={"Allow": ", ".join(methods)})


PathView._not_allowed = not_allowed  # type: ignore[method-assign, assignment]  # ninja has no other door for it


def not_found(request: HttpRequest, rest: str) -> HttpResponse:
    """Any other address under /api/v1/."""
    return _error(request, "not_found")


def _error(
    request: HttpRequest, code: str, params: dict[str, Any] | None = None, fields: dict[str, Any] | None = None
) -> HttpResponse:
    body = {"code": code, "message": text(code, params), "fields": fields or {}, "params": params or {}}
    answer = api.create_response(request, body, status=ERRORS[code].status)
    if params and "retry_after" in params:
        answer["Retry-After"] = str(params["retry_after"])
    return answer
