"""The bell in the header of every page: one small indexed query for people who are logged in, none for visitors."""

from typing import Any

from django import template

from accounts import notices

register = template.Library()


@register.inclusion_tag("accounts/_bell.html", takes_context=True)
def bell(context: dict[str, Any]) -> dict[str, Any]:
    """How many notices the reader has not had before them, as a link to all of them."""
    return {"unseen": notices.unseen(context["user"]), "request": context.get("request")}
