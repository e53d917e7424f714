"""Events in the words of their reader: a code becomes a sentence when it is sent, not when it is kept."""

from typing import Any

from django.utils import translation

from accounts import notices
from studio.errors import text


def in_words(payload: dict[str, Any], language: str) -> dict[str, Any]:
    """The event with its texts; the very same object where it has none."""
    if payload.get("type") == "notice":
        with translation.override(language):
            return payload | {"message": notices.words(payload["code"], payload["params"])}
    if payload.get("error"):
        return payload | {"error": _with_message(payload["error"], language)}
    if isinstance(payload.get("generations"), list):
        return payload | {"generations": [in_words(view, language) for view in payload["generations"]]}
    return payload


def _with_message(error: dict[str, Any], language: str) -> dict[str, Any]:
    with translation.override(language):
        return error | {"message": text(error["code"], error.get("params"))}
