"""Code scenes: which work one goes on from, and the versions of each."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Max, Min

from accounts.models import User
from gallery.models import Lineage, Reveals, Work, WorkFile
from studio.commands import wording
from studio.models import TERMINAL, Generation, Model, State
from studio.tools.base import Tool
from studio.tools.code_scene import CodeScene
from studio.words.errors import Refused

# Scenes on the list, and versions of one.
LISTED = 60
VERSIONS = 100


@dataclass(frozen=True, slots=True)
class Version:
    """One attempt at a scene. `number` counts from 1; `work` is None for one that failed, was stopped or goes on."""

    number: int
    generation: Generation
    work: Work | None

    @property
    def running(self) -> bool:
        return self.generation.state not in TERMINAL


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene with its first words and its newest version that there is a work of."""

    id: UUID
    words: str
    versions: int
    newest: Work | None
    running: bool


def models(user: User) -> list[Model]:
    """The models that write scenes for this person; none: it is switched off, or not for them."""
    return [model for model in Model.objects.usable_by(user) if CodeScene.name in model.tools]


def sees(user: User) -> bool:
    """Whether sketches may be sent along."""
    return bool(settings.CHAT_SEES and models(user))


def begun_with(user: User, tool: Tool, params: dict[str, Any]) -> dict[str, str]:
    """The work that a scene with these `params` goes on from, as an origin (Generation.parents); {} for a new one.

    Raises Refused: not_found where the person may not see it or its code, or it has none; prompt_blocked.
    """
    if tool.name != CodeScene.name or not params["work"]:
        return {}
    if params["error"]:
        wording.judge(user, params["error"])
    found = readable(user, UUID(params["work"]))
    return {str(found.pk): Lineage.Kind.EDIT if found.owner_id == user.pk else Lineage.Kind.REMIX}


def readable(user: User, work: UUID) -> Work:
    """A scene whose code the person may read. Raises Refused("not_found")."""
    seen = Work.objects.visible_to(user).filter(pk=work, files__role=WorkFile.Role.SOURCE)
    found = seen.select_related("owner").prefetch_related("files").first()
    if found is None or not found.shows(user, Reveals.RECIPE):
        raise Refused("not_found")
    return found


def of(user: User) -> list[Scene]:
    """The person's scenes, the one that was worked on last first."""
    rows = Generation.objects.filter(owner=user, tool=CodeScene.name, board__isnull=False)
    grouped = rows.order_by().values("board").annotate(began=Min("created_at"), last=Max("created_at"))
    boards = [each["board"] for each in grouped.order_by("-last")[:LISTED] if each["board"]]
    versions: dict[UUID, list[Generation]] = {board: [] for board in boards}
    for row in rows.filter(board__in=boards).order_by("created_at", "id"):
        versions[row.board].append(row)  # type: ignore[index]
    works = _works(user, [row.pk for each in versions.values() for row in each])
    scenes = []
    for board, each in versions.items():
        kept = [works[row.pk] for row in each if row.pk in works]
        running = any(row.state not in TERMINAL for row in each)
        if kept or running or any(row.state == State.FAILED for row in each):
            words = next((row.params.get("prompt") for row in each if row.params.get("prompt")), "")
            scenes.append(Scene(board, words or "", len(each), kept[-1] if kept else None, running))
    return scenes


def versions(user: User, scene: UUID) -> list[Version]:
    """All attempts at one's own scene, the oldest first. Raises Refused("not_found")."""
    rows = Generation.objects.filter(owner=user, tool=CodeScene.name, board=scene).order_by("-created_at", "-id")
    newest = list(rows[:VERSIONS])
    if not newest:
        raise Refused("not_found")
    works = _works(user, [row.pk for row in newest])
    first = rows.count() - len(newest) + 1
    return [Version(number, row, works.get(row.pk)) for number, row in enumerate(reversed(newest), start=first)]


def _works(user: User, generations: list[UUID]) -> dict[UUID, Work]:
    found = Work.objects.of(user).filter(generation__in=generations, index=0).prefetch_related("files")
    return {work.generation: work for work in found}
