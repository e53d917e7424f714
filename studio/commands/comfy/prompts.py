"""Graphs in, generations out; the queue of a person's prompts, and stopping them."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import Max, QuerySet

from accounts.models import ApiKey, User
from studio.comfy import checking, names, reading
from studio.comfy.checking import Graph
from studio.comfy.faults import Fault, Unfit, nodes_told
from studio.comfy.nodes import Offer
from studio.commands import generations
from studio.commands.comfy import pictures, wishes
from studio.models import Adapter, ComfyPrompt, Generation, State
from studio.models.comfy import command_of, prompt_of
from studio.words.errors import Refused

CLIENT = re.compile(r"[\w.:\- ]{0,80}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A prompt that waits now. `node_errors` are of those outputs that will not be made."""

    prompt_id: str
    number: int
    node_errors: dict[str, Any]


def offer(user: User, key: ApiKey | None = None) -> Offer:
    """What the person, and the key, may name in a graph."""
    models = wishes.models(user, key)
    loras = Adapter.objects.usable_by(user).filter(kind=Adapter.Kind.LORA).values_list("name", flat=True)
    return Offer(
        tuple(f"{model.name}{names.ENDING}" for model in models),
        tuple(f"{name}{names.ENDING}" for name in loras),
        tuple(pictures.names_of(user)),
        max((model.max_side for model in models), default=512),
    )


def embeddings(user: User) -> list[str]:
    """The embeddings that the person may name in a text."""
    rows = Adapter.objects.usable_by(user).filter(kind=Adapter.Kind.EMBEDDING)
    return list(rows.values_list("name", flat=True))


def queue(user: User, body: Mapping[str, Any], key: ApiKey | None = None) -> Accepted:
    """Check a graph and queue what it asks for; the same `prompt_id` gives the first one again.

    Raises Unfit, with every fault at its node, and what a person's limits refuse under the code of ours.
    """
    prompt_id = _prompt_id(body.get("prompt_id"))
    if "prompt" not in body:
        raise Unfit(Fault("no_prompt", "No prompt provided", "No prompt provided"))
    known = ComfyPrompt.objects.filter(owner=user, prompt_id=prompt_id).first()
    if known is not None and Generation.objects.filter(owner=user, command=known.command).exists():
        return Accepted(str(prompt_id), known.number, {})
    client, extra, wanted = _about(body)
    graph = checking.check(body["prompt"], offer(user, key), wanted)
    wish = reading.read(graph)
    row = _keep(user, prompt_id, graph, client=client, graph=body["prompt"], extra=extra)
    try:
        generations.submit(user, wishes.command(user, wish, row.command, key), key=key)
    except Refused as refused:
        row.delete()
        raise wishes.unfit(graph, wish, refused) from None
    return Accepted(str(prompt_id), row.number, nodes_told(graph.faults))


def remaining(user: User) -> int:
    """How many prompts of the person wait or run."""
    return _unfinished(user).count()


def waiting(user: User) -> dict[str, list[Any]]:
    """The person's prompts that run and that wait, each as ComfyUI lists them, the oldest first."""
    pairs = _unfinished(user).values_list("command", "state")
    states = {known: state for command, state in pairs if (known := prompt_of(command))}
    rows = ComfyPrompt.objects.filter(owner=user, prompt_id__in=states)
    told = {state: [listed(row) for row in rows if states[row.prompt_id] == state] for state in set(states.values())}
    return {"queue_running": told.get(State.RUNNING, []), "queue_pending": told.get(State.QUEUED, [])}


def listed(row: ComfyPrompt) -> list[Any]:
    """A prompt as it stands in the queue and in the history."""
    return [row.number, str(row.prompt_id), row.graph, row.extra, row.outputs]


def take_back(user: User, ids: Iterable[Any] | None = None) -> int:
    """Remove prompts that wait, all of them or those with these ids; how many. One that runs goes on."""
    return _stop(user, _unfinished(user).filter(state=State.QUEUED), ids)


def interrupt(user: User, prompt_id: Any = None) -> int:
    """Stop the person's prompts that run, or the one with this id if it does; how many."""
    return _stop(user, _unfinished(user).filter(state=State.RUNNING), None if prompt_id is None else [prompt_id])


def _stop(user: User, rows: QuerySet[Generation], ids: Iterable[Any] | None) -> int:
    if ids is not None:
        rows = rows.filter(command__in=[command_of(known) for each in ids if (known := _known_id(each))])
    stopped = 0
    for generation in rows:
        try:
            generations.cancel(user, generation.pk)
            stopped += 1
        except Refused:
            pass  # it ended meanwhile
    return stopped


def _unfinished(user: User) -> QuerySet[Generation]:
    mine = Generation.objects.filter(owner=user, command__startswith=command_of_any())
    return mine.filter(state__in=[State.QUEUED, State.RUNNING])


def command_of_any() -> str:
    """What the commands of all prompts begin with."""
    return command_of(UUID(int=0)).removesuffix(str(UUID(int=0)))


def _known_id(given: Any) -> UUID | None:
    return UUID(given) if isinstance(given, str) and _UUID.fullmatch(given) else None


def _prompt_id(given: Any) -> UUID:
    if given is None:
        return uuid4()
    known = _known_id(given)
    if known is None:
        raise Unfit(Fault("invalid_prompt_id", "prompt_id must be a UUID in lower case", str(given)[:80]))
    return known


def _about(body: Mapping[str, Any]) -> tuple[str, dict[str, Any], list[str] | None]:
    """The client's name, what it wants kept, and the outputs it wants (None: all)."""
    extra = body.get("extra_data") or {}
    client = body.get("client_id") or (extra.get("client_id") if isinstance(extra, dict) else "") or ""
    wanted = body.get("partial_execution_targets")
    if not isinstance(extra, dict) or not isinstance(client, str) or not CLIENT.fullmatch(client):
        raise Unfit(Fault("invalid_prompt", "extra_data or client_id cannot be read"))
    if wanted is not None and not (isinstance(wanted, list) and all(isinstance(each, str) for each in wanted)):
        raise Unfit(Fault("invalid_prompt", "partial_execution_targets cannot be read"))
    kept = json.dumps([body["prompt"], extra])
    if "\\u0000" in kept:  # no database of ours keeps that
        raise Unfit(Fault("invalid_prompt", "A text has characters that cannot be used"))
    if len(kept) > settings.COMFY_PROMPT_BYTES:
        limit = f"{settings.COMFY_PROMPT_BYTES // 1024} kB"
        raise Unfit(Fault("prompt_too_large", "The graph is too large", f"At most {limit}."), status=413)
    return client, extra, wanted


def _keep(user: User, prompt_id: UUID, sound: Graph, **sent: Any) -> ComfyPrompt:
    """The row of a prompt; before its generation, so that whoever hears of that finds it."""
    newest = ComfyPrompt.objects.filter(owner=user).aggregate(newest=Max("number"))["newest"] or 0
    nodes = [[node_id, sound.nodes[node_id].node.name] for node_id in sound.order]
    about = sent | {"number": newest + 1, "nodes": nodes, "outputs": list(sound.outputs)}
    return ComfyPrompt.objects.update_or_create(owner=user, prompt_id=prompt_id, defaults=about)[0]
