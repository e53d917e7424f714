"""Which template does what: those that come with us, and the administrator's (studio.models.Workflow)."""

from functools import cache
from pathlib import Path

from django.db import connection

from studio.engines.base import EngineError
from studio.engines.comfyui import template
from studio.engines.comfyui.template import Template
from studio.job import ModelRef
from studio.models import Workflow

FOLDER = Path(__file__).parent / "workflows"
# How a model names the template that serves one tool: a role of its parts, `workflow:inpaint`, or for any, `workflow`.
ROLE = "workflow"


@cache
def shipped() -> dict[str, Template]:
    """By name."""
    return {file.stem: template.loads(file.stem, file.read_bytes()) for file in sorted(FOLDER.glob("*.json"))}


def find(model: ModelRef, tool: str, preset: str = "") -> Template:
    """The template by which `model` does `tool`: the one that the model names, else an administrator's for its family,
    else one of ours. `preset` is what is coloured, where that matters.

    Raises EngineError("workflow_missing") where there is none, or where it is not what it was.
    """
    named = model.parts.get(f"{ROLE}:{tool}") or model.parts.get(ROLE)
    found = [_named(named)] if named else [*_of_family(model.family), *shipped().values()]
    fit = [each for each in found if each is not None and tool in each.tools]
    fit.sort(key=lambda each: each.preset != preset)  # stable: the administrator's stay first
    if not fit:
        raise EngineError("workflow_missing", tool=tool)
    return fit[0]


def known() -> list[Template]:
    """Ours, and the administrator's that are in use. For a thread that has no other use for the database."""
    try:
        rows = [_of_row(row) for row in Workflow.objects.filter(enabled=True)]
        return [*shipped().values(), *(each for each in rows if each is not None)]
    finally:
        connection.close()


def _named(name: str) -> Template | None:
    row = Workflow.objects.filter(name=name, enabled=True).first()
    return _of_row(row) if row is not None else shipped().get(name)


def _of_family(family: str) -> list[Template]:
    rows = Workflow.objects.filter(family=family, enabled=True) if family else []
    return [each for row in rows if (each := _of_row(row)) is not None]


def _of_row(row: Workflow) -> Template | None:
    """None where the row was changed by other means than the admin's page, which checks it."""
    try:
        return template.read(row.name, row.document())
    except template.BadTemplate:
        return None
