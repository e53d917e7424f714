"""Telling people something: one door, `tell`, and the words for what was told, in the language of who reads it.

A notice is kept as a code with parameters. Each room registers its own codes with `register` (gallery/notice_words.py,
imported when the app is ready); what a code says may change without touching a row.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext

from accounts.models import Notice, User
from accounts.signals import notice_created

# Of one person the newest so many are kept, and none for longer than KEPT_FOR.
KEPT = 300
KEPT_FOR = timedelta(days=180)
CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
OURS = re.compile(r"/(?![/\\])[^\s\\]*")


@dataclass(frozen=True, slots=True)
class Kind:
    """How a code is told. `text` has %(name)s places; `words` turns the codes in a parameter into words.

    `icon` is one of the sprite's; `tone` is "plain", "good" or "grave"; `mail`: also by e-mail where that is on.
    """

    text: str | Promise
    icon: str = "info"
    tone: str = "plain"
    mail: bool = False
    words: Mapping[str, Mapping[str, str | Promise]] = field(default_factory=dict)


KINDS: dict[str, Kind] = {}


def register(code: str, text: str | Promise, **how: Any) -> None:
    """Make a code known; `how` are the fields of Kind. The same code twice is a mistake."""
    assert CODE.fullmatch(code), code
    assert code not in KINDS, code
    KINDS[code] = Kind(text, **how)


def tell(user: User | int, code: str, *, link: str = "", **params: Any) -> Notice:
    """Tell `user` (or the person with that id) what `code` means with `params` (JSON values).

    `link` is a path of ours that the notice leads to. Open pages hear of it once the transaction is committed. The
    text must be registered: AssertionError otherwise. ValueError for a link that leads elsewhere.
    """
    assert code in KINDS, f"register the notice {code!r} first"
    if link and not OURS.fullmatch(link):
        raise ValueError("a notice leads to a page of ours")
    user_id = user if isinstance(user, int) else user.pk
    with transaction.atomic():
        notice = Notice.objects.create(user_id=user_id, code=code, params=params, link=link)
        transaction.on_commit(lambda: notice_created.send(sender=None, notice=notice))
    return notice


def words(code: str, params: Mapping[str, Any]) -> str:
    """The sentence in the language active in this thread. A code that nobody knows any more reads as a plain hint."""
    kind = KINDS.get(code)
    if kind is None:
        return gettext("There is news for you.")
    told = {name: _word(kind, name, value) for name, value in params.items()}
    return str(kind.text) % _Gaps(told)


def kind_of(code: str) -> Kind:
    """How `code` is shown; a plain hint when nobody knows it any more."""
    return KINDS.get(code) or Kind("")


def unseen(user: User) -> int:
    """How many notices `user` has not had before them."""
    return Notice.objects.filter(user_id=user.pk, seen_at=None).count()


def mark_seen(user: User, up_to: int | None = None) -> int:
    """The person has seen the notices, those with an id up to `up_to` (all without it); returns how many were new."""
    fresh = Notice.objects.filter(user_id=user.pk, seen_at=None)
    if up_to is not None:
        fresh = fresh.filter(pk__lte=up_to)
    return fresh.update(seen_at=timezone.now())


def purge() -> int:
    """Forget notices older than KEPT_FOR, and those beyond KEPT of one person; returns how many. For housekeeping."""
    removed = Notice.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
    for user_id in _with_many():
        last = Notice.objects.filter(user_id=user_id).order_by("-id").values_list("pk", flat=True)[KEPT - 1]
        removed += Notice.objects.filter(user_id=user_id, pk__lt=last).delete()[0]
    return removed


def _with_many() -> Iterable[int]:
    many = Notice.objects.order_by().values("user_id").annotate(held=Count("pk")).filter(held__gt=KEPT)
    return [row["user_id"] for row in many]


def _word(kind: Kind, name: str, value: Any) -> Any:
    known = kind.words.get(name)
    if known is None:
        return value
    if isinstance(value, list):
        return gettext(", ").join(str(known.get(each, each)) for each in value)
    return str(known.get(value, value))


class _Gaps(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        # An old notice may lack what today's sentence has a place for: a gap is better than an error.
        return "…"
