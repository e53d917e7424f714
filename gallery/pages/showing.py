"""What the page of a work shows, to its owner, to others, and to whoever follows a link. One place for all three."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from gallery import lineage, metadata, recipes, sources
from gallery.models import Reveals, Work, WorkFile

STAGES = {"image": "gallery/_stage.html", "model": "gallery/_stage_model.html"}
# What a picture is compared with, the first that there is.
BEFORE = (WorkFile.Role.SKETCH, WorkFile.Role.INPUT)


@dataclass(frozen=True, slots=True)
class Shown:
    """One file on the page. The template chooses how by `kind`, the first half of its media type: image, model."""

    url: str
    kind: str
    media_type: str
    role: str
    width: int
    height: int

    @property
    def template(self) -> str:
        """The template that shows a file of this kind large."""
        return STAGES.get(self.kind, "gallery/_stage_file.html")


def context(
    work: Work,
    viewer: User | AnonymousUser,
    address: Callable[[str], str] | None = None,
    *,
    linked: bool = True,
    asked: bool = False,
) -> dict[str, Any]:
    """Everything that the templates of a work's page ask for, as far as `viewer` is shown it.

    `address(role)` is where its files are fetched from. `linked`: with what leads to other works. `asked`: the visitor
    has asked for the picture, also if it is veiled.
    """
    place = address or partial(recipes.media_url, work)
    told = work.shows(viewer, Reveals.RECIPE)
    veiled = work.veiled and not asked
    # What it began with may be what was found unsafe.
    whole = work.shows(viewer, Reveals.ALL) and not veiled
    before = next(filter(None, map(work.file, BEFORE)), None) if whole else None
    image, model, source = (work.file(f"{role}") for role in ("image", "model", "source"))
    return {
        "work": work,
        "own": work.owner_id == viewer.pk,
        "image": _shown(image, place),
        # A shape in space, which `image` is the picture of. A veiled one is not shown before it is asked for.
        "model": _shown(None if veiled else model, place),
        # The code of a scene, which `image` is the card of, where it runs, and whether there can be another version.
        "source": _shown(None if veiled else source, place),
        "sandbox": sources.frame(),
        "changeable": bool(settings.CHAT_URL and settings.CHAT_MODEL),
        "before": _shown(before, place),
        "veiled": veiled,
        # What other sites show of it; they ask nobody.
        "thumbnail": None if work.veiled else _shown(work.file(WorkFile.Role.THUMB_640), place),
        "told": told,
        "repeatable": viewer.is_authenticated and told and not source and _repeatable(work, viewer),
        "carries": recipes.may_carry_recipe(work, viewer),
        "linked": linked,
        "table": recipes.table(work) if told else [],
        "text": metadata.parameters_text(work.recipe, work.seed, work.width, work.height) if told else "",
        "tags": [link.tag.name for link in work.tag_links.all()],
        "origins": lineage.origins(work, viewer) if linked else None,
        "descendants": lineage.descendants(work, viewer) if linked else None,
        "label": settings.AIGC_VISIBLE,
    }


def _repeatable(work: Work, viewer: User | AnonymousUser) -> bool:
    """Whether making it again is offered; whether it can be done is found out by the studio (commands/reruns.py)."""
    begun = any(work.file(role) for role in (*BEFORE, WorkFile.Role.MASK))
    edited = bool(work.recipe.get("facts", {}).get("edit"))
    return "params" in work.recipe and not edited and (not begun or work.shows(viewer, Reveals.ALL))


def _shown(file: WorkFile | None, place: Callable[[str], str]) -> Shown | None:
    if file is None:
        return None
    kind = file.media_type.partition("/")[0]
    return Shown(place(file.role), kind, file.media_type, file.role, file.width, file.height)
