"""What people do with collections: make, fill, order, cover, publish, delete. Every function starts at the own ones."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Case, Count, F, Max, Prefetch, Q, QuerySet, When
from django.utils import timezone

from accounts.models import User
from gallery.models import Collection, CollectionItem, Visibility, Work
from gallery.moderation import gate

COVER_PICTURES = 4


class Full(Exception):
    """So many collections, or works in one, are the most."""


def make(user: User, title: str, description: str = "") -> Collection:
    """A new private collection. Raises Full, ValueError for a title without a word."""
    if Collection.objects.of(user).count() >= settings.COLLECTIONS_PER_PERSON:
        raise Full
    return Collection.objects.create(owner=user, title=_title(title), description=description.strip()[:2000])


def find(user: User, collection_id: UUID) -> Collection:
    """One's own collection. Raises Collection.DoesNotExist."""
    return Collection.objects.of(user).get(pk=collection_id)


def describe(collection: Collection, title: str, description: str) -> None:
    """Another title and description. Raises ValueError for a title without a word, gate.Closed."""
    collection.title, collection.description = _title(title), description.strip()[:2000]
    with transaction.atomic():
        _ask(collection)
        _touch(collection, "title", "description")


def set_visibility(collection: Collection, visibility: Visibility) -> None:
    """Who may see the collection itself; its works keep their own visibility. Raises gate.Closed."""
    first = visibility == Visibility.PUBLIC != collection.visibility
    collection.visibility = visibility
    with transaction.atomic():
        if visibility == Visibility.PRIVATE:
            gate.withdrawn_collection(collection)
        _ask(collection, first=first)
        _touch(collection, "visibility")


def _ask(collection: Collection, *, first: bool = False) -> None:
    """The words that others read at once, on its page or by a link. Raises gate.Closed."""
    if collection.visibility != Visibility.PRIVATE or collection.links.lasting().exists():
        gate.ask_collection(collection, first=first)


def add(user: User, collection: Collection, works: Sequence[UUID]) -> int:
    """Put works that `user` may see at the end, in the given order; those in it already stay. Returns how many came.

    Raises Full.
    """
    with transaction.atomic():
        Collection.objects.select_for_update().get(pk=collection.pk)
        known = set(collection.items.values_list("work_id", flat=True))
        seen = set(Work.objects.visible_to(user).filter(pk__in=works).values_list("pk", flat=True))
        new = [pk for pk in dict.fromkeys(works) if pk in seen and pk not in known]
        if len(known) + len(new) > settings.WORKS_PER_COLLECTION:
            raise Full
        last = collection.items.aggregate(last=Max("position"))["last"]
        start = 0 if last is None else last + 1
        CollectionItem.objects.bulk_create(
            CollectionItem(collection=collection, work_id=pk, position=start + n) for n, pk in enumerate(new)
        )
        _touch(collection)
    return len(new)


def remove(collection: Collection, works: Sequence[UUID]) -> int:
    """Take works out; they stay where they were before. Returns how many went."""
    with transaction.atomic():
        gone, _rows = collection.items.filter(work_id__in=works).delete()
        if collection.cover_id in works:
            collection.cover = None
        _touch(collection, "cover")
    return gone


def reorder(collection: Collection, works: Sequence[UUID]) -> None:
    """The works named come first, in that order; those not named (other pages of the list) follow as they were."""
    with transaction.atomic():
        Collection.objects.select_for_update().get(pk=collection.pk)
        items = {item.work_id: item for item in collection.items.order_by("position", "id")}
        named = [items.pop(pk) for pk in dict.fromkeys(works) if pk in items]
        ordered = [*named, *items.values()]
        for position, item in enumerate(ordered):
            item.position = position
        CollectionItem.objects.bulk_update(ordered, ["position"], batch_size=500)
        _touch(collection)


def move(collection: Collection, work: UUID, by: int) -> None:
    """Move one work `by` places towards the end (negative: the beginning)."""
    order = list(collection.items.order_by("position", "id").values_list("work_id", flat=True))
    if work in order:
        place = order.index(work)
        order.insert(max(0, min(len(order) - 1, place + by)), order.pop(place))
        reorder(collection, order)


def set_cover(collection: Collection, work: UUID | None) -> None:
    """One of its works as the cover; None: the first one. Another work is no cover: ValueError."""
    if work is not None and not collection.items.filter(work_id=work).exists():
        raise ValueError("not in the collection")
    collection.cover_id = work
    _touch(collection, "cover")


def works_of(collection: Collection, user: User | AnonymousUser) -> QuerySet[Work]:
    """The works in it that `user` may see, in their order."""
    visible = Work.objects.visible_to(user).filter(collection_items__collection=collection)
    return visible.order_by("collection_items__position", "collection_items__id")


def with_covers(collections: QuerySet[Collection], user: User | AnonymousUser) -> QuerySet[Collection]:
    """`collections`, each with `shown` (items of up to four works for its card, the cover first) and `count`, as
    `user` sees them. Three queries however many there are."""
    visible = Work.objects.visible_to(user)
    is_cover = Case(When(collection__cover=F("work"), then=0), default=1)
    shown = CollectionItem.objects.filter(work__in=visible).select_related("work").prefetch_related("work__files")
    shown = shown.order_by(is_cover, "position", "id")[:COVER_PICTURES]
    count = Count("items", filter=Q(items__work__in=visible))
    return collections.annotate(count=count).prefetch_related(Prefetch("items", shown, to_attr="shown"))


def _title(title: str) -> str:
    clean = " ".join(title.split())[:120]
    if not clean:
        raise ValueError("a collection needs a title")
    return clean


def _touch(collection: Collection, *fields: str) -> None:
    collection.updated_at = timezone.now()
    collection.save(update_fields=[*fields, "updated_at"])
