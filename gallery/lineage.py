"""Where works come from and what came of them: a few generations, as far as the viewer may see."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q

from accounts.models import User
from gallery.models import Lineage, Work

GENERATIONS = 3
# Works shown of one generation, all branches together.
SHOWN = 24

Viewer = User | AnonymousUser


@dataclass(slots=True)
class Kin:
    """One work and what is beyond it. `work` is None where the original is gone; `hidden` counts those that the viewer
    may not see, `more` those that there was no room for."""

    work: Work | None
    kind: str = ""
    kin: list["Kin"] = field(default_factory=list)
    hidden: int = 0
    more: int = 0

    @property
    def any(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.kin or self.hidden or self.more)


def origins(work: Work, viewer: Viewer) -> Kin:
    """What `work` was made from, and what that was made from."""
    return _grown(work, viewer, near="child", far="parent")


def descendants(work: Work, viewer: Viewer) -> Kin:
    """What was made from `work`, and what was made from that."""
    return _grown(work, viewer, near="parent", far="child")


def _grown(work: Work, viewer: Viewer, *, near: str, far: str) -> Kin:
    """A tree away from `work`: two queries a generation. A work that two branches reach stands at the first of them."""
    root = Kin(work)
    rim = {work.pk: root}
    seen = {work.pk}
    for _ in range(GENERATIONS):
        totals = _totals(rim, viewer, near, far)
        links = _links(list(rim), viewer, near, far)
        following: dict[UUID, Kin] = {}
        shown: dict[UUID, int] = defaultdict(int)
        for link in links:
            before = getattr(link, f"{near}_id")
            other = getattr(link, far)
            shown[before] += 1
            if other is None or other.deleted_at:
                rim[before].kin.append(Kin(None, link.kind))
            elif other.pk not in seen:
                seen.add(other.pk)
                following[other.pk] = Kin(other, link.kind)
                rim[before].kin.append(following[other.pk])
        for pk, (visible, every) in totals.items():
            rim[pk].hidden = every - visible
            rim[pk].more = visible - shown[pk]
        rim = following
        if not rim:
            break
    return root


def _seen(viewer: Viewer, far: str) -> Q:
    """Links whose other end the viewer may see, or, of an origin, is told that it is gone."""
    visible = Q(**{f"{far}__in": Work.objects.visible_to(viewer)})
    gone = Q(parent=None) | Q(parent__deleted_at__isnull=False)
    return visible | gone if far == "parent" else visible


def _links(rim: Sequence[UUID], viewer: Viewer, near: str, far: str) -> list[Lineage]:
    links = Lineage.objects.filter(_seen(viewer, far), **{f"{near}__in": rim})
    return list(links.select_related(far, f"{far}__owner").prefetch_related(f"{far}__files").order_by("id")[:SHOWN])


def _totals(rim: dict[UUID, Kin], viewer: Viewer, near: str, far: str) -> dict[UUID, tuple[int, int]]:
    """For each work: how many of its links the viewer sees, and how many there are; nobody counts what was made and
    then deleted."""
    kept = Q(child__deleted_at=None) if far == "child" else Q()
    counted = (
        Lineage.objects.filter(kept, **{f"{near}__in": list(rim)})
        .order_by()
        .values_list(near)
        .annotate(visible=Count("id", filter=_seen(viewer, far)), every=Count("id"))
    )
    return {pk: (visible, every) for pk, visible, every in counted}
