"""The picture of a card: the thumbnail that fits, over a blurred placeholder, in a box that is right from the start."""

from functools import partial
from typing import Any

from django import template
from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from gallery import sharing
from gallery.models import Reveals, Work
from gallery.recipes import media_url

register = template.Library()


# A card is about as wide as its picture; the stylesheet has a class for each twentieth of the ratio between these.
NARROWEST, WIDEST = 8, 60


@register.filter
def ratio(work: Work) -> str:
    """The class that says how wide a card is for its height: "r20" is a square."""
    twentieths = round(20 * work.width / max(work.height, 1))
    return f"r{min(max(twentieths, NARROWEST), WIDEST)}"


@register.filter
def words_for(work: Work, viewer: User | AnonymousUser) -> str:
    """What a work is called: its title, else its prompt where `viewer` is shown that."""
    return work.title or (work.prompt if work.shows(viewer, Reveals.RECIPE) else "")


@register.filter
def tool_for(work: Work, viewer: User | AnonymousUser) -> str:
    """The tool in words, where `viewer` is shown how the work was made."""
    return work.tool_title if work.shows(viewer, Reveals.RECIPE) else ""


@register.inclusion_tag("gallery/_picture.html")
def thumbnail(work: Work, token: str = "") -> dict[str, Any]:
    """The thumbnails of `work` for an <img> with srcset; sizes that are no wider than a smaller one are left out.

    With the `token` of a link to a collection they are fetched under it.
    """
    place = partial(sharing.media_address, token) if token else media_url
    choices: dict[int, str] = {}
    for side in sorted(settings.THUMBNAIL_SIZES):
        file = work.file(f"thumb-{side}")
        if file:
            choices.setdefault(file.width, place(work, file.role))
    return {
        "work": work,
        "src": next(iter(choices.values()), place(work, "image")),
        "srcset": ", ".join(f"{url} {width}w" for width, url in choices.items()) if len(choices) > 1 else "",
    }
