"""Finished pictures in the words of OpenAI's images API: one answer, or the events of a stream."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import ApiKey
from gallery.models import Work
from studio.commands import delivering
from studio.commands.programs import End
from studio.compat.openai.wishes import Answer
from studio.compat.waiting import Preview
from studio.gates.dialects import openai_error
from studio.words.errors import Refused, text


def whole(request: HttpRequest, key: ApiKey, end: End, answer: Answer) -> dict[str, Any]:
    """An ImagesResponse. `brushwire` is ours: what was made, with which seeds, and what it was charged."""
    data = [_picture(request, key, work, answer) for work in end.works]
    first = end.works[0]
    return {
        "created": round(time.time()),
        "background": "opaque",
        "data": data,
        "output_format": answer.form.kind,
        "quality": answer.quality,
        "safety_identifier": answer.safety_identifier,
        "size": f"{first.width}x{first.height}",
        "usage": usage(end),
        "brushwire": about(end),
    }


def about(end: End) -> dict[str, Any]:
    """What only we tell."""
    seeds = [work.seed for work in end.works]
    works = [str(work.pk) for work in end.works]
    made = {"generation": str(end.generation), "tool": end.tool, "model": end.model, "device_seconds": end.cost}
    return made | {"works": works, "seeds": seeds}


def usage(end: End) -> dict[str, Any]:
    """Tokens are what a key pays with elsewhere; here that is the device's time, so one is a millisecond of it."""
    spent = round(1000 * end.cost)
    none = {"image_tokens": 0, "text_tokens": 0}
    out = {"image_tokens": spent, "text_tokens": 0}
    told = {"input_tokens": 0, "input_tokens_details": none, "output_tokens": spent, "output_tokens_details": out}
    return told | {"total_tokens": spent}


def completed(kind: str, end: End, answer: Answer) -> Iterator[bytes]:
    """An event for each picture; all but the last say that they used nothing, so that a sum is right."""
    for place, work in enumerate(end.works):
        last = place == len(end.works) - 1
        used = usage(end) if last else usage(End(end.generation, (), {}, "", "", 0.0))
        picture = delivering.picture(work, answer.form)
        told = _event(answer, picture, (work.width, work.height))
        if answer.safety_identifier:
            told["safety_identifier"] = answer.safety_identifier
        yield _sse(f"{kind}.completed", told | {"usage": used, "brushwire": about(end) | {"index": work.index}})


def partial(kind: str, preview: Preview, number: int, size: tuple[int, int], answer: Answer) -> bytes:
    """The event of an unfinished picture, the `number`th (from 0) of its output."""
    picture = delivering.preview(preview.jpeg, size, answer.form)
    told = _event(answer, picture, size) | {"partial_image_index": number}
    return _sse(f"{kind}.partial_image", told | {"brushwire": {"index": preview.index, "step": preview.step}})


def failed(refused: Refused) -> bytes:
    """The event after which a client raises."""
    return _sse("error", openai_error(refused, text(refused.code, refused.params)))


def _picture(request: HttpRequest, key: ApiKey, work: Work, answer: Answer) -> dict[str, Any]:
    if answer.by_url:
        place = reverse("studio:openai_picture", args=[delivering.sign(work, key, answer.form), answer.form.kind])
        return {"url": request.build_absolute_uri(place), "revised_prompt": work.prompt}
    return {"b64_json": _base64(delivering.picture(work, answer.form)), "revised_prompt": work.prompt}


def _event(answer: Answer, picture: bytes, size: tuple[int, int]) -> dict[str, Any]:
    return {
        "b64_json": _base64(picture),
        "background": "opaque",
        "created_at": round(time.time()),
        "output_format": answer.form.kind,
        "quality": answer.quality,
        "size": f"{size[0]}x{size[1]}",
    }


def _sse(kind: str, told: dict[str, Any]) -> bytes:
    line = json.dumps({"type": kind} | told, ensure_ascii=False, separators=(",", ":"))
    return f"event: {kind}\ndata: {line}\n\n".encode()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
