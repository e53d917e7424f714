"""The one door through which owners change what a work says and who sees it: saved, visibility, words, tags.

Every function takes the person and the ids of many works and touches those that are theirs and not in the bin; ids of
anybody else's count as none at all. Pages, the API, collections and moderation all come in here.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from gallery.finding import facets, search, tags
from gallery.models import Reveals, Visibility, Work, WorkTag
from gallery.moderation import gate

# So many works change at once at most; a page's selection is smaller.
MANY = 500
WORDS_MAX = {"title": 120, "description": 2000}


class UnfitWords(ValueError):
    """A title or description that is too long; `field` names it, `limit` is the most characters."""

    def __init__(self, field: str, limit: int) -> None:
        super().__init__(field)
        self.field, self.limit = field, limit


def save(user: User, works: Collection[UUID], saved: bool = True) -> int:
    """Keep works for good, or let them become history again; how many of them are the person's."""
    return _own(user, works).update(saved=saved)


def set_visibility(user: User, works: Collection[UUID], visibility: Visibility) -> int:
    """Who sees these works from now on; how many of them are the person's
    and see this.

    What others may see is saved, too. The first time that a work is made public stays its `published_at`: going private
    and public again puts nothing on top of Explore. What moderators decided stays as it is.

    What becomes public goes through the gate (gallery/moderation/gate.py): some works may be held there, and those that
    must not be public stay as they are. Raises gate.Closed when none of them may.
    """
    own = _own(user, works).exclude(visibility=visibility)
    closed: list[gate.Closed] = []
    with transaction.atomic():
        if visibility == Visibility.PUBLIC:
            passed, closed = gate.before_public(user, own.select_for_update())
            if closed and not passed:
                raise closed[0]
            # By their ids: `own` leaves out what is public already, and a held work is one of those that go on.
            Work.objects.filter(pk__in=[work.pk for work in passed]).update(
                visibility=visibility, saved=True, published_at=Coalesce("published_at", timezone.now())
            )
        elif visibility == Visibility.UNLISTED:
            own.update(visibility=visibility, saved=True)
        else:
            gate.withdrawn(list(own))
            own.update(visibility=visibility)
        return _own(user, works).count() - len(closed)


def set_reveals(user: User, works: Collection[UUID], reveals: Reveals) -> int:
    """What others see of these works besides the picture, and may find them by; how many are the person's."""
    with transaction.atomic():
        count = _own(user, works).update(reveals=reveals)
        search.index(_own(user, works).values_list("pk", flat=True))
    return count


def describe(user: User, work: UUID, *, title: str | None = None, description: str | None = None) -> None:
    """Give a work a title, a description, or both; None leaves it. Raises Work.DoesNotExist, UnfitWords,
    gate.Closed."""
    words = {"title": title, "description": description}
    changed = {name: _tidy(text, lines=name == "description") for name, text in words.items() if text is not None}
    if not changed:
        return
    for name, text in changed.items():
        if len(text) > WORDS_MAX[name]:
            raise UnfitWords(name, WORDS_MAX[name])
    with transaction.atomic():
        if not _own(user, [work]).update(**changed):
            raise Work.DoesNotExist
        _ask_again(user, [work])
        search.index([work])


def set_tags(user: User, work: UUID, names: Collection[str]) -> list[str]:
    """These and no other tags; the tags as they are kept. Raises Work.DoesNotExist, tags.UnfitTags, gate.Closed."""
    wanted = tags.folded(names)
    with transaction.atomic():
        if not _own(user, [work]).select_for_update().exists():
            raise Work.DoesNotExist
        WorkTag.objects.filter(work_id=work).exclude(tag__name__in=wanted).delete()
        _tag([work], wanted)
        _ask_again(user, [work])
        search.index([work])
    facets.forget(user)
    return wanted


def tag(user: User, works: Collection[UUID], *, add: Collection[str] = (), remove: Collection[str] = ()) -> int:
    """Give tags to many works and take others away; how many of the works are the person's.

    Raises gate.Closed, or tags.UnfitTags, and changes nothing, when one of them would have too many.
    """
    more, less = tags.folded(add), tags.folded(remove)
    with transaction.atomic():
        own = list(_own(user, works).select_for_update().values_list("pk", flat=True))
        WorkTag.objects.filter(work__in=own, tag__name__in=less).delete()
        _tag(own, more)
        _ask_again(user, own if more else [])
        search.index(own)
    facets.forget(user)
    return len(own)


def _own(user: User, works: Collection[UUID]) -> QuerySet[Work]:
    if len(works) > MANY:
        raise ValueError(f"more than {MANY} works at once")
    return Work.objects.of(user).filter(pk__in=works)


def _ask_again(user: User, works: Collection[UUID]) -> None:
    """Words changed: those of public works go through the gate again. Raises gate.Closed."""
    for work in Work.objects.filter(pk__in=works, visibility=Visibility.PUBLIC).select_for_update():
        gate.after_words(user, work)


def _tag(works: list[UUID], names: list[str]) -> None:
    links = [WorkTag(work_id=work, tag=row) for row in tags.rows(names) for work in works]
    WorkTag.objects.bulk_create(links, ignore_conflicts=True)
    full = WorkTag.objects.filter(work__in=works).values_list("work_id", flat=True)
    counted: dict[UUID, int] = {}
    for work in full:
        counted[work] = counted.get(work, 0) + 1
    if max(counted.values(), default=0) > tags.TAGS_MAX:
        raise tags.UnfitTags("many")


def _tidy(text: str, *, lines: bool) -> str:
    """Without what cannot be stored or seen at the ends; a title is one line."""
    text = text.replace("\x00", "").replace("\r\n", "\n")
    return text.strip() if lines else " ".join(text.split())
