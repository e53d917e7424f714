"""Events in the words of their reader: a code becomes a sentence when it is sent, not when it is kept."""

from typing import Any

from django.utils import translation

from accounts import notices
from studio.protocol import GenerationView
from studio.words import errors, reasons


def in_words(payload: dict[str, Any], language: str) -> dict[str, Any]:
    """The event with its texts; the very same object where it has none."""
    with translation.override(language):
        return _in_words(payload)


def view_in_words(view: GenerationView) -> GenerationView:
    """The same for an answer of the API, in the language active in this thread."""
    return GenerationView.model_validate(_in_words(view.model_dump()))


def _in_words(payload: dict[str, Any]) -> dict[str, Any]:
    if payload.get("type") == "notice":
        return payload | {"message": notices.words(payload["code"], payload["params"])}
    told: dict[str, Any] = {}
    if error := payload.get("error"):
        told["error"] = error | {"message": errors.text(error["code"], error.get("params"))}
    if wait := payload.get("wait"):
        told["wait"] = wait | {"message": reasons.text(wait["code"], wait.get("params") or {})}
    if isinstance(view := payload.get("generation"), dict):
        told["generation"] = _in_words(view)
    if isinstance(views := payload.get("generations"), list):
        told["generations"] = [_in_words(each) for each in views]
    return payload | told if told else payload
