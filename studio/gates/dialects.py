"""What a refusal looks like to a program: each interface has a shape of its own, with our stable codes in it.

OpenAI's clients also go by the status, and by `x-should-retry`: only what may be otherwise in a moment is worth another
try of theirs.
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, JsonResponse

from studio.comfy.faults import Fault, Unfit
from studio.words.errors import ERRORS, Refused, text

OPENAI, A1111, COMFY = "/v1/", "/sdapi/", "/comfy/"
# What OpenAI calls a kind of error, by its status.
KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
# Codes of what may go well a moment later. All others say the same again.
PASSING = {
    "rate_limited",
    "queue_full",
    "studio_full",
    "busy",
    "db_busy",
    "still_waiting",
    "too_many_waiting",
    "internal",
}


def spoken_at(path: str) -> str:
    """The dialect of an address: OPENAI, A1111, COMFY, or "" for our own."""
    return next((each for each in (OPENAI, A1111, COMFY) if path.startswith(each)), "")


def refusal(path: str, refused: Refused, *, final: bool = False) -> HttpResponse:
    """`refused` in the dialect of `path`, which has one. `final`: a generation ended so, and whoever asks for
    it again hears the same."""
    message = text(refused.code, refused.params)
    if spoken_at(path) == A1111:
        answer = _as_a1111(refused, message)
    elif spoken_at(path) == COMFY:
        fault = Fault(refused.code, message, "", refused.params)
        answer = JsonResponse(Unfit(fault).told(), status=ERRORS[refused.code].status)
    else:
        answer = JsonResponse(openai_error(refused, message), status=_status(refused.code))
        answer["x-should-retry"] = "true" if refused.code in PASSING and not final else "false"
    if "retry_after" in refused.params:
        answer["Retry-After"] = str(refused.params["retry_after"])
    answer["Cache-Control"] = "no-store"
    return answer


def openai_error(refused: Refused, message: str) -> dict[str, Any]:
    """`{"error": {"message", "type", "param", "code"}}`; of several bad fields the first is told."""
    param, told = _first(refused.fields)
    status = _status(refused.code)
    kind = "insufficient_quota" if refused.code == "quota_exceeded" else KINDS.get(status)
    kind = kind or ("server_error" if status >= 500 else "invalid_request_error")
    params = {"params": refused.params} if refused.params else {}
    return {"error": {"message": told or message, "type": kind, "param": param, "code": refused.code} | params}


def _as_a1111(refused: Refused, message: str) -> HttpResponse:
    """As that program's own answers to what went wrong; `error` is the code."""
    param, told = _first(refused.fields)
    words = f"{param}: {told}" if param and told else message
    body = {"error": refused.code, "detail": words, "body": "", "errors": words}
    answer = JsonResponse(body, status=ERRORS[refused.code].status)
    if answer.status_code == 401:
        answer["WWW-Authenticate"] = 'Basic realm="Brushwire: any name, an API key as password"'
    return answer


def _status(code: str) -> int:
    """OpenAI answers 400 to everything that was asked for wrongly."""
    status = ERRORS[code].status
    return 400 if status in (411, 413, 415, 422) else status


def _first(fields: Mapping[str, Any]) -> tuple[str | None, str]:
    for name, told in fields.items():
        return name, str(told.get("message", ""))
    return None, ""
