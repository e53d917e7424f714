"""What people used of the device lately, for the fair share. Half of it is forgotten every half FAIR_WINDOW.

A running sum that fades, not a sum over a window: where everything fades at the same pace, equal shares stay equal. A
window forgets in the rhythm in which things happened, and repeats it: whoever had ten minutes alone and whoever comes
then would have the device in turns of five minutes for ever (docs/decisions.md).

And nobody saves up: whoever comes after a pause starts level with the one of the others who had least for their weight.
"""

import math
import time
from collections.abc import Collection, Iterable, Mapping

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Exp, Greatest

from accounts import workshops
from accounts.limits import Limits, limits_of_all
from accounts.models import User
from studio.models import FairUse, Generation, State
from studio.queue.fairness import Share, person

# Beyond so many natural fadings nothing is left; PostgreSQL's exp() refuses to go further.
NOTHING_LEFT = -300.0
# After so long (s) a row says nothing any more, and is dropped.
FORGOTTEN_AFTER = 24 * 3600.0


def clock() -> float:
    """Now, in Unix seconds."""
    return time.time()


def workshop(workshop_id: int) -> str:
    """The name under which the use of a workshop's people together is counted."""
    return f"w{workshop_id}"


def share_of(limits: Limits) -> Share:
    """The share of somebody with these limits: their own, or their workshop's."""
    return Share(limits.weight, limits.running, workshop(limits.workshop) if limits.workshop else "")


def used(owners: Collection[int], shares: Mapping[int, Share]) -> dict[str, float]:
    """The device seconds lately of each of `owners` and of their workshops, by name."""
    groups = {int(share.party[1:]) for share in shares.values() if share.party}
    now = clock()
    rows = FairUse.objects.filter(Q(owner__in=owners) | Q(workshop__in=groups))
    return {
        person(owner_id) if owner_id else workshop(workshop_id): seconds * math.exp(min(0.0, at - now) / _life())
        for owner_id, workshop_id, seconds, at in rows.values_list("owner_id", "workshop_id", "seconds", "at")
    }


def charge(owner_id: int, seconds: float) -> None:
    """The device worked so long for this person, and so for their workshop."""
    if seconds <= 0:
        return
    group = User.objects.filter(pk=owner_id).values_list("workshop_id", flat=True).first()
    with transaction.atomic(savepoint=False):
        _set({"owner_id": owner_id}, _faded() + seconds, seconds)
        if group:
            _set({"workshop_id": group}, _faded() + seconds, seconds)


def arrive(owner_id: int, queue: str) -> None:
    """Somebody asks for something in `queue`: if they had nothing there, they start level with whoever had least.

    Within the transaction that makes the row, before it does.
    """
    unfinished = Generation.objects.filter(queue=queue, state__in=[State.QUEUED, State.RUNNING])
    there = set(unfinished.exclude(owner__in=workshops.stopped_people()).order_by().values_list("owner_id", flat=True))
    if owner_id in there or not there:
        return
    limits = limits_of_all({owner_id, *there})
    shares = {pk: share_of(each) for pk, each in limits.items()}
    seconds = used({owner_id, *there}, shares)
    mine = shares[owner_id]
    fellows = [pk for pk in there if mine.party and shares[pk].party == mine.party]
    others = [pk for pk in there if pk not in fellows]
    if mine.party:
        _lift({"owner_id": owner_id}, person(owner_id), seconds, [(person(pk), 1.0) for pk in fellows], 1.0)
    if not fellows:
        of_others = [(shares[pk].party or person(pk), shares[pk].weight) for pk in others]
        key = {"workshop_id": int(mine.party[1:])} if mine.party else {"owner_id": owner_id}
        _lift(key, mine.party or person(owner_id), seconds, of_others, mine.weight)


def forget() -> int:
    """Drop what has faded to nothing; how many rows."""
    return FairUse.objects.filter(at__lt=clock() - FORGOTTEN_AFTER).delete()[0]


def _lift(
    key: dict[str, int], name: str, used: Mapping[str, float], others: Iterable[tuple[str, float]], weight: float
) -> None:
    level = min((used.get(other, 0.0) / theirs for other, theirs in others), default=0.0)
    if used.get(name, 0.0) < level * weight:
        _set(key, Value(level * weight), level * weight)


def _set(key: dict[str, int], to: Combinable, first: float) -> None:
    """One UPDATE, so that two workers at once add up; `first` for a party that is not known yet."""
    now = clock()
    if FairUse.objects.filter(**key).update(seconds=to, at=now):
        return
    _, made = FairUse.objects.get_or_create(**key, defaults={"seconds": first, "at": now})
    if not made:  # somebody else was faster
        FairUse.objects.filter(**key).update(seconds=to, at=now)


def _faded() -> Combinable:
    return F("seconds") * Exp(Greatest((F("at") - Value(clock())) / Value(_life()), Value(NOTHING_LEFT)))


def _life() -> float:
    """In how many seconds use fades to 1/e."""
    return settings.FAIR_WINDOW / 2 / math.log(2)
