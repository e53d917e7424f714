"""A work's recipe, put back to use: the values that load it into the studio, and the table a person reads."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.models import User
from gallery.models import Reveals, Work, WorkFile

# What a tool calls its inputs -> the file that was kept of each.
INPUTS = {
    "sketch": WorkFile.Role.SKETCH,
    "image": WorkFile.Role.INPUT,
    "mask": WorkFile.Role.MASK,
    "hints": WorkFile.Role.HINTS,
}


def recipe_for_studio(user: User | AnonymousUser, work_id: UUID | str) -> dict[str, Any]:
    """What the studio page needs to load a work: `tool`, `model`, `params`, `inputs` (addresses by the tool's roles)
    and `origin`, which says whose work it is.

    `params` are those the person had set, with this very picture's `seed`; others get what the owner shows them.
    Raises Work.DoesNotExist for works that `user` may not see, or not the recipe of, and for ids that are none.
    """
    try:
        key = work_id if isinstance(work_id, UUID) else UUID(work_id)
    except ValueError:
        raise Work.DoesNotExist from None
    work = Work.objects.visible_to(user).select_related("owner").prefetch_related("files").get(pk=key)
    if not work.shows(user, Reveals.RECIPE):
        raise Work.DoesNotExist
    begun = INPUTS.items() if work.shows(user, Reveals.ALL) else ()
    return {
        "tool": work.tool,
        "model": work.model_name,
        "params": work.recipe.get("params", {}) | {"seed": work.seed},
        "inputs": {name: media_url(work, role) for name, role in begun if work.file(role)},
        "origin": origin(work, user),
    }


def origin(work: Work, user: User | AnonymousUser) -> dict[str, Any]:
    """A work as the studio names it where something is made from it; `by` is None for one's own."""
    by = None if work.owner_id == user.pk else work.owner.get_username()
    words = work.title or (work.prompt if work.shows(user, Reveals.RECIPE) else "")
    return {"work": str(work.pk), "words": words[:80], "by": by, "page": reverse("gallery:work", args=[work.pk])}


def may_carry_recipe(work: Work, viewer: User | AnonymousUser) -> bool:
    """Whether a file that `viewer` gets tells how it was made: their own, or as the owner allows."""
    if work.owner_id == viewer.pk:
        return True
    return work.owner.embed_prompt and work.shows(viewer, Reveals.RECIPE)


def unsafe(facts: Mapping[str, Any]) -> bool:
    """Whether a safety checker found the picture with these facts, or what it began with, unsafe. Settings SAFETY says
    what follows: studio/worker/runner.py, gallery/keeping.py and gallery/moderation/gate.py ask here."""
    return bool((facts.get("safety") or {}).get("unsafe"))


def media_url(work: Work, role: str) -> str:
    """The protected address of one file of a work (gallery/pages/media.py)."""
    return reverse("gallery:media", args=[work.pk, role])


def table(work: Work) -> list[tuple[str, str]]:
    """The recipe as (label, value) rows in the reader's language; what is not known is left out."""
    params: dict[str, Any] = work.recipe.get("params", {})
    rows = [
        (_("Tool"), work.tool_title),
        (_("Model"), work.model_name),
        (_("Engine"), work.engine),
        (_("Size"), f"{work.width} × {work.height}"),
        (_("Steps"), _number(params.get("steps"))),
        ("LoRA", _loras(params.get("loras") or [])),
        (_("Sampler"), str(work.recipe.get("facts", {}).get("sampler") or "")),
        (_("Guidance scale"), _number(params.get("guidance_scale"))),
        (_("Strength"), _number(params.get("strength"))),
        (_("Method"), str(work.recipe.get("facts", {}).get("method") or "")),
        (_("Repaired"), _repaired(work.recipe.get("facts", {}))),
        *_photo(work.recipe.get("facts", {})),
        (_("Edited"), _edited(work.recipe.get("facts", {}).get("edit") or [])),
        (_("Time taken"), _seconds(work.recipe.get("seconds"))),
    ]
    return [(label, value) for label, value in rows if value]


def _photo(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """How a photo came to its colours: what really gave them, and how large the model saw it."""
    ways = {
        "network": _("by the model"),
        "network_and_hints": _("by the model, corrected by hints"),
        "hints": _("by hints alone, without a model"),
    }
    presets = {"person": _("People"), "building": _("Buildings and places")}
    seen = [facts.get("network_width"), facts.get("network_height")]
    size = f"{facts.get('network_size')} ({seen[0]} × {seen[1]})" if all(seen) else ""
    return [
        (_("Colours"), ways.get(str(facts.get("way")), "")),
        (_("What it shows"), presets.get(str(facts.get("preset")), "")),
        (_("Faces seen"), str(facts["faces"]) if "faces" in facts else ""),
        (_("Network size"), size),
        (_("The photo had colours"), _("yes, it was made grey first") if facts.get("coloured_before") else ""),
    ]


def _repaired(facts: dict[str, Any]) -> str:
    """What a restored photo had, and how much of it was made anew."""
    if "made_anew" not in facts:
        return ""
    told = {"scratches": facts["scratches"], "specks": facts["specks"], "percent": _number(100 * facts["made_anew"])}
    return _("scratches: %(scratches)s, specks: %(specks)s, %(percent)s%% of the photo") % told


def _edited(operations: list[dict[str, Any]]) -> str:
    """What was done to a picture afterwards, in words."""
    words = {
        "turn": _("turned"),
        "flip": _("mirrored"),
        "straighten": _("straightened"),
        "crop": _("cropped"),
        "adjust": _("light and colour"),
        "filter": _("filter"),
        "caption": _("caption"),
    }
    return ", ".join(words[each["kind"]] for each in operations if each.get("kind") in words)


def _loras(chosen: list[dict[str, Any]]) -> str:
    return ", ".join(f"{each['name']} × {number_format(each['weight'])}" for each in chosen)


def _number(value: Any) -> str:
    return number_format(value) if isinstance(value, int | float) else ""


def _seconds(value: Any) -> str:
    if not isinstance(value, int | float) or value <= 0:
        return ""
    return _("%(seconds)s s") % {"seconds": number_format(value, decimal_pos=1)}
