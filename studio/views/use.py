"""`/account/use/`: what one may use and has used, with the last days as bars."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.limits import limits_of
from accounts.visitor import person_of
from studio.queue import limits, usage

# The drawing of the bars, in units of its own.
BAR, GAP, HEIGHT = 22, 10, 120
WIDTH = usage.DAYS * (BAR + GAP) - GAP


@dataclass(frozen=True, slots=True)
class Bar:
    """One day in the drawing. `label` is its number in words."""

    day: usage.Day
    x: int
    y: float
    height: float
    label: str
    label_x: int
    label_y: float


@require_safe
@never_cache
@login_required
def my_use(request: HttpRequest) -> HttpResponse:
    """Today against the limits, storage, and the last two weeks."""
    person = person_of(request)
    allowed, used = limits_of(person, fresh=True), limits.use_of(person.pk)
    days = usage.history(person.pk)
    context = {
        "role": _role(allowed.role, workshop=person.workshop_id is not None),
        "limits": allowed,
        "use": used,
        "minutes": used.gpu_seconds / 60,
        "minutes_allowed": None if allowed.gpu_seconds_per_day is None else round(allowed.gpu_seconds_per_day / 60),
        "storage": limits.storage_of(person.pk),
        "bars": _bars(days),
        "most": max(day.images for day in days),
        "total": sum(day.images for day in days),
        "bar": BAR,
        "width": WIDTH,
        "height": HEIGHT,
    }
    return render(request, "studio/use.html", context)


def _role(name: str, *, workshop: bool) -> str:
    known = {
        "member": _("member"),
        "trusted": _("trusted"),
        "moderator": _("moderator"),
        "operator": _("operator"),
        "admin": _("administrator"),
    }
    return _("in a workshop") if workshop else known.get(name, name)


def _bars(days: list[usage.Day]) -> list[Bar]:
    most = max(1, *(day.images for day in days))
    bars = []
    for place, day in enumerate(days):
        height = max(3.0 if day.images else 0.0, HEIGHT * day.images / most)
        label = ngettext("%(number)s picture", "%(number)s pictures", day.images) % {"number": day.images}
        bars.append(
            Bar(
                day,
                place * (BAR + GAP),
                round(HEIGHT - height, 1),
                round(height, 1),
                label,
                place * (BAR + GAP) + BAR // 2,
                round(HEIGHT - height - 5, 1),
            )
        )
    return bars
