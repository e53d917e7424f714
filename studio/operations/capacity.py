"""What a number of people needs, from what was measured: here, of pictures of this studio, else docs/benchmarks.md."""

import math
from dataclasses import dataclass

# Of one device's time, as much as leaves short waits: in the mean a picture then waits for another one to be made.
BUSY = 0.7
# python -m benchmarks.fanout: memory of an open page, events that one core delivers in a second, each to one page.
PAGE_BYTES = 45 * 1024
DELIVERIES = 9_800
# python -m benchmarks.footprint and benchmarks.gallery: a web process (113 MB before anybody comes, and some room), and
# processor seconds of a page of the gallery.
WEB_BYTES = 160 * 1024**2
PAGE_SECONDS = 0.05
# What one picture and one look around cost the web tier: events and previews of a picture, pages that are opened.
EVENTS_A_PICTURE = 40
PAGES_A_PICTURE = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one model here: device seconds of a picture and of a live draft, bytes that are kept for a picture."""

    picture: float
    draft: float
    kept: float


@dataclass(frozen=True, slots=True)
class Plan:
    """`people` who draw in the busiest hour, each asking for `pictures` in it; `live` of them draw live meanwhile, with
    `drafts` a second. `saved` is the share of pictures that stay for good, `days` how long the others do."""

    people: int
    pictures: float
    live: int = 0
    drafts: float = 1.0
    saved: float = 0.2
    days: int = 30
    hours: float = 4.0


@dataclass(frozen=True, slots=True)
class Need:
    """`load` are devices that would be busy all the time, `devices` how many to have; `wait` the mean seconds in the
    queue with them; `web` processes with `web_bytes` together; `kept` bytes of files after `days`, `grows` a year."""

    load: float
    devices: int
    wait: float
    web: int
    web_bytes: int
    kept: int
    grows: int


def need(plan: Plan, measured: Measured) -> Need:
    """What `plan` takes with the times of `measured`. ValueError for numbers below zero."""
    if min(plan.people, plan.pictures, plan.live, plan.drafts, plan.saved, plan.hours, *_parts(measured)) < 0:
        raise ValueError("No number may be below zero.")
    a_second = plan.people * plan.pictures / 3600
    load = a_second * measured.picture + plan.live * plan.drafts * measured.draft
    devices = max(1, math.ceil(load / BUSY))
    used = load / devices
    # Pictures come at random and take about the same time each (M/D/1).
    wait = used / (2 * (1 - used)) * measured.picture
    cores = a_second * (EVENTS_A_PICTURE / DELIVERIES + PAGES_A_PICTURE * PAGE_SECONDS)
    web = max(2, math.ceil(cores / BUSY))
    a_day = plan.people * plan.pictures * plan.hours * measured.kept
    return Need(
        load, devices, wait, web, web * WEB_BYTES + plan.people * PAGE_BYTES,
        round(a_day * plan.days), round(a_day * plan.saved * 365),
    )  # fmt: skip


def _parts(measured: Measured) -> tuple[float, float, float]:
    return measured.picture, measured.draft, measured.kept
