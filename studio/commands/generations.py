"""Commands about generations: submit, cancel, snapshot, catch up."""

import logging
import secrets
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.limits import limits_of
from accounts.models import ApiKey, User
from gallery.models import Work
from studio import tasks, tools
from studio.commands import firsts, scenes, wording
from studio.commands.adapters import check_loras
from studio.files import blobs, placing
from studio.gates import rates
from studio.models import TERMINAL, Generation, Input, Model, QueueLane, State
from studio.news import events
from studio.process import counting, failpoints, tracing
from studio.protocol import GenerationView, Snapshot, Submit
from studio.queue import describe, lifecycle, limits, line, prices, queueing
from studio.queue.describe import Place
from studio.tools.base import Tool
from studio.words.errors import Refused

log = logging.getLogger(__name__)

RANDOM_SEED_BELOW = 2**32
# The note of what is made for an album: the studio's page leaves it to the album's own.
ALBUM = "album"


def submit(
    user: User,
    command: Submit,
    attached: bytes | None = None,
    parents: dict[UUID, str] | None = None,
    *,
    of_album: bool = False,
    key: ApiKey | None = None,
    asker: User | None = None,
) -> Generation:
    """Queue a new generation; the same `command.id` of the same person gives the first one again.

    `attached` are the bytes of the input of role `command.attached`; `parents` are works that are credited besides
    those of the command, and seen by `user` as the caller knows; one `of_album` is no request that the person waits for
    (commands/albums.py), and does not count as such. With an API `key` it is held to what that allows, too, and waits
    in the lane "bulk" unless it is one small picture. `asker` is whose words they are, where `user` only pays. Raises
    Refused: unknown_tool, model_unavailable, invalid (with fields), prompt_blocked, input_required, not_found (inputs),
    rate_limited, studio_full, queue_full, too_expensive, quota_exceeded, key_model, and the codes of
    studio/files/intake.py and studio/files/placing.py. What it costs is charged with the row.
    """
    known = Generation.objects.filter(owner=user, command=command.id).first()
    if known is not None:
        return known
    began = monotonic()
    if not of_album:  # photos have a rate of their own
        rates.check("submit", user.pk)
    tool = tools.find(command.tool)
    model = model_for(user, tool, command.model, key)
    if key is not None:
        limits.check_key(key, model.name)
    params = tool.clean(command.params, model)
    params["loras"] = check_loras(user, model, params.get("loras") or [])
    params, notes = wording.admit(asker or user, params)
    if params.get("seed") is None:
        params["seed"] = secrets.randbelow(RANDOM_SEED_BELOW)
    _check_room(lifecycle.queue_of(tool, model))
    limits.check_may_make(user, params, waits=not of_album)
    given = _inputs(user, tool, command, attached)
    fitted = tool.fitted(params, {role: (each.width, each.height) for role, each in given.items()}, model)
    inputs = {role: str(each.pk) for role, each in given.items()}
    cost = prices.cost(tool, model, fitted)
    first = _first(user, tool, fitted, given=given, command=command, key=key)
    placed = placing.admit(user, tool.places(fitted)) | scenes.begun_with(user, tool, fitted)
    origins = _origins(user, command) | placed | {str(pk): kind for pk, kind in (parents or {}).items()}
    row: dict[str, Any] = {
        "params": fitted,
        "inputs": inputs,
        "board": command.board,
        "parents": origins,
        "notes": [*notes, ALBUM] if of_album else notes,
        "cost": cost,
        "lane": command.lane if key is None else _lane(command, tool, fitted),
        "api_key": key,
    }
    with transaction.atomic():
        # Once more with the person's row locked: of many requests at the same moment none gets past the limit.
        limits.hold(user)
        _check_whole(user, key, model, (params, cost), first, waits=not of_album)
        if first is not None:
            about = first.row | {"lane": row["lane"], "api_key": key}
            before = lifecycle.submit(user.pk, first.command, tool=first.tool, model=first.model, **about)
            row |= {"after": before, "wanted": first.role}
        generation = lifecycle.submit(user.pk, command.id, tool=tool, model=model, **row)
    failpoints.reach("submit.committed")
    log.info("generation %s: asked for, %s with %s", generation.pk, tool.name, model.name)
    counting.add("submitted", tool=tool.name, model=model.name, queue=generation.queue)
    tracing.took_in(generation.pk, tool.name, model.name, generation.queue, monotonic() - began)
    made = [before, generation] if first is not None else [generation]
    for queue in dict.fromkeys(row.queue for row in made):
        tasks.ring(queue)
        line.joined(queue, [row.pk for row in made])
    return generation


def _first(
    user: User, tool: Tool, params: dict[str, Any], *, given: dict[str, Input], command: Submit, key: ApiKey | None
) -> firsts.Planned | None:
    """What is queued before it, if anything. Refused as in `submit`."""
    first = tool.first(params, given)
    if first is None:
        return None
    model = model_for(user, tools.find(first.tool), None, key)
    planned = firsts.plan(user, first, model, given, command)
    _check_room(lifecycle.queue_of(planned.tool, model))
    limits.check_size(limits_of(user), planned.row["params"])
    return planned


def _check_whole(
    user: User,
    key: ApiKey | None,
    model: Model,
    asked: tuple[dict[str, Any], float],
    first: firsts.Planned | None,
    *,
    waits: bool,
) -> None:
    """What is `asked` for (parameters, as they were before they were fitted to a photo, and device seconds), with what
    has to be made first, against what the person and the key may use."""
    params, cost = asked
    count = int(params.get("count") or 1) + (1 if first else 0)
    whole = cost + (first.cost if first else 0.0)
    limits.check_may_make(user, params | {"count": count}, whole, waits=waits, again=True)
    if key is not None:
        limits.check_key(key, model.name, count, whole)


def cancel(user: User, generation_id: UUID) -> None:
    """Stop one's own generation. Raises Refused: not_found, already_finished."""
    generation = find(user, generation_id)
    before = generation.after
    if not lifecycle.request_cancel(generation):
        raise Refused("already_finished")
    for queue in {generation.queue, before.queue if before else generation.queue}:
        line.tell(queue)


def cancel_all(owner_id: int) -> int:
    """Stop everything of a person that waits or runs; how many."""
    unfinished = list(Generation.objects.filter(owner=owner_id, state__in=[State.QUEUED, State.RUNNING]))
    stopped = sum(lifecycle.request_cancel(generation) for generation in unfinished)
    for queue in {generation.queue for generation in unfinished}:
        transaction.on_commit(partial(line.tell, queue))
    return stopped


def find(user: User, generation_id: UUID) -> Generation:
    """One's own generation; Refused("not_found") for anything else."""
    generation = Generation.objects.filter(pk=generation_id, owner=user).first()
    if generation is None:
        raise Refused("not_found")
    return generation


def snapshot(user: User) -> tuple[Snapshot, list[bytes]]:
    """The person's whole state, and the newest preview frame of each picture that is being made.

    The number is read before the rows: an event between the two is applied twice, which does no harm because events
    tell absolute states.
    """
    seq = events.head(user.pk)
    places = places_of(user)
    generations = describe.recent(user.pk, places)
    running = [view for view in generations if view.state == State.RUNNING]
    frames = [frame for view in running for frame in events.latest_previews(view.id, view.count)]
    return Snapshot(seq=seq, generations=generations), frames


def describe_one(user: User, generation_id: UUID) -> GenerationView:
    """The state of one's own generation. Raises Refused("not_found")."""
    generation = find(user, generation_id)
    views = describe.views([generation], places_of(user) if generation.state not in TERMINAL else {})
    return views[0]


def prompts(user: User) -> list[str]:
    """The person's last prompts, the newest first, each once: PROMPTS_REMEMBERED of them at most."""
    latest = (
        Generation.objects.filter(owner=user).order_by("-created_at", "-id").values_list("params__prompt", flat=True)
    )
    # Many pictures are made of one prompt; beyond so many rows the rest is forgotten.
    asked = [prompt for prompt in latest[: 10 * settings.PROMPTS_REMEMBERED] if prompt]
    return list(dict.fromkeys(asked))[: settings.PROMPTS_REMEMBERED]


def catch_up(user: User, last_seq: int) -> list[dict[str, Any]] | None:
    """The events after `last_seq`; None when a snapshot is needed."""
    return events.replay(user.pk, last_seq)


def _lane(command: Submit, tool: Tool, params: dict[str, Any]) -> str:
    """Programs leave many pictures to be made: only a single small one, or a shape, is taken for one that somebody
    waits for."""
    pixels = int(params.get("width") or 0) * int(params.get("height") or 0)
    alone = int(params.get("count") or 1) == 1
    small = alone and (tool.makes == "model" or 0 < pixels <= settings.API_SMALL_PIXELS)
    return command.lane if small else QueueLane.BULK


def _check_room(queue: str) -> None:
    """Refused("studio_full") when as many wait as may. Asked without a lock: a few more do no harm."""
    waiting = Generation.objects.filter(queue=queue, state=State.QUEUED).order_by()[: settings.QUEUE_MAX]
    if waiting.count() >= settings.QUEUE_MAX:
        raise Refused("studio_full", retry_after=settings.QUEUE_FULL_AGAIN)


def places_of(user: User) -> dict[UUID, Place]:
    """Where what waits of the person stands."""
    places: dict[UUID, Place] = {}
    for queue, waiting in queueing.waiting_of(user.pk).items():
        places |= line.places_lately(queue, waiting)
    return places


def model_for(user: User, tool: Tool, name: str | None, key: ApiKey | None = None) -> Model:
    """The model called `name`, or the first one, if the person may use it for `tool`; without a name, of those that the
    `key` allows. Refused: model_unavailable."""
    usable = [model for model in Model.objects.usable_by(user) if tool.name in model.tools]
    allowed = key.model_names if key is not None and key.model_names else [model.name for model in usable]
    wanted = [model for model in usable if (model.name in allowed if name is None else model.name == name)]
    if not wanted:
        raise Refused("model_unavailable")
    return wanted[0]


def _origins(user: User, command: Submit) -> dict[str, str]:
    """The works a submit names as its origins, as far as the person may see them. One that has gone meanwhile, or was
    never theirs to see, is no reason to refuse: nothing but the credit depends on it."""
    told = {parent.work: parent.kind for parent in command.parents}
    seen = Work.objects.visible_to(user).filter(pk__in=told).values_list("pk", flat=True)
    return {str(pk): told[pk] for pk in seen}


def _inputs(user: User, tool: Tool, command: Submit, attached: bytes | None) -> dict[str, Input]:
    roles = {*tool.needs, *tool.takes}
    given = {role: blobs.find(user.pk, pk) for role, pk in command.inputs.items() if role in roles}
    if attached is not None and command.attached in roles:
        given[str(command.attached)] = blobs.put(user.pk, attached)
    if set(tool.needs) - set(given):
        raise Refused("input_required")
    return given
