"""The history of a person's prompts, and how each stands now: for `/history`, and for a socket that comes (back)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from gallery.models import Work
from studio import tools
from studio.comfy import names
from studio.comfy.story import Plan, failure, interruption
from studio.commands.comfy.prompts import listed
from studio.models import TERMINAL, ComfyPrompt, Generation, State
from studio.models.comfy import command_of, prompt_of
from studio.news import events
from studio.words.errors import text

# As many as one answer tells of.
AT_MOST = 200
DELIVERS = "SaveImageWebsocket"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a prompt stands: what is needed to tell a client all of it. `shown` is what each output shows; `code` and
    `message` say why it failed; `stage`, `step` and `index` are the newest progress."""

    plan: Plan
    client: str
    generation: UUID
    state: str
    shown: dict[str, Any]
    code: str = ""
    message: str = ""
    stage: str = ""
    step: int = 0
    index: int = 0


def history(user: User, prompt_id: str = "", most: int = AT_MOST, offset: int = -1) -> dict[str, Any]:
    """The person's ended prompts by id, the oldest first: the newest `most`, or `most` from the `offset`th on."""
    rows = ComfyPrompt.objects.filter(owner=user).only("prompt_id")
    if prompt_id:
        try:
            rows = rows.filter(prompt_id=UUID(prompt_id))
        except ValueError:
            return {}
    made = _generations(user, rows)
    ended = [row for row in rows if row.prompt_id in made and _in_history(made[row.prompt_id])]
    most = max(0, min(most, AT_MOST))
    chosen = ended[offset : offset + most] if offset >= 0 else ended[len(ended) - min(most, len(ended)) :]
    whole = list(ComfyPrompt.objects.filter(pk__in=[row.pk for row in chosen]))
    shown = _shown(user, [(row, made[row.prompt_id]) for row in whole])
    return {str(row.prompt_id): _entry(row, made[row.prompt_id], shown[row.prompt_id]) for row in whole}


def forget(user: User, ids: Iterable[Any] | None = None) -> int:
    """Take ended prompts out of the history, all or those with these ids; how many. Their pictures stay."""
    rows = ComfyPrompt.objects.filter(owner=user).only("prompt_id")
    if ids is not None:
        rows = rows.filter(prompt_id__in=[known for each in ids if (known := prompt_of(f"comfy-{each}"))])
    made = _generations(user, rows)
    ended = [row.pk for row in rows if row.prompt_id not in made or made[row.prompt_id].state in TERMINAL]
    return ComfyPrompt.objects.filter(pk__in=ended).delete()[0]


def stand(user: User, generation_id: UUID) -> Standing | None:
    """How the prompt of a generation stands; None where it is none of a ComfyUI client."""
    made = Generation.objects.filter(owner=user, pk=generation_id).first()
    prompt_id = prompt_of(made.command) if made else None
    row = ComfyPrompt.objects.filter(owner=user, prompt_id=prompt_id).first() if prompt_id else None
    return _standings(user, [(row, made)])[0] if row and made else None


def untold(user: User, client: str, live: Sequence[UUID] = ()) -> tuple[int, list[Standing]]:
    """The prompts of a client, and those of no client, whose end it has not been told, and the generations `live` that
    it knows as unfinished; the oldest first. Before them the number of the newest event that they tell of.

    What ended longer ago than events are kept is told nobody any more.
    """
    seq = events.head(user.pk)
    rows = list(ComfyPrompt.objects.filter(owner=user, client__in=["", client], told=False).order_by("-pk")[:AT_MOST])
    known = Generation.objects.filter(owner=user, pk__in=live).values_list("command", flat=True)
    rows += ComfyPrompt.objects.filter(owner=user, told=True, prompt_id__in=filter(None, map(prompt_of, known)))
    made = _generations(user, rows)
    since = timezone.now() - timedelta(seconds=settings.EVENTS_KEPT_FOR)
    fresh = {prompt_id: each for prompt_id, each in made.items() if (each.finished_at or since) >= since}
    pairs = [(row, fresh[row.prompt_id]) for row in rows if row.prompt_id in fresh]
    return seq, _standings(user, sorted(pairs, key=lambda pair: pair[0].pk))


def tell(user: User, prompt_id: str) -> None:
    """The end of a prompt was told to a socket."""
    ComfyPrompt.objects.filter(owner=user, prompt_id=prompt_id).update(told=True)


def plan_of(row: ComfyPrompt, made: Generation) -> Plan:
    """What the story of a prompt needs."""
    tool = tools.find(made.tool)
    nodes = tuple((node_id, name) for node_id, name in row.nodes)
    count = int(made.params.get("count") or 1)
    return Plan(str(row.prompt_id), nodes, tuple(row.outputs), tool.real_steps(made.params), count)


def _generations(user: User, rows: Iterable[ComfyPrompt]) -> dict[UUID, Generation]:
    commands = [command_of(row.prompt_id) for row in rows]
    found = Generation.objects.filter(owner=user, command__in=commands).order_by()
    return {prompt_id: made for made in found if (prompt_id := prompt_of(made.command))}


def _standings(user: User, pairs: Sequence[tuple[ComfyPrompt, Generation]]) -> list[Standing]:
    shown = _shown(user, pairs)
    return [_standing(row, made, shown[row.prompt_id]) for row, made in pairs]


def _standing(row: ComfyPrompt, made: Generation, shown: dict[str, Any]) -> Standing:
    told = (events.latest(made.pk) or {}) if made.state == State.RUNNING else {}
    message = text(made.error_code, made.error_params) if made.error_code else ""
    return Standing(
        plan=plan_of(row, made),
        client=row.client,
        generation=made.pk,
        state=made.state,
        shown=shown,
        code=made.error_code,
        message=message,
        stage=told.get("stage", ""),
        step=int(told.get("step", 0)),
        index=int(told.get("index", 0)),
    )


def _shown(user: User, pairs: Sequence[tuple[ComfyPrompt, Generation]]) -> dict[UUID, dict[str, Any]]:
    """What the outputs of each prompt show; one that delivers on the socket shows nothing."""
    works: dict[UUID, list[Work]] = defaultdict(list)
    done = [made.pk for _row, made in pairs if made.state == State.FINISHED]
    for work in Work.objects.of(user).filter(generation__in=done).order_by("index"):
        works[work.generation].append(work)
    found: dict[UUID, dict[str, Any]] = {}
    for row, made in pairs:
        classes = dict(row.nodes)
        ended = made.state == State.FINISHED
        outputs = [node_id for node_id in row.outputs if ended and classes[node_id] != DELIVERS]
        found[row.prompt_id] = {
            node_id: {"images": [_image(row, node_id, classes[node_id], work) for work in works[made.pk]]}
            for node_id in outputs
        }
    return found


def _image(row: ComfyPrompt, node_id: str, class_name: str, work: Work) -> dict[str, str]:
    prefix = row.graph[node_id]["inputs"].get("filename_prefix", "ComfyUI_temp")
    subfolder, filename = names.of_work(str(prefix), work.pk)
    return {"filename": filename, "subfolder": subfolder, "type": "output" if class_name == "SaveImage" else "temp"}


def _in_history(made: Generation) -> bool:
    """What never began is only taken out of the queue."""
    return made.state in TERMINAL and not (made.state == State.CANCELLED and made.started_at is None)


def _entry(row: ComfyPrompt, made: Generation, shown: dict[str, Any]) -> dict[str, Any]:
    done = made.state == State.FINISHED
    return {
        "prompt": listed(row),
        "outputs": shown,
        "status": {"status_str": "success" if done else "error", "completed": done, "messages": _messages(row, made)},
        "meta": {
            node_id: {"node_id": node_id, "display_node": node_id, "parent_node": None, "real_node_id": node_id}
            for node_id in shown
        },
    }


def _messages(row: ComfyPrompt, made: Generation) -> list[list[Any]]:
    """What the socket was told, as far as the history keeps it."""
    prompt = {"prompt_id": str(row.prompt_id)}
    begun = prompt | {"timestamp": _ms(made.started_at or made.created_at)}
    ended = prompt | {"timestamp": _ms(made.finished_at or made.created_at)}
    plan = plan_of(row, made)
    if made.state == State.FINISHED:
        last: list[Any] = ["execution_success", ended]
    elif made.state == State.CANCELLED:
        last = ["execution_interrupted", interruption(plan, []) | ended]
    else:
        words = text(made.error_code, made.error_params)
        last = ["execution_error", failure(plan, [], made.error_code, words) | ended]
    return [["execution_start", begun], ["execution_cached", {"nodes": [], **begun}], last]


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
