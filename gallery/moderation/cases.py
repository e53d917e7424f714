"""The queue: one open case an item, the most urgent and oldest first, and never the same one for two moderators."""

from collections.abc import Collection as Ids
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from gallery.models import Case, Category, Collection, Remark, Work
from gallery.models.cases import CLAIMED_FOR, Thing

REPORTED, HELD, FLAGGED, APPEAL = "reported", "held", "flagged", "appeal"
# What is looked at first. A case has the highest of its reasons and sources, and a little for every further report.
BY_SOURCE = {HELD: 30, FLAGGED: 40, APPEAL: 55, REPORTED: 10}
BY_CATEGORY: dict[str, int] = {
    Category.MINORS: 100,
    Category.SELF_HARM: 80,
    Category.EXTREMISM: 80,
    Category.VIOLENCE: 60,
    Category.SEXUAL: 60,
    Category.HATE: 60,
    Category.PERSON: 60,
    Category.COPYRIGHT: 40,
    Category.SPAM: 20,
    Category.OTHER: 20,
}
PER_REPORT = 2
MOST = 200


def open_case(
    person: User,
    thing: Thing | None,
    source: str,
    *,
    flags: Iterable[str] = (),
    reason: str | None = None,
) -> Case:
    """The open case about `thing`, or about `person` where that is None: the one that is there, or a new one.

    `reason` is a report's Category, `flags` those that rules or checker named. Call it in a transaction.
    """
    about = _about(person, thing)
    case = _found(about)
    if case is None:
        try:
            with transaction.atomic():
                Case.objects.create(**{"person": person} | about)
        except IntegrityError:
            pass  # somebody else opened it just now
        case = _found(about)
        assert case is not None
    flags = list(flags)
    urgency = max([BY_SOURCE[source], *(BY_CATEGORY.get(each, 0) for each in [*flags, *([reason] if reason else [])])])
    more = PER_REPORT if source == REPORTED and source in case.sources else 0
    case.priority = min(max(case.priority, urgency) + more, MOST)
    case.sources = list(dict.fromkeys([*case.sources, source]))
    case.flags = list(dict.fromkeys([*case.flags, *flags]))
    case.save(update_fields=["priority", "sources", "flags"])
    return case


def _about(person: User, thing: Thing | None) -> dict[str, Any]:
    return {"about_person": True, "person": person} if thing is None else dict(column(thing))


def column(thing: Thing | None) -> dict[str, Thing | None]:
    """In which column of a case or a decision `thing` stands; the other two are empty."""
    kinds = {"work": Work, "collection": Collection, "remark": Remark}
    return {name: thing for name, kind in kinds.items() if isinstance(thing, kind)}


def _found(about: dict[str, Any]) -> Case | None:
    return Case.objects.open().select_for_update().filter(**about).first()


def moderators(but: User | None = None) -> QuerySet[User]:
    """Everybody who can decide cases now."""
    may = Permission.objects.filter(codename="moderate", content_type__app_label="gallery")
    granted = Q(is_superuser=True) | Q(groups__permissions__in=may) | Q(user_permissions__in=may)
    in_office = Q(suspended_at=None) | Q(suspended_until__lt=timezone.now())
    people = User.objects.filter(granted, in_office, is_active=True)
    return (people.exclude(pk=but.pk) if but else people).distinct()


def is_alone(moderator: User) -> bool:
    """Whether nobody else can decide: then even an appeal against one's own decision is theirs."""
    return not moderators(but=moderator).exists()


def waiting(moderator: User) -> int:
    """How many cases this moderator could take or has."""
    return _free(moderator).count()


def claim_next(moderator: User, passed: Ids[int] = ()) -> Case | None:
    """The case that `moderator` has before them, else the next one nobody has; those `passed` over come last.

    It is theirs for CLAIMED_FOR from now. None: there is nothing to do.
    """
    for rows in (_free(moderator).exclude(pk__in=passed), _free(moderator)):
        for pk in rows.values_list("pk", flat=True)[:20]:
            if (case := claim(moderator, pk)) is not None:
                return case
    return None


def claim(moderator: User, case_id: int) -> Case | None:
    """Take one case, or hold on to it for longer; None when another moderator has it, or it is not for this one."""
    now = timezone.now()
    taken = _free(moderator).filter(pk=case_id).order_by()
    # Guarded: of two who ask at once, one gets it.
    mine = Case.objects.open().filter(_nobodys(moderator), pk__in=list(taken.values_list("pk", flat=True)))
    if not mine.update(claimed_by=moderator, claimed_until=now + CLAIMED_FOR):
        return None
    return Case.objects.select_related("work", "collection", "remark", "person", "appeal__decision").get(pk=case_id)


def release(moderator: User, case_id: int) -> None:
    """Give a case back to the others."""
    Case.objects.filter(pk=case_id, claimed_by=moderator).update(claimed_by=None, claimed_until=None)


def close(case: Case) -> None:
    """The case is decided."""
    case.closed_at, case.claimed_by, case.claimed_until = timezone.now(), None, None
    case.save(update_fields=["closed_at", "claimed_by", "claimed_until"])


def _free(moderator: User) -> QuerySet[Case]:
    return Case.objects.for_moderator(moderator, alone=is_alone(moderator)).filter(_nobodys(moderator))


def _nobodys(moderator: User) -> Q:
    return Q(claimed_by=None) | Q(claimed_by=moderator) | Q(claimed_until__lt=timezone.now())
