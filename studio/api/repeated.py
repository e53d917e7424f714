"""`Idempotency-Key`: operations of the API that are carried out once, however often a program sends them."""

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.models import User
from studio.gates import once
from studio.words.errors import Refused

HEADER = "Idempotency-Key"
_FIT = re.compile(r"[\x21-\x7e]{1,200}")


def idempotent(view: Callable[..., Any]) -> Callable[..., Any]:
    """For an operation that makes something, below its route: with the header, the same request gets the same answer.

    studio/api/answers.py keeps that answer. Only those of successes are kept: what was refused may be tried again.
    """

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **options: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return view(request, *args, **options)
        if not _FIT.fullmatch(key):
            message = _("Up to 200 visible ASCII characters.")
            raise Refused("invalid", fields={HEADER: {"code": "invalid", "message": message}})
        assert isinstance(request.user, User)
        found = once.begin(request.user, key, _fingerprint(request))
        if isinstance(found, once.Kept):
            again = {"Idempotency-Replayed": "true", "Cache-Control": "no-store"}
            return HttpResponse(found.body, "application/json; charset=utf-8", found.status, headers=again)
        request.claim = found  # type: ignore[attr-defined]
        return view(request, *args, **options)

    asked.idempotent = True  # type: ignore[attr-defined]
    return asked


def command_of(request: HttpRequest) -> str | None:
    """The id of a generation's command that follows from the request's Idempotency-Key: should a process die before it
    answers, what it made is found again."""
    key = request.headers.get(HEADER)
    return f"once-{hashlib.sha256(key.encode()).hexdigest()[:40]}" if key else None


def _fingerprint(request: HttpRequest) -> str:
    """What was asked, whatever it is wrapped in: a form is sent again with other boundaries."""
    told: list[Any] = [request.method, request.path, request.content_type]
    if request.content_type == "multipart/form-data":
        files = request.FILES.lists()
        told += [sorted(request.POST.lists())]
        told += [sorted((name, [_digest(each.read()) for each in given]) for name, given in files)]
        for _name, given in request.FILES.lists():
            for each in given:
                each.seek(0)
    else:
        told.append(_digest(request.body))
    return _digest(json.dumps(told).encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
