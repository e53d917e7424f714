"""The picture of a card: the thumbnail that fits, over a blurred placeholder, in a box that is right from the start."""

from typing import Any

from django import template
from django.conf import settings

from gallery.models import Work
from gallery.recipes import media_url

register = template.Library()


@register.inclusion_tag("gallery/_picture.html")
def thumbnail(work: Work) -> dict[str, Any]:
    """The thumbnails of `work` for an <img> with srcset; sizes that are no wider than a smaller one are left out."""
    choices: dict[int, str] = {}
    for side in sorted(settings.THUMBNAIL_SIZES):
        file = work.file(f"thumb-{side}")
        if file:
            choices.setdefault(file.width, media_url(work, file.role))
    return {
        "work": work,
        "src": next(iter(choices.values()), media_url(work, "image")),
        "srcset": ", ".join(f"{url} {width}w" for width, url in choices.items()) if len(choices) > 1 else "",
    }
