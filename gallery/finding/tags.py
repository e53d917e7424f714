"""Tags as people type them, and as they are kept. Which works have them is set in gallery/publishing.py."""

import re
import unicodedata
from collections.abc import Iterable

from gallery.models import Tag
from gallery.models.reactions import TAG_MAX

TAGS_MAX = 20
# What stands between two tags in one field, Chinese commas too.
BETWEEN = re.compile(r"[,;，、；\n]")
# These mean something in an address.
BARRED = re.compile(r"[/\\#?%]")


class UnfitTags(ValueError):
    """More than TAGS_MAX tags, or one longer than TAG_MAX; `code` is "many" or "long"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def fold(name: str) -> str:
    """One tag as it is kept: compatible forms and cases made one, nothing invisible, single spaces. May be empty."""
    text = unicodedata.normalize("NFKC", BARRED.sub(" ", name)).casefold()
    seen = "".join(
        " " if BARRED.match(each) or each.isspace() else each
        for each in unicodedata.normalize("NFKC", text)
        if each.isspace() or unicodedata.category(each)[0] != "C"
    )
    # An address that ends in "." or ".." is another address.
    return " ".join(seen.split()).strip(". ")


def parse(text: str) -> list[str]:
    """The tags in one field, each once, in their order."""
    return folded(BETWEEN.split(text))


def folded(names: Iterable[str]) -> list[str]:
    """`names` folded, each once. Raises UnfitTags."""
    found = list(dict.fromkeys(filter(None, map(fold, names))))
    if len(found) > TAGS_MAX:
        raise UnfitTags("many")
    if any(len(name) > TAG_MAX for name in found):
        raise UnfitTags("long")
    return found


def rows(names: list[str]) -> list[Tag]:
    """The rows of folded `names`; those that nobody has used yet are made."""
    Tag.objects.bulk_create([Tag(name=name) for name in names], ignore_conflicts=True)
    return list(Tag.objects.filter(name__in=names))
