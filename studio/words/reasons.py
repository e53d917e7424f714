"""Why something waits, in words: one stable code each, one sentence in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


def _others(people: int) -> str:
    return ngettext("%(people)s other person comes first", "%(people)s other people come first", people)


def _others_and_own(people: int) -> str:
    return ngettext(
        "%(people)s other person and your earlier ones come first",
        "%(people)s other people and your earlier ones come first",
        people,
    )


def _running(limit: int) -> str:
    return ngettext(
        "%(limit)s of yours is being made, the most at a time",
        "%(limit)s of yours are being made, the most at a time",
        limit,
    )


# Each with the parameter that its words depend on, "" for none.
REASONS: dict[str, tuple[str, str | Promise | Callable[[int], str]]] = {
    "next": ("", _("as soon as there is room")),
    "others": ("people", _others),
    "own": ("", _("your earlier ones come first")),
    "others_and_own": ("people", _others_and_own),
    "running_limit": ("limit", _running),
    "bulk": ("", _("pictures that somebody sits and waits for come before batches")),
    "other_model": ("", _("pictures of the model that is loaded come first, for a moment")),
    "picture_first": ("", _("its picture is painted first")),
    "no_worker": ("", _("nothing is being made just now; it goes on by itself")),
    "paused": ("", _("making pictures is paused for a while; it goes on by itself")),
    "workshop_frozen": ("", _("your teacher has paused making pictures")),
    "workshop_over": ("", _("the workshop is over")),
}


def text(code: str, params: Mapping[str, Any]) -> str:
    """The words for `code` in the language active in this thread; "" for one that is not known (any more)."""
    by, words = REASONS.get(code, ("", ""))
    if callable(words) and not isinstance(words, Promise):
        words = words(int(params.get(by, 2)))
    return str(words) % {by: "…", **params}
