"""The API's addresses for what is being made: the socket's commands, for programs."""

import json
from typing import Any, Literal
from uuid import UUID, uuid4

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field, ValidationError

from accounts.models import User
from studio.api.auth import by, person
from studio.api.paging import Page, Paged, page
from studio.api.repeated import command_of, idempotent
from studio.commands import asking, generations
from studio.files import blobs
from studio.gates import rates
from studio.gates.keyring import key_of
from studio.news import arrivals
from studio.operations import timelines
from studio.protocol import INPUTS_MOST, GenerationView, Submit, TimelineView, Wish
from studio.protocol.base import Identifier, Name
from studio.queue import describe
from studio.sockets.telling import view_in_words
from studio.values import strictjson
from studio.words.errors import Refused

router = Router(tags=["generations"], auth=by("generate"))
ROLES = ("image", "mask", "sketch", "hints")


class SubmitForm(Wish):
    """What to make. `inputs` names pictures that were uploaded to /inputs before, by role; a multipart request may have
    files of these names instead, and this form as JSON in its field `request`.

    `id` is your name for it: sent twice, it is made once (one is drawn where you give none). `lane` "bulk" lets all
    that somebody waits for go before it.
    """

    id: Identifier | None = Field(default=None, description="Your name for it.")


class Narrowed(Schema):
    """Which generations: of a state, of a tool, and of this key alone."""

    state: Literal["queued", "running", "finished", "failed", "cancelled", "expired"] | None = None
    tool: Name | None = None
    mine: bool = Field(False, description="Only those that this key asked for.")


_FORM = {"$ref": "#/components/schemas/SubmitForm"}
_FILE = {"type": "string", "format": "binary"}
_MULTIPART = {
    "type": "object",
    "required": ["request"],
    "properties": {"request": {"type": "string", "contentMediaType": "application/json", "contentSchema": _FORM}}
    | dict.fromkeys(ROLES, _FILE),
}
_BODY = {
    "required": True,
    "content": {"application/json": {"schema": _FORM}, "multipart/form-data": {"schema": _MULTIPART}},
}


@router.post("", response={201: GenerationView}, openapi_extra={"requestBody": _BODY})
@idempotent
def submit(request: HttpRequest) -> Any:
    """Make something with any tool. The answer comes at once; how it goes on is told by its address, or by events."""
    user = person(request)
    body, files = _read(request)
    given = dict(body.inputs)
    for role, data in files.items():
        rates.check("upload", user.pk)
        given[role] = blobs.put(user.pk, data).pk
    command = body.id or command_of(request) or uuid4().hex
    wish = Submit(type="submit", **body.model_dump(exclude={"id", "inputs"}), id=command, inputs=given)
    made = generations.submit(user, wish, key=key_of(request))
    return Status(201, _view(user, made.pk))


@router.get("", auth=by("read", "generate"), response=Page[GenerationView])
def own_generations(request: HttpRequest, narrowed: Query[Narrowed], paged: Query[Paged]) -> Any:
    """One's own generations, the newest first."""
    user = person(request)
    key = key_of(request) if narrowed.mine else None
    rows = asking.of(user, state=narrowed.state or "", tool=narrowed.tool or "", key=key)
    found, after = page(rows, paged)
    return {
        "items": [view_in_words(view) for view in describe.views(found, generations.places_of(user))],
        "next": after,
    }


@router.get("/{generation_id}", auth=by("read", "generate"), response=GenerationView)
def generation(request: HttpRequest, generation_id: UUID) -> Any:
    """The state of one's own generation, as the socket tells it."""
    return _view(person(request), generation_id)


@router.get("/{generation_id}/timeline", auth=by("read", "generate"), response=TimelineView)
def timeline(request: HttpRequest, generation_id: UUID) -> Any:
    """Where the time of one's own generation went: waiting, each stage and each step, saving, and its delivery."""
    return timelines.of(generations.find(person(request), generation_id))


@router.post("/{generation_id}/cancel", response=GenerationView)
def cancel(request: HttpRequest, generation_id: UUID) -> Any:
    """Stop one's own generation: at once while it waits, otherwise at its next step."""
    user = person(request)
    generations.cancel(user, generation_id)
    return _view(user, generation_id)


@router.post("/{generation_id}/retry", response={201: GenerationView})
@idempotent
def retry(request: HttpRequest, generation_id: UUID) -> Any:
    """Ask once more for what has ended, with the same seed and inputs: a new generation."""
    user = person(request)
    made = asking.retry(user, generation_id, command_of(request), key=key_of(request))
    return Status(201, _view(user, made.pk))


def _view(user: User, generation_id: UUID) -> GenerationView:
    view = generations.describe_one(user, generation_id)
    if view.state == "finished":
        arrivals.note(generation_id)
    return view_in_words(view)


def _read(request: HttpRequest) -> tuple[SubmitForm, dict[str, bytes]]:
    """The form, and the bytes of its pictures by role."""
    if request.content_type != "multipart/form-data":
        return _form(request.body), {}
    if not request.META.get("CONTENT_LENGTH"):
        raise Refused("length_required")  # Django reads no form without one
    form = _form(request.POST.get("request", "").encode())
    if len(request.FILES) + len(form.inputs) > INPUTS_MOST:
        raise Refused("invalid", fields={"inputs": {"code": "too_long", "message": f"≤ {INPUTS_MOST}"}})
    unknown = set(request.FILES) - set(ROLES)
    if unknown:
        told = {"code": "unknown", "message": ", ".join(ROLES)}
        raise Refused("invalid", fields={str(name)[:40]: told for name in unknown})
    return form, {str(role): file.read() for role, file in request.FILES.items()}  # type: ignore[union-attr]


def _form(data: bytes) -> SubmitForm:
    try:
        return SubmitForm.model_validate(strictjson.loads(data))
    except ValidationError as error:
        told = {str(e["loc"][-1]) if e["loc"] else "request": e for e in error.errors(include_url=False)}
        fields = {name: {"code": e["type"], "message": e["msg"]} for name, e in told.items()}
        raise Refused("invalid", fields=fields) from None
    except (ValueError, json.JSONDecodeError):
        raise HttpError(400, "no JSON") from None
