"""How `/comfy/` is asked and answers: by key or connect code, never by cookie; errors in ComfyUI's shape."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from accounts.models import ApiKey, User
from studio.api.auth import bearer
from studio.comfy.faults import Fault, Unfit
from studio.gates import dialects
from studio.process import outage
from studio.values import strictjson
from studio.words.errors import Refused

log = logging.getLogger(__name__)

View = Callable[..., HttpResponse]


def comfy(*methods: str) -> Callable[[View], View]:
    """A view of ours: `view(request, user, key, …)`, for these methods, by whoever's key opens "comfy"."""

    def around(view: View) -> View:
        @csrf_exempt
        @never_cache
        @wraps(view)
        def asked(request: HttpRequest, **path: Any) -> HttpResponse:
            try:
                if request.method not in methods:
                    return _allow(refusal("method_not_allowed"), methods)
                key: ApiKey = bearer(request, "comfy")
                owner: User = key.owner
                return view(request, owner, key, **path)
            except Exception as error:  # noqa: BLE001  all is told in this shape, mistakes of ours too
                return _problem(request, error)

        return asked

    return around


def _problem(request: HttpRequest, error: Exception) -> HttpResponse:
    if isinstance(error, Unfit):
        return answer(error)
    if isinstance(error, Refused):
        return refusal(error.code, error.params)
    if isinstance(error, RequestDataTooBig):
        return refusal("too_large", {"limit": f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20} MB"})
    if isinstance(error, BadRequest | MultiPartParserError | SuspiciousOperation | UnreadablePostError):
        return refusal("bad_request")
    return refusal(outage.code_of(error, f"{request.method} {request.path}"))


def said(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the body, whatever its Content-Type says: urllib calls JSON a form. Nothing is {}.

    Raises Unfit.
    """
    try:
        body = strictjson.loads(request.body) if request.body.strip() else {}
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Unfit(Fault("invalid_json", "The body is not a JSON object"))
    return body


def ids_of(value: Any) -> list[Any] | None:
    """A list of ids in a body; None where there is none. Raises Unfit."""
    if value is not None and (not isinstance(value, list) or len(value) > 1000):
        raise Unfit(Fault("invalid_json", "A list of ids was expected"))
    return value


def done() -> HttpResponse:
    """The empty answer to a command that was carried out."""
    return HttpResponse(status=200)


def answer(unfit: Unfit) -> HttpResponse:
    """A graph that is not run."""
    told = JsonResponse(unfit.told(), status=unfit.status)
    again = unfit.fault.about.get("retry_after")
    if again is not None:
        told["Retry-After"] = str(again)
    return _quiet(told)


def refusal(code: str, params: dict[str, Any] | None = None) -> HttpResponse:
    """An error of studio/words/errors.py in ComfyUI's shape."""
    told = dialects.refusal(dialects.COMFY, Refused(code, **(params or {})))
    if told.status_code == 401:
        told["WWW-Authenticate"] = "Bearer"
    return _quiet(told)


def _quiet(told: HttpResponse) -> HttpResponse:
    told._has_been_logged = True  # type: ignore[attr-defined]  # a client's mistake is no news of ours
    return told


def _allow(told: HttpResponse, methods: tuple[str, ...]) -> HttpResponse:
    told["Allow"] = ", ".join(methods)
    return told
