"""`/generations/<id>/timeline/`: where the time of one's own generation went, as a small drawing in a page."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.visitor import person_of
from studio.commands import generations
from studio.operations import timelines
from studio.protocol import TimelineView
from studio.words.errors import Refused

# The drawings, in units of their own: the line of all parts, and the bars of the steps.
WIDTH, HEIGHT, LEAST = 600.0, 60.0, 2.0
STEPS_SHOWN = 120

STAGES: dict[str, str | Promise] = {
    "waiting": _("Waiting"),
    "loading": _("Loading the model"),
    "encoding": _("Reading words and pictures"),
    "denoising": _("Painting, step by step"),
    "decoding": _("Developing the picture"),
    "enlarging": _("Enlarging"),
    "saving": _("Saving"),
    "delivery": _("Delivery"),
    "remote": _("On another server"),
    "making": _("Making"),
    "reading": _("Reading the photo"),
    "faces": _("Looking for faces"),
    "resizing": _("Resizing"),
    "encoder": _("Understanding the photo"),
    "decoder": _("Finding its colours"),
    "hints": _("Your colours"),
    "merging": _("Putting it together"),
    "finding": _("Finding the damage"),
    "filling": _("Filling it"),
    "cleaning": _("Cleaning"),
}
# How the parts are told apart: kinds of colour in static/css/timeline.css.
KINDS = {"waiting": "waits", "loading": "loads", "denoising": "paints", "saving": "keeps", "delivery": "sends"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the line: its words, seconds, share of the whole in percent, and its place in the drawing."""

    words: str
    kind: str
    seconds: float
    percent: float
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One step in the drawing."""

    x: float
    y: float
    width: float
    height: float


@require_safe
@never_cache
@login_required
def own(request: HttpRequest, generation: UUID) -> HttpResponse:
    """A part of a page; 404 for what is not one's own, and for what is no longer kept."""
    try:
        found = generations.find(person_of(request), generation)
    except Refused:
        return HttpResponse(_("This is not known any more."), status=404)  # it stands in a part of the page
    return render(request, "studio/_timeline.html", drawn(timelines.of(found)))


def drawn(line: TimelineView) -> dict[str, Any]:
    """What the template shows."""
    whole = line.seconds or 1.0
    parts, x = [], 0.0
    # What takes a moment keeps a hair's breadth, so that it is seen; the others share the rest.
    shown = [part for part in line.parts if part.seconds > 0]
    free = WIDTH - LEAST * len(shown)
    for part in shown:
        width = LEAST + free * part.seconds / whole
        words, kind = str(STAGES.get(part.stage, part.stage)), KINDS.get(part.stage, "works")
        percent = round(100 * part.seconds / whole, 1)
        parts.append(Part(words, kind, part.seconds, percent, round(x, 2), round(width, 2)))
        x += width
    steps = [seconds for picture in line.steps for seconds in picture]
    return {
        "line": line,
        "parts": parts,
        "bars": _bars(steps[:STEPS_SHOWN]),
        "slowest": max(steps, default=0.0),
        "middle": sorted(steps)[len(steps) // 2] if steps else 0.0,
        "count": len(steps) * line.steps_each,
        "width": WIDTH,
        "height": HEIGHT,
    }


def _bars(steps: list[float]) -> list[Bar]:
    if not steps:
        return []
    each, highest = WIDTH / len(steps), max(steps) or 1.0
    gap = min(2.0, each / 4)
    bars = []
    for n, seconds in enumerate(steps):
        height = max(1.0, HEIGHT * seconds / highest)
        bars.append(Bar(round(n * each, 2), round(HEIGHT - height, 2), round(each - gap, 2), round(height, 2)))
    return bars
