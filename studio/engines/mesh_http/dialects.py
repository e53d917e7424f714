"""How servers that make shapes of pictures are spoken to: one row each. Nothing is sent here.

PiAPI (Trellis): https://piapi.ai/docs/trellis-api/create-task. "tasks" is the plain form that a server of one's own has
with a page of code in front of any such network; docs/engines.md describes it.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from studio.engines.mesh_http.asking import Ask
from studio.engines.remote.servers import Target

State = Literal["waiting", "working", "done", "failed"]
# Where a value stands in an answer: names from the outside in.
Path = tuple[str, ...]

# The states that servers of this kind know, in lower case.
STATES: Mapping[str, State] = {
    **dict.fromkeys(("pending", "queued", "staged", "waiting", "created", "submitted"), "waiting"),
    **dict.fromkeys(("processing", "running", "in_progress", "started", "working"), "working"),
    **dict.fromkeys(("completed", "complete", "succeeded", "success", "finished", "done"), "done"),
    **dict.fromkeys(("failed", "failure", "error", "cancelled", "canceled", "expired"), "failed"),
}
ID_MOST, ADDRESS_MOST = 200, 4000


@dataclass(frozen=True, slots=True)
class Dialect:
    """`create` is posted to with `body`; `task` (its `{id}` filled in) is asked for the state, and deleted when nobody
    wants it any more. `id`, `status`, `progress` (0 to 1) and `file` are places in an answer, the first that has
    something counts. `key_in` names the header of the secret, empty for a Bearer token."""

    create: str
    task: str
    body: Callable[[Ask], dict[str, Any]]
    id: tuple[Path, ...]
    status: tuple[Path, ...]
    file: tuple[Path, ...]
    progress: tuple[Path, ...] = ()
    key_in: str = ""

    def headers(self, target: Target) -> dict[str, str]:
        """What says who we are."""
        return {self.key_in: target.secret} if self.key_in and target.secret else target.headers


def _piapi(ask: Ask) -> dict[str, Any]:
    least, most = PIAPI_STEPS
    steps = min(max(ask.steps, least), most)
    details = {
        "image": base64.b64encode(ask.image).decode(),
        "seed": ask.seed,
        "ss_sampling_steps": steps,
        "slat_sampling_steps": steps,
        "ss_guidance_strength": min(ask.guidance_scale, PIAPI_GUIDANCE),
        "slat_guidance_strength": DETAIL_GUIDANCE,
    }
    return {"model": ask.model, "task_type": "image-to-3d", "input": details}


def _plain(ask: Ask) -> dict[str, Any]:
    image = "data:image/png;base64," + base64.b64encode(ask.image).decode()
    return {
        "model": ask.model, "image": image, "prompt": ask.prompt, "seed": ask.seed, "steps": ask.steps,
        "guidance_scale": ask.guidance_scale,
    }  # fmt: skip


# What PiAPI takes for Trellis.
PIAPI_STEPS, PIAPI_GUIDANCE = (10, 50), 10.0
# Trellis shapes the whole by one number and the details by another, which is best left as it is.
DETAIL_GUIDANCE = 3.0
DIALECTS: Mapping[str, Dialect] = {
    "piapi": Dialect(
        create="api/v1/task",
        task="api/v1/task/{id}",
        body=_piapi,
        id=(("data", "task_id"),),
        status=(("data", "status"),),
        file=(("data", "output", "model_file"),),
        key_in="X-API-Key",
    ),
    "tasks": Dialect(
        create="tasks",
        task="tasks/{id}",
        body=_plain,
        id=(("id",), ("task_id",), ("job_id",)),
        status=(("status",), ("state",)),
        file=(("model",), ("model_file",), ("model_url",), ("download_url",)),
        progress=(("progress",),),
    ),
}


def found(answer: Any, places: tuple[Path, ...]) -> Any:
    """What stands at the first of these places that has something; None where there is nothing."""
    for path in places:
        value = answer
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if value not in (None, ""):
            return value
    return None


def text(answer: Any, places: tuple[Path, ...], most: int) -> str:
    """The same, which has to be a text (or a whole number, of an id) of at most `most` signs; "" otherwise."""
    value = found(answer, places)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and len(value) <= most else ""


def state_of(answer: Any, dialect: Dialect) -> State | None:
    """What a server says of a task; None for what makes no sense."""
    return STATES.get(text(answer, dialect.status, 40).lower())


def share_of(answer: Any, dialect: Dialect) -> float | None:
    """How much of the work is done, 0 to 1, where the server says so and it makes sense."""
    share = found(answer, dialect.progress)
    if isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1:
        return float(share)
    return None
