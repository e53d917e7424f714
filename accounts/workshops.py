"""What happens to workshops: made, joined, frozen, left, ended. Whose they are is asked here, too."""

import secrets
from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import records, standing
from accounts.limits import limits_of
from accounts.models import LoginSession, Role, User, Workshop
from accounts.models.invitation import ALPHABET
from accounts.signals import limits_changed

PASSWORD_LENGTH = 10
# What a workshop's people may use, where the teacher says nothing else; never more than the teacher.
NUMBERS = {
    "weight": 1.0,
    "running": 2,
    "queued": 10,
    "gpu_seconds_per_day": 3600,
    "gpu_seconds_per_request": 300,
    "max_side": 1024,
    "max_megapixels": 1.1,
    "storage_bytes": 1024**3,
    "hold_public": True,
    "alone": True,
}


class Full(Exception):
    """No seat is free, or the workshop is over."""


def led_by(user: User) -> QuerySet[Workshop]:
    """The workshops that `user` may look after: the own ones; all for whoever may edit people."""
    if user.has_perm("accounts.change_user"):
        return Workshop.objects.all()
    return Workshop.objects.filter(teacher_id=user.pk)


def stopped_people() -> QuerySet[User]:
    """Those who can make no pictures now, because their workshop is frozen or over."""
    return User.objects.filter(Q(workshop__frozen=True) | Q(workshop__ends_at__lte=timezone.now()))


def make(workshop: Workshop, teacher: User, images_per_day: int) -> Workshop:
    """Save a new `workshop` of `teacher` with its group and limits; nobody is given more than the teacher has."""
    own = limits_of(teacher, fresh=True)
    most = images_per_day if own.images_per_day is None else min(images_per_day, own.images_per_day)
    with transaction.atomic():
        workshop.teacher = teacher
        workshop.group = Group.objects.create(name=f"workshop {workshop.code}")
        Role.objects.create(group=workshop.group, images_per_day=most, **NUMBERS)
        workshop.save()
    return workshop


def join(workshop: Workshop, name: str, password: str) -> User:
    """A new account, without e-mail, in the workshop. Raises Full; IntegrityError for a name that is taken."""
    with transaction.atomic():
        held = Workshop.objects.select_for_update().get(pk=workshop.pk)
        if held.is_over or people(held).count() >= held.seats:
            raise Full
        user = User.objects.create_user(name, password=password, workshop=held, closes_at=held.closes_at)
        user.groups.add(held.group_id)
    return user


def print_accounts(workshop: Workshop, number: int) -> list[tuple[str, str]]:
    """`number` new accounts with names and passwords of ours, for print: nobody can read them again. Raises Full."""
    made: list[tuple[str, str]] = []
    taken = set(User.objects.filter(username__startswith=f"{workshop.code}-").values_list("username", flat=True))
    place = 0
    with transaction.atomic():
        while len(made) < number:
            place += 1
            name, password = f"{workshop.code}-{place:02d}", new_password()
            if name not in taken:
                join(workshop, name, password)
                made.append((name, password))
    return made


def people(workshop: Workshop) -> QuerySet[User]:
    """Those who are in it, by name."""
    return User.objects.filter(workshop=workshop, is_active=True).order_by("username")


def freeze(workshop: Workshop, frozen: bool, by: User | None = None) -> None:
    """Stop or allow making pictures and drawing, at once for everybody in it. Recorded as an act of `by`."""
    _rest(workshop, "frozen", frozen, by, "workshop_pause" if frozen else "workshop_go_on")


def freeze_drawing(workshop: Workshop, frozen: bool, by: User | None = None) -> None:
    """Stop or allow drawing on boards alone; pictures can be made all the same. Recorded as `freeze` is."""
    _rest(workshop, "drawing_frozen", frozen, by, "workshop_freeze" if frozen else "workshop_unfreeze")


def _rest(workshop: Workshop, column: str, on: bool, by: User | None, act: str) -> None:
    with transaction.atomic():
        if Workshop.objects.filter(pk=workshop.pk).exclude(**{column: on}).update(**{column: on}):
            records.record(by, act, workshop)
            changed(workshop)
    setattr(workshop, column, on)


def changed(workshop: Workshop) -> None:
    """Its people's accounts close when it now does; whoever remembers their limits forgets them after the commit."""
    people(workshop).update(closes_at=workshop.closes_at)
    everybody: Iterable[int] = list(people(workshop).values_list("pk", flat=True))
    transaction.on_commit(lambda: limits_changed.send(sender=None, user_ids=everybody))


def remove(user: User) -> None:
    """Close the account of somebody in a workshop: logged out at once, the works kept until an administrator acts."""
    user.is_active = False
    user.save(update_fields=["is_active"])


def set_new_password(user: User) -> str:
    """A fresh password for somebody in a workshop; their log-ins end. Tell it once, it cannot be read again."""
    password = new_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    return password


def new_password() -> str:
    """Ten signs that nobody mixes up: 49 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(PASSWORD_LENGTH))


def close_over() -> int:
    """End the log-ins of those whose workshop closed; how many. For housekeeping: their pages count as logged out
    already (accounts/backends.py)."""
    over = LoginSession.objects.filter(user__closes_at__lte=timezone.now()).values("user")
    return sum(standing.end_sessions(user) for user in User.objects.filter(pk__in=over))
