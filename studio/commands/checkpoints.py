"""The model that a program set for its key, and what the key is making just now: what A1111 keeps for its one user."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import ApiKey, User
from studio.commands import programs
from studio.models import ChosenModel, Model, State
from studio.news import events
from studio.tools import registry
from studio.values.frames import taken_apart
from studio.words.errors import Refused


@dataclass(frozen=True, slots=True)
class Making:
    """What a key's newest unfinished generation does: `done` of everything (0 to 1), steps of the picture at hand, and
    its newest preview (JPEG)."""

    generation: UUID
    waits: bool
    done: float
    index: int
    count: int
    step: int
    total: int
    began: datetime | None
    jpeg: bytes | None


def chosen(user: User, key: ApiKey) -> Model:
    """The model that the key stands at: the one that was set, else the first that makes pictures from words.

    Raises Refused("model_unavailable").
    """
    usable = programs.models(user, key)
    named = ChosenModel.objects.filter(key=key).values_list("model_id", flat=True).first()
    found = next((model for model in usable if model.pk == named), None)
    first = next((model for model in usable if "text_to_image" in model.tools), None)
    if found is None and first is None:
        raise Refused("model_unavailable")
    return found or first or usable[0]


def named(user: User, key: ApiKey, told: str) -> Model:
    """The model that a program calls so: by name or title, with the brackets that A1111 puts behind it or without.

    Raises Refused("model_unavailable").
    """
    plain = told.rpartition(" [")[0] or told if told.endswith("]") else told
    for model in programs.models(user, key):
        if plain.strip().casefold() in (model.name.casefold(), model.title.casefold()):
            return model
    raise Refused("model_unavailable")


def choose(user: User, key: ApiKey, told: str) -> Model:
    """From now on the key stands at that model. Raises as `named`."""
    model = named(user, key, told)
    ChosenModel.objects.update_or_create(key=key, defaults={"model": model})
    return model


def making(user: User, key: ApiKey) -> Making | None:
    """What the key's newest unfinished generation does; None where there is none."""
    row = programs.newest(user, key)
    if row is None:
        return None
    count = int(row.params.get("count") or 1)
    tool = registry().get(row.tool)
    told = (events.latest(row.pk) if row.state == State.RUNNING else None) or {}
    index, step = int(told.get("index", 0)), int(told.get("step", 0))
    total = int(told.get("total", 0)) or (tool.real_steps(row.params) if tool else 0)
    done = told.get("share")
    if done is None:
        done = (index + (step / total if total else 0.0)) / count
    frames = events.latest_previews(row.pk, count) if row.state == State.RUNNING else []
    jpeg = taken_apart(frames[-1])[1] if frames else None
    waits = row.state == State.QUEUED
    return Making(row.pk, waits, min(1.0, float(done)), index, count, step, total, row.started_at, jpeg)


def interrupt(user: User, key: ApiKey) -> bool:
    """Stop what the key is making; False where that is nothing."""
    row = programs.newest(user, key)
    return row is not None and programs.stop(user, row.pk)
