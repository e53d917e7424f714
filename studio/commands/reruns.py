"""Making a work again: the same recipe, seed and inputs, to see how far the pixels differ."""

import uuid

from accounts.models import User
from gallery import files
from gallery.models import Lineage, Reveals, Work
from gallery.recipes import INPUTS
from studio import tools
from studio.commands import generations
from studio.files import blobs
from studio.models import Generation, Model
from studio.protocol import Submit
from studio.tools.base import Tool
from studio.words.errors import Refused


def rerun(user: User, work_id: uuid.UUID) -> Generation:
    """Submit the recipe of a work that `user` may see again; one picture, by this one's own seed.

    Raises Refused: not_found, not_repeatable (an edited picture, or inputs that are gone or not shown), and the codes
    of `generations.submit`: model_unavailable, adapter_unavailable, invalid, queue_full, …
    """
    work = find(user, work_id)
    tool = tools.find(work.tool)
    if not may_repeat(work, user):
        raise Refused("not_repeatable")
    params = tool.one_of(work.recipe["params"], work.recipe.get("facts", {}))
    if "seed" in tool.form_class.base_fields:
        params["seed"] = work.seed
    params = {name: value for name, value in params.items() if name in tool.form_class.base_fields}
    command = Submit(
        type="submit",
        id=uuid.uuid4().hex,
        tool=work.tool,
        model=work.model_name,
        params=params,
        lane="bulk",
        inputs={role: blobs.put(user.pk, data).pk for role, data in _inputs(work, _given(work, tool)).items()},
    )
    return generations.submit(user, command, parents={work.pk: Lineage.Kind.RERUN})


def find(user: User, work_id: uuid.UUID) -> Work:
    """A work whose recipe `user` is shown; Refused("not_found") for anything else."""
    visible = Work.objects.visible_to(user).select_related("owner").prefetch_related("files")
    work = visible.filter(pk=work_id).first()
    if work is None or not work.shows(user, Reveals.RECIPE):
        raise Refused("not_found")
    return work


def may_repeat(work: Work, user: User) -> bool:
    """Whether all that the picture was made from is there, and shown to `user`."""
    tool = tools.registry().get(work.tool)
    if tool is None or work.recipe.get("facts", {}).get("edit") or "params" not in work.recipe:
        return False
    return all(work.file(INPUTS.get(role, "")) and work.shows(user, Reveals.ALL) for role in tool.needs)


def _given(work: Work, tool: Tool) -> tuple[str, ...]:
    """What it was made from: all that the tool needs, and what else was given."""
    return *tool.needs, *(role for role in tool.takes if work.file(INPUTS[role]))


def weights_changed(work: Work) -> bool | None:
    """Whether the model has other weights now than when the picture was made; None: it is gone, or nobody knows."""
    before = work.recipe.get("versions", {}).get("weights")
    model = Model.objects.filter(name=work.model_name, enabled=True).first()
    return None if model is None or before is None else model.fingerprint != before


def _inputs(work: Work, needs: tuple[str, ...]) -> dict[str, bytes]:
    try:
        return {role: files.WORKS.store.read(work.file(INPUTS[role]).sha256) for role in needs}  # type: ignore[union-attr]
    except FileNotFoundError:
        raise Refused("not_repeatable") from None
