"""What a program sent: JSON or a form with files, read whole and within limits, and the digest that tells it again."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from studio.gates import tries
from studio.values import strictjson
from studio.words.errors import Refused

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


@dataclass(frozen=True, slots=True)
class Sent:
    """Values by name, and files by name in their order. Of a form (`is_form`) every value is text."""

    values: dict[str, Any]
    files: dict[str, list[bytes]] = field(default_factory=dict)
    is_form: bool = False

    def digest(self, *about: str) -> str:
        """The same for the same request, in whatever order it was written."""
        return tries.digest(*about, *self._parts())

    def _parts(self) -> Iterator[str | bytes]:
        yield json.dumps(self.values, sort_keys=True, ensure_ascii=False)
        for name in sorted(self.files):
            yield name
            yield from self.files[name]


def read(request: HttpRequest) -> Sent:
    """The body of `request`, in the pool. Raises Refused: too_large, invalid_json, bad_request, length_required."""
    try:
        told = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        told = 0
    if told > settings.PROGRAM_BODY_MAX:
        raise _too_large()
    if request.content_type in FORMS:
        if not told:
            raise Refused("length_required")  # Django reads no form without one
        return _form(request)
    # Not `request.body`: pictures in JSON are larger than what a form's fields may be.
    data = request.read(settings.PROGRAM_BODY_MAX + 1)
    if len(data) > settings.PROGRAM_BODY_MAX:
        raise _too_large()
    try:
        values = strictjson.loads(data) if data.strip() else {}
    except ValueError:
        raise Refused("invalid_json") from None
    if not isinstance(values, dict):
        raise Refused("invalid_json")
    return Sent(values)


def _form(request: HttpRequest) -> Sent:
    try:
        values = {name: request.POST[name] for name in request.POST}
        files = {name: [each.read() for each in request.FILES.getlist(name)] for name in request.FILES}
    except RequestDataTooBig:
        raise _too_large() from None
    except (BadRequest, MultiPartParserError, SuspiciousOperation, ValueError):
        raise Refused("bad_request") from None
    return Sent(values, files, is_form=True)


def _too_large() -> Refused:
    return Refused("too_large", limit=f"{settings.PROGRAM_BODY_MAX // 2**20} MB")
