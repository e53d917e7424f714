"""Prompts: sent, listed, stopped, and the history of them."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.models import ApiKey, User
from studio.commands.comfy import past, prompts
from studio.compat.comfy.answers import comfy, done, ids_of, said


@comfy("GET", "HEAD", "POST")
def prompt(request: HttpRequest, user: User, key: ApiKey) -> HttpResponse:
    """POST: check a graph and queue it. GET: how much waits."""
    if request.method != "POST":
        return JsonResponse({"exec_info": {"queue_remaining": prompts.remaining(user)}})
    accepted = prompts.queue(user, said(request), key)
    return JsonResponse(
        {"prompt_id": accepted.prompt_id, "number": accepted.number, "node_errors": accepted.node_errors}
    )


@comfy("GET", "HEAD", "POST")
def queue(request: HttpRequest, user: User, key: ApiKey) -> HttpResponse:
    """GET: what runs and waits. POST: take back what waits, all (`clear`) or some (`delete`: ids)."""
    if request.method != "POST":
        return JsonResponse(prompts.waiting(user))
    body = said(request)
    if body.get("clear"):
        prompts.take_back(user)
    if (ids := ids_of(body.get("delete"))) is not None:
        prompts.take_back(user, ids)
    return done()


@comfy("POST")
def interrupt(request: HttpRequest, user: User, key: ApiKey) -> HttpResponse:
    """Stop what runs; only the prompt `prompt_id` where that is given."""
    prompts.interrupt(user, said(request).get("prompt_id"))
    return done()


@comfy("GET", "HEAD", "POST")
def history(request: HttpRequest, user: User, key: ApiKey, prompt_id: str = "") -> HttpResponse:
    """GET: ended prompts; {} for one that is unknown or has not ended. POST: take some out of it, or all."""
    if request.method != "POST":
        most, offset = (_number(request.GET.get(name)) for name in ("max_items", "offset"))
        told: dict[str, Any] = past.history(
            user, prompt_id, past.AT_MOST if most is None else most, -1 if offset is None else offset
        )
        return JsonResponse(told)
    body = said(request)
    if body.get("clear"):
        past.forget(user)
    if (ids := ids_of(body.get("delete"))) is not None:
        past.forget(user, ids)
    return done()


def _number(given: str | None) -> int | None:
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 10 else None
