"""The models of works, placed in something new: whether a person may use them, and their files for the worker.

One's own may be used, and public ones whose owners show how they were made: the same that may be remixed.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from gallery import publishing
from gallery.files import WORKS
from gallery.models import Lineage, Reveals, Work, WorkFile
from studio import tools
from studio.models import Generation
from studio.values import worlds
from studio.words.errors import Refused

ROLE = "model"


def usable(user: User, works: Iterable[UUID]) -> QuerySet[WorkFile]:
    """The files of those of `works` that are models and that `user` may place."""
    shown = Work.objects.visible_to(user)
    mine = shown.filter(owner=user) | shown.exclude(reveals=Reveals.PICTURE)
    return WorkFile.objects.filter(work__in=mine, work_id__in=list(works), role=ROLE)


def check(user: User, works: set[UUID]) -> None:
    """Refused("world_model_gone") for a work that is no model or not theirs to use; which of the two nobody is told,
    it may be somebody's secret."""
    if works and usable(user, works).count() < len(works):
        raise Refused("world_model_gone")


def save(user: User, works: set[UUID]) -> None:
    """Those that are `user`'s own expire no more."""
    if works:
        publishing.save(user, works)


def admit(user: User, works: set[UUID]) -> dict[str, str]:
    """All of them as what something new is made from (Generation.parents). Raises Refused: as `check`, and
    world_too_large where the files are more than an engine shall hold at once."""
    check(user, works)
    size = sum(usable(user, works).values_list("size", flat=True))
    if size > worlds.MODELS_BYTES:
        raise Refused("world_too_large", limit=f"{worlds.MODELS_BYTES // 2**20} MB")
    return {str(work): Lineage.Kind.INPUT for work in works}


def read(generation: Generation) -> dict[str, bytes]:
    """The models (GLB) that its tool places, by the ids of their works. They are looked at anew: much may have happened
    while it waited. Raises Refused as `check`, FileNotFoundError when a file is lost."""
    tool, owner = tools.registry().get(generation.tool), generation.owner
    works = tool.places(generation.params) if tool is not None else set()
    check(owner, works)
    return {str(file.work_id): WORKS.store.read(file.sha256) for file in usable(owner, works)} if works else {}
