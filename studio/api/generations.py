"""The API's addresses for what is being made: the socket's commands, for programs."""

from typing import Any, Literal
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from studio.api.auth import by
from studio.api.bodies import Body
from studio.commands import generations
from studio.keyring import key_of
from studio.protocol import GenerationView, Parent, Submit
from studio.protocol.base import Identifier, Name
from studio.telling import view_in_words

router = Router(tags=["generations"], auth=by("generate"))


class SubmitForm(Body):
    """As the socket's `submit`; pictures are uploaded to /inputs before, and named in `inputs` by role."""

    id: Identifier
    tool: Name
    model: Name | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[Name, UUID] = Field(default_factory=dict, max_length=4)
    board: UUID | None = None
    parents: list[Parent] = Field(default_factory=list, max_length=8)
    lane: Literal["interactive", "bulk"] = "interactive"


@router.post("", response={201: GenerationView})
def submit(request: HttpRequest, body: SubmitForm) -> Any:
    """Make something with any tool. `id` is yours: sent twice, it is made once, and the answer is the same one."""
    assert not isinstance(request.user, AnonymousUser)
    made = generations.submit(request.user, Submit(type="submit", **body.model_dump()), key=key_of(request))
    return Status(201, view_in_words(generations.describe_one(request.user, made.pk)))


@router.get("/{generation_id}", auth=by("read", "generate"), response=GenerationView)
def generation(request: HttpRequest, generation_id: UUID) -> Any:
    """The state of one's own generation, as the socket tells it."""
    assert not isinstance(request.user, AnonymousUser)
    return view_in_words(generations.describe_one(request.user, generation_id))


@router.post("/{generation_id}/cancel", response=GenerationView)
def cancel(request: HttpRequest, generation_id: UUID) -> Any:
    """Stop one's own generation: at once while it waits, otherwise at its next step."""
    assert not isinstance(request.user, AnonymousUser)
    generations.cancel(request.user, generation_id)
    return view_in_words(generations.describe_one(request.user, generation_id))
