"""`/v1/images/…` and `/v1/models`: who asks, what for, and the answer when it is there."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse

from accounts.models import ApiKey
from studio.commands import delivering, programs
from studio.commands.programs import End, Wish
from studio.compat import bodies
from studio.compat.openai import answers, wishes
from studio.compat.openai.wishes import Answer
from studio.compat.speaking import spoken
from studio.compat.waiting import Preview, Wait, run
from studio.gates.dialects import refusal
from studio.models import Model
from studio.words.errors import Refused

Reader = Callable[[bodies.Sent], tuple[Wish, Answer]]


# What OpenAI calls our fields.
NAMES = {"count": "n", "width": "size", "height": "size"}
MAKE, LOOK = ("POST",), ("GET", "HEAD")


@spoken(MAKE, "generate", names=NAMES)
async def generations(request: HttpRequest, key: ApiKey) -> HttpResponseBase:
    """Pictures from words."""
    return await _made(request, key, wishes.generation, "image_generation")


@spoken(MAKE, "generate", names=NAMES)
async def edits(request: HttpRequest, key: ApiKey) -> HttpResponseBase:
    """A picture changed: where a mask is transparent, as the words say, or in the way of the model."""
    return await _made(request, key, wishes.edit, "image_edit")


@spoken(MAKE, "generate", names=NAMES)
async def variations(request: HttpRequest, key: ApiKey) -> HttpResponseBase:
    """Others like a picture."""
    return await _made(request, key, wishes.variation, "image_edit")


@spoken(LOOK, "generate", "read", names=NAMES)
async def models(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """What the key can be used with."""
    found = await run(programs.models, key.owner, key)
    return JsonResponse({"object": "list", "data": [_model(each) for each in found]})


@spoken(LOOK, "generate", "read", names=NAMES)
async def model(request: HttpRequest, key: ApiKey, name: str) -> HttpResponse:
    """One of them."""
    found = await run(programs.models, key.owner, key)
    named = next((each for each in found if each.name == name), None)
    if named is None:
        raise Refused("model_unavailable")
    return JsonResponse(_model(named))


@spoken(LOOK, names=NAMES)
async def picture(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """A picture by its signed address, for whoever has it, until that is over."""
    data, form = await run(delivering.behind, token)
    headers = {
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
    }
    return HttpResponse(data, content_type=form.media_type, headers=headers)


@spoken((), names=NAMES)
async def unknown(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Every other address under /v1/."""
    raise Refused("not_found")


async def _made(request: HttpRequest, key: ApiKey, read: Reader, kind: str) -> HttpResponseBase:
    wish, answer, command = await run(_read, request, key, read)
    wait = Wait(key, command, partial(programs.ask, key.owner, key, wish, command))
    await wait.begin()
    if answer.stream:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingHttpResponse(
            _stream(key, wait, answer, kind), content_type="text/event-stream", headers=headers
        )
    async with wait:
        await wait.end()
    return await run(_whole, request, key, wait.generation, answer)


def _read(request: HttpRequest, key: ApiKey, read: Reader) -> tuple[Wish, Answer, str]:
    sent = bodies.read(request)
    wish, answer = read(sent)
    own_key = request.headers.get("Idempotency-Key", "")
    again = request.headers.get("X-Stainless-Retry-Count", "0") != "0"
    asked = sent.digest(request.path, str(key.pk))
    return wish, answer, programs.command_for(key.owner, asked, again=again, own_key=own_key)


def _whole(request: HttpRequest, key: ApiKey, generation: Any, answer: Answer) -> HttpResponse:
    end = programs.end_of(key.owner, generation)
    if end.code:
        return refusal(request.path, Refused(end.code, **end.told), final=True)
    return JsonResponse(answers.whole(request, key, end, answer))


async def _stream(key: ApiKey, wait: Wait, answer: Answer, kind: str) -> AsyncIterator[bytes]:
    try:
        async with wait:
            size = await run(programs.size_of, key.owner, wait.generation)
            sent: Counter[int] = Counter()
            async for preview in wait.previews():
                if preview is None:
                    yield b": waiting\n\n"
                elif _is_due(preview, sent[preview.index], answer.partials):
                    yield await run(answers.partial, kind, preview, sent[preview.index], size, answer)
                    sent[preview.index] += 1
        end = await run(programs.end_of, key.owner, wait.generation)
        if end.code:
            raise Refused(end.code, **end.told)
        for event in await run(_completed, kind, end, answer):
            yield event
    except Refused as refused:
        yield answers.failed(refused)
    yield b"data: [DONE]\n\n"


def _is_due(preview: Preview, sent: int, wanted: int) -> bool:
    """They come evenly over the steps: of two the first after a third of them."""
    return sent < wanted and preview.step * (wanted + 1) >= preview.total * (sent + 1)


def _completed(kind: str, end: End, answer: Answer) -> list[bytes]:
    return list(answers.completed(kind, end, answer))


def _model(row: Model) -> dict[str, Any]:
    known = {"title": row.title, "tools": row.tools, "max_side": row.max_side, "defaults": row.defaults}
    return {"id": row.name, "object": "model", "created": 0, "owned_by": "brushwire", "brushwire": known}
