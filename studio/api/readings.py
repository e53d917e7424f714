"""The API's address for reading the settings that a picture's file carries."""

from dataclasses import asdict
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from ninja import File, Router, Schema
from ninja.files import UploadedFile

from studio.api.auth import by
from studio.commands import readings

router = Router(tags=["works"], auth=by("generate"))


class ReadingView(Schema):
    """`source`: brushwire, a1111, invokeai, comfyui, or null for a picture that says nothing. `params` can be sent in a
    submit of `tool` as they are; `model` null means that the one it names is not here. `notes` tell what is missing."""

    source: str | None
    tool: str
    model: str | None
    params: dict[str, Any]
    notes: list[str]


@router.post("", response=ReadingView)
def read_settings(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """The settings in a PNG, JPEG or WebP (up to 20 MB), whoever wrote it. Nothing of it is kept."""
    assert not isinstance(request.user, AnonymousUser)
    return asdict(readings.read(request.user, file.read()))
