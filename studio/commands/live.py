"""Commands of live drawing: draw, leave, pin. A frame is no row: a drawing goes into the mailbox, past the database.

The form, the model and its rights are checked when tool, model or parameters change, not for every stroke.
"""

import json
import logging
import math
import time
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings

from accounts.limits import limits_of
from accounts.models import ApiKey, User
from studio import tools
from studio.commands import generations, wording
from studio.commands.adapters import check_loras
from studio.files import intake
from studio.job import LIVE_VARIANT, AdapterRef, ModelRef
from studio.models import Adapter, Generation, Model
from studio.news import events
from studio.protocol import Draw, Notice, Pin, Submit
from studio.protocol.roomlive import RoomDraw
from studio.queue import limits, mailbox
from studio.tools.base import Tool
from studio.values import queues
from studio.words.errors import Refused

log = logging.getLogger(__name__)

# How long a check of the form and of the rights holds, in seconds.
ADMITTED_FOR = 10
# A draft makes at least so many real steps, whatever the strength: with fewer nothing would change.
LEAST_STEPS = 2


@dataclass(frozen=True, slots=True)
class Admitted:
    """What a person may have drawn live: checked parameters, and the model to draw with."""

    tool: str
    needs: tuple[str, ...]
    params: dict[str, Any]
    model: ModelRef
    engine: str
    queue: str
    weight: float
    adapters: tuple[AdapterRef, ...]


def draw(user: User, command: Draw, attached: bytes | None, address: str) -> None:
    """Have a frame of the board made and sent to `address` (studio/news/events.py); nothing for an outdated revision.

    Raises Refused: those of `generations.submit` about tool, model, parameters and drawing, prompt_blocked, not_live,
    too_many_boards, live_unavailable, quota_exceeded (size, gpu_seconds_per_day).
    """
    admitted = admit(user.pk, command.tool, command.model, command.kind, command.params)
    header = frame_of(admitted, command, attached, command.board) | {"address": address}
    _put(user.pk, command, admitted.queue, json.dumps(header).encode(), attached or b"")


def admit(
    payer_id: int, tool: str, model: str | None, kind: str, params: dict[str, Any], *, asker_id: int | None = None
) -> Admitted:
    """What may be drawn live so on the account of `payer_id`; of somebody else's account `asker_id` asks, whose words
    they are. Refused as in `draw`. Asked of the database once in ADMITTED_FOR seconds."""
    given = json.dumps(params, sort_keys=True)
    asker = None if asker_id == payer_id else asker_id
    return _admit(payer_id, tool, model, kind, given, int(time.time() / ADMITTED_FOR), asker_id=asker)


def frame_of(admitted: Admitted, command: Draw | RoomDraw, attached: bytes | None, seed_of: str) -> dict[str, Any]:
    """What a worker has to know to make the frame, as JSON. Without a seed the board `seed_of` keeps one of its own.
    Raises Refused: input_required, and those of intake.check_live."""
    if admitted.needs and (attached is None or command.attached not in admitted.needs):
        raise Refused("input_required")
    if attached is not None:
        intake.check_live(attached)
    params = dict(admitted.params)
    if params.get("seed") is None:
        params["seed"] = zlib.crc32(seed_of.encode())
    return {
        "kind": command.kind,
        "tool": admitted.tool,
        "role": command.attached if admitted.needs else None,
        "params": params,
        "model": asdict(admitted.model),
        "adapters": [asdict(ref) for ref in admitted.adapters],
        "engine": admitted.engine,
        "weight": admitted.weight,
    }


def leave(user: User, boards: Iterable[str]) -> None:
    """Stop what is being made of one's own boards. Never raises: without Redis nothing is being made."""
    try:
        for board in boards:
            worker = mailbox.last_worker(user.pk, board)
            if worker is not None:
                mailbox.leave(worker, user.pk, board)
    except mailbox.UNREACHABLE as error:
        log.warning("a live board was not left, Redis does not answer: %s", error)


def check_key(key: ApiKey) -> None:
    """Frames are not counted for a key: one that is bound to models or to so much a day cannot draw live. Raises
    Refused("key_not_live")."""
    if key.model_names or key.images_per_day is not None or key.gpu_seconds_per_day is not None:
        raise Refused("key_not_live")


def pin(user: User, command: Pin, attached: bytes | None, key: ApiKey | None = None) -> Generation:
    """Keep the picture of a refined frame: an ordinary, durable submit. Raises Refused like `generations.submit`."""
    params = command.params | {"count": 1}
    if params.get("seed") is None:
        params["seed"] = zlib.crc32(command.board.encode())
    about = command.model_dump(include={"id", "tool", "model", "attached", "parents"})
    submit = Submit(type="submit", params=params, board=command.on_board, **about)
    return generations.submit(user, submit, attached, key=key)


def _put(owner_id: int, command: Draw, queue: str, header: bytes, data: bytes) -> None:
    try:
        worker = mailbox.worker_for(owner_id, command.board, queue)
        if worker is None:
            raise Refused("live_unavailable")
        if mailbox.put(worker, owner_id, command.board, revision=command.revision, header=header, data=data) == "full":
            raise Refused("too_many_boards", limit=settings.LIVE_BOARDS_PER_USER)
    except mailbox.UNREACHABLE as error:
        log.warning("a live board was not taken, Redis does not answer: %s", error)
        raise Refused("live_unavailable") from error


@lru_cache(maxsize=1024)
def _admit(
    owner_id: int,
    tool_name: str,
    model_name: str | None,
    kind: str,
    given: str,
    _until: int,
    *,
    asker_id: int | None = None,
) -> Admitted:
    """Refusals are not remembered; `_until` makes what was admitted be asked again after a while."""
    tool = tools.find(tool_name)
    user = User.objects.get(pk=owner_id)
    asker = user if asker_id is None else User.objects.get(pk=asker_id)
    model = generations.model_for(user, tool, model_name)
    live = model.defaults.get("live")
    if live is None or "steps" not in tool.form_class.base_fields:
        raise Refused("not_live")
    params = tool.clean(json.loads(given) | {"count": 1}, model)
    params["loras"] = check_loras(user, model, params.get("loras") or [])
    params, notes = wording.admit(asker, params)
    if notes:
        events.publish(asker.pk, Notice(code="live_prompt_softened").model_dump(mode="json"))
    allowed = limits_of(user)
    limits.check_stopped(allowed)
    if stopped := limits_of(asker).stopped:
        raise Refused(stopped, of="asker")
    limits.check_size(allowed, params)
    limits.check_device_seconds(allowed, limits.use_of(user.pk))
    adapters = Adapter.objects.refs(user, model.family, params)
    variant = ""
    if kind == "draft":
        params = tool.clean(_quickly(tool, params, live), model)
        variant = LIVE_VARIANT
    queue = model.queue if queues.has_device(model.queue) else queues.DEVICE
    ref = model.ref(variant)
    return Admitted(tool.name, tool.needs, params, ref, model.engine, queue, allowed.weight, adapters)


def _quickly(tool: Tool, params: dict[str, Any], live: dict[str, Any]) -> dict[str, Any]:
    """`params` with what the model wants otherwise for drafts; never more steps than for the refined picture."""
    draft = params | {name: value for name, value in live.items() if name in tool.form_class.base_fields}
    least = math.ceil(LEAST_STEPS / draft["strength"]) if "strength" in draft else 1
    steps = min(int(params["steps"]), max(int(draft["steps"]), least))
    # Few steps are the matter of the sampler that goes with them, not of the one chosen for full quality.
    return draft | {"steps": steps, "sampler": live.get("sampler", ""), "upscale": 1}


def offers_live(model: Model) -> bool:
    """Whether the model is quick enough to draw with, as its catalogue entry says."""
    return model.defaults.get("live") is not None


def forget_admitted() -> None:
    """Check everybody's next drawing anew: what somebody may do has changed."""
    _admit.cache_clear()
