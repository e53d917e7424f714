"""One act on many works of one's own: the selection of the gallery's pages. Works of others count as none at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.models import User
from gallery import bin as the_bin
from gallery import collecting, publishing
from gallery.finding import tags
from gallery.models import Collection, Visibility, Work
from studio.commands import archives
from studio.words.errors import Refused


@dataclass(frozen=True, slots=True)
class Done:
    """`count` works were changed. `undo` names a deletion for gallery/bin.py; `archive` is one that is being packed."""

    count: int
    undo: str | None = None
    archive: UUID | None = None


Act = Callable[[User, Sequence[UUID], Any], Done]


def act(user: User, name: str, works: Sequence[UUID], value: Any = None) -> Done:
    """Do `name` to `works`. `value` is what the act needs: a visibility, tags, a collection's id.

    Raises Refused: invalid (no such act or value), too_many_works, tags_unfit, collection_full, not_found (collection),
    and those of commands/archives.py.
    """
    if name not in ACTS:
        raise Refused("invalid", fields={"act": {"code": "unknown", "message": name[:40]}})
    if len(works) > settings.BATCH_WORKS:
        raise Refused("too_many_works", limit=settings.BATCH_WORKS)
    try:
        return ACTS[name](user, works, value)
    except tags.UnfitTags:
        raise Refused("tags_unfit", limit=tags.TAGS_MAX) from None
    except collecting.Full:
        raise Refused("collection_full", limit=settings.WORKS_PER_COLLECTION) from None
    except Collection.DoesNotExist:
        raise Refused("not_found") from None
    except ValueError:
        raise Refused("invalid", fields={"value": {"code": "invalid", "message": ""}}) from None


def _delete(user: User, works: Sequence[UUID], value: Any) -> Done:
    count = Work.objects.of(user).filter(pk__in=works).count()
    moment = the_bin.delete(user, works)
    return Done(count, undo=moment.isoformat() if moment else None)


def _save(user: User, works: Sequence[UUID], value: Any) -> Done:
    return Done(publishing.save(user, works, _flag(value)))


def _favourite(user: User, works: Sequence[UUID], value: Any) -> Done:
    return Done(Work.objects.of(user).filter(pk__in=works).update(favourite=_flag(value)))


def _visibility(user: User, works: Sequence[UUID], value: Any) -> Done:
    return Done(publishing.set_visibility(user, works, Visibility(value)))


def _tag(user: User, works: Sequence[UUID], value: Any) -> Done:
    return Done(publishing.tag(user, works, add=_words(value)))


def _untag(user: User, works: Sequence[UUID], value: Any) -> Done:
    return Done(publishing.tag(user, works, remove=_words(value)))


def _collect(user: User, works: Sequence[UUID], value: Any) -> Done:
    """Into the collection with this id, or into a new one with this title: `{"new": title}`."""
    if isinstance(value, dict):
        collection = collecting.make(user, str(value.get("new", "")))
    else:
        collection = collecting.find(user, UUID(str(value)))
    return Done(collecting.add(user, collection, works))


def _archive(user: User, works: Sequence[UUID], value: Any) -> Done:
    made = archives.ask(user, works)
    return Done(len(made.works or ()), archive=made.pk)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false is wanted")
    return value


def _words(value: Any) -> list[str]:
    if not isinstance(value, str) or not (found := tags.parse(value[:2000])):
        raise ValueError("tags are wanted")
    return found


ACTS: dict[str, Act] = {
    "delete": _delete,
    "save": _save,
    "favourite": _favourite,
    "visibility": _visibility,
    "tag": _tag,
    "untag": _untag,
    "collect": _collect,
    "archive": _archive,
}
