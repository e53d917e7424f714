"""What one person may use: the one door to the numbers of their roles. studio/queue/limits.py holds people to them."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, Q

from accounts.models import Role, User, Workshop
from accounts.roles import ADMIN, MEMBER

# For how long a person's limits are kept on the object, in seconds: about one request.
KEPT_FOR = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """`None` means no limit. `role` is the name of the weightiest role; sizes are pixels, storage is bytes.

    `weight` is the share in the fair queue (above 0). `hold_public`: what is made public waits for a moderator.
    `gpu_seconds_per_request` is the most that one request may cost. `workshop` is whose weight it is, if the person's
    role is that of a workshop. `stopped` is "" or the code of the reason why no picture can be made now:
    workshop_frozen, workshop_over.
    """

    role: str
    weight: float
    running: int
    queued: int
    images_per_day: int | None
    gpu_seconds_per_day: int | None
    gpu_seconds_per_request: int | None
    max_side: int | None
    max_megapixels: float | None
    storage_bytes: int | None
    album_photos: int | None
    hold_public: bool
    stopped: str = ""
    workshop: int | None = None


def limits_of(user: User, *, fresh: bool = False) -> Limits:
    """The best of what the roles of `user` allow. Who is in no group with a role is a member; superusers are admins.

    One query; kept on the object for KEPT_FOR seconds unless `fresh`.
    """
    kept: tuple[float, Limits] | None = getattr(user, "_limits", None)
    now = time.monotonic()
    if kept is not None and not fresh and now - kept[0] < KEPT_FOR:
        return kept[1]
    theirs = User.groups.through.objects.filter(user_id=user.pk, group_id=OuterRef("group_id"))
    rows = Role.objects.select_related("group__workshop").annotate(theirs=Exists(theirs))
    rows = rows.filter(Q(theirs=True) | Q(group__name__in=[MEMBER, ADMIN]))
    by_name = {role.group.name: role for role in rows}
    mine: list[Role] = [role for role in by_name.values() if role.theirs]
    if user.is_superuser and ADMIN in by_name:
        mine.append(by_name[ADMIN])
    limits = _best(mine or [by_name.get(MEMBER) or _member()])
    user._limits = (now, limits)  # type: ignore[attr-defined]
    return limits


def limits_of_all(people: Iterable[int]) -> dict[int, Limits]:
    """`limits_of` each of `people` (ids), in two queries; nobody's in none."""
    wanted = set(people)
    if not wanted:
        return {}
    roles: dict[int, list[Role]] = {pk: [] for pk in wanted}
    everyone = {role.group.name: role for role in Role.objects.select_related("group__workshop")}
    by_group = {role.group_id: role for role in everyone.values()}
    for pk, above_all, group_id in User.objects.filter(pk__in=wanted).values_list("pk", "is_superuser", "groups"):
        if group_id in by_group:
            roles[pk].append(by_group[group_id])
        if above_all and ADMIN in everyone:
            roles[pk].append(everyone[ADMIN])
    member = everyone.get(MEMBER) or _member()
    return {pk: _best(mine or [member]) for pk, mine in roles.items()}


def _member() -> Role:
    """The rules of a member where somebody deleted theirs."""
    return Role(group=Group(name=MEMBER))


def _best(roles: list[Role]) -> Limits:
    counted = [role for role in roles if role.alone] or roles
    return Limits(
        role=max(counted, key=lambda role: (role.weight, role.running)).group.name,
        weight=max(role.weight for role in counted),
        running=max(role.running for role in counted),
        queued=max(role.queued for role in counted),
        images_per_day=_most(role.images_per_day for role in counted),
        gpu_seconds_per_day=_most(role.gpu_seconds_per_day for role in counted),
        gpu_seconds_per_request=_most(role.gpu_seconds_per_request for role in counted),
        max_side=_most(role.max_side for role in counted),
        max_megapixels=_most(role.max_megapixels for role in counted),
        storage_bytes=_most(role.storage_bytes for role in counted),
        album_photos=_most(role.album_photos for role in counted),
        hold_public=all(role.hold_public for role in counted),
        stopped=next(filter(None, map(_stopped, counted)), ""),
        workshop=next((found.pk for role in counted if role.alone and (found := _workshop(role))), None),
    )


def _workshop(role: Role) -> Workshop | None:
    return getattr(role.group, "workshop", None)


def _stopped(role: Role) -> str:
    workshop = _workshop(role)
    if workshop is None:
        return ""
    return "workshop_over" if workshop.is_over else "workshop_frozen" if workshop.frozen else ""


def _most(numbers: Iterable[Any]) -> Any:
    """The largest; None, which is no limit, above all."""
    known = list(numbers)
    return None if None in known else max(known)
