"""The larger sizes, one trial at a time: `python -m tests.chaos.run reconnect --persons 200`. `--help` lists them.

Each has a database and a Redis of its own; `python -m tests.tools.postgres python -m tests.chaos.run …` runs it on
PostgreSQL. Limits that are lifted for it are printed. Ends with 1 when a promise was broken or a goal missed. All of
them one after the other: `make test-long`; their results stand in docs/reliability.md.
"""

import argparse
import asyncio
import os
import platform
import sys
from collections.abc import Callable

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from tests.chaos import cuts, fairness, flood, frozen, reconnect, rooms  # noqa: E402
from tests.chaos.crowd import percentile  # noqa: E402
from tests.chaos.fuzz import images, pages, rest, sockets  # noqa: E402
from tests.chaos.fuzz.server_log import complaints  # noqa: E402
from tests.chaos.revocation import revocations  # noqa: E402
from tests.chaos.storm import Outcome, Plan, Storm  # noqa: E402
from tests.chaos.world import world  # noqa: E402

ALL = ("web", "worker0", "worker1", "reconciler")
Given = argparse.Namespace


def run_storm(given: Given) -> bool:
    """People ask for pictures while every process under them is killed, frozen and started again."""
    names = "requests people worker_kills redis_kills web_kills reconciler_kills pause patience seed"
    plan = Plan(**{name: getattr(given, name) for name in names.split()})
    with world(*ALL, slots=given.slots) as (stack, redis):
        outcome = asyncio.run(Storm(plan, stack, redis).run())
    print(row(outcome))
    for each in outcome.violations[:20]:
        print(each)
    return not outcome.violations and not outcome.orphans


def row(outcome: Outcome) -> str:
    """One row of the table in docs/reliability.md."""
    kills = ", ".join(f"{count} {name}" for name, count in sorted(outcome.kills.items()))
    again = f"{percentile(outcome.recoveries, 0.99):.1f}" if outcome.recoveries else "–"
    ended = ", ".join(f"{count} {how}" for how, count in sorted(outcome.ended.items()))
    lost = len(outcome.violations)
    parts = [connection.vendor, outcome.accepted, kills, ended, lost, outcome.orphans]
    parts += [f"{outcome.wasted:.1%}", again, f"{outcome.seconds:.0f}"]
    return "| " + " | ".join(map(str, parts)) + " |"


def run_reconnect(given: Given) -> bool:
    """Many open pages whose web process is killed."""
    open_pages = {"BRUSHWIRE_SOCKETS_PER_USER": "1000", "BRUSHWIRE_SOCKETS_PER_ADDRESS": "100000"}
    with world("web", **open_pages) as (stack, _):
        back = asyncio.run(reconnect.kill_and_return(stack, given.persons, given.pages))
    print(back)
    return back.refused == 0 and back.wrong == 0 and back.seconds <= 20 and back.weight <= 60 * 1024


def run_cuts(given: Given) -> bool:
    """Connections cut at random moments."""
    with world(*ALL) as (stack, _):
        cut = asyncio.run(cuts.cut_at_random(stack, given.persons, given.moments))
    print(cut)
    for each in cut.violations[:20]:
        print(each)
    return not cut.violations


def run_news(given: Given) -> bool:
    """A share of all news lost on its way through Redis; the next heartbeat must heal it."""
    beat = 0.5
    with world(BRUSHWIRE_HEARTBEAT_EVERY=str(beat)) as (stack, _):
        stack.failpoints = f"publish=drop:{given.share}"
        stack.start(*ALL)
        healed = asyncio.run(cuts.lose_news(stack, given.persons, given.each))
    print(f"{given.share:.0%} of all news lost, heartbeat {beat} s: {healed}")
    for each in healed.wrong[:20]:
        print(each)
    return not healed.wrong and max(healed.late) < 1 + beat


def run_rooms(given: Given) -> bool:
    """People draw on one board while two web processes and Redis are killed under them."""
    names = "persons web_kills redis_kills pause between seed"
    plan = rooms.Plan(**{name: getattr(given, name) for name in names.split()})
    with world("web", BRUSHWIRE_HEARTBEAT_EVERY="1") as (stack, redis):
        drawn = asyncio.run(rooms.draw_through(stack, redis, plan))
    print(drawn)
    for each in (drawn.lost + drawn.doubled + drawn.apart + drawn.broken)[:20]:
        print(each)
    return drawn.well


def run_frozen(given: Given) -> bool:
    """Redis frozen while people go on."""
    with world(*ALL) as (stack, redis):
        found = asyncio.run(frozen.freeze_redis(stack, redis, given.seconds))
    print(f"frozen for {given.seconds:g} s: {found}")
    return max(found.every) <= 1 and found.kept == 1


def run_flood(given: Given) -> bool:
    """One account floods and does not read; the limits are those of production."""
    with world("web", "reconciler", BRUSHWIRE_RATE_FACTOR="1") as (stack, _):
        found = asyncio.run(flood.flood(stack, given.flooders, given.deaf, given.seconds))
    print(found)
    return found.ratio(0) <= 2 and found.ratio(1) <= 2 and found.grown < 100 * flood.MB


def run_revocation(given: Given) -> bool:
    """How long pages stay open after their log-in ended."""
    with world("web") as (stack, _):
        found = asyncio.run(revocations(stack.url, given.trials))
    print(found.report())
    print(f"close codes: {sorted(found.codes)}")
    return percentile(found.all(), 0.99) <= 1.0 and found.codes <= {4401, 4403}


def run_fairness(given: Given) -> bool:
    """Which part of the device people get who always have more waiting than fits, by the weights of their roles."""
    with world("worker0", "reconciler", BRUSHWIRE_LEASE="20"):
        fairness.lift_limits()
        found = fairness.measure(fairness.usual(), given.seconds, given.visitors)
    print(fairness.report(found))
    return found.off() <= fairness.NEAR


def run_fuzz_socket(given: Given) -> bool:
    """Commands, broken commands and broken frames over real sockets."""
    with world(*ALL, **sockets.LIFTED) as (stack, _):
        found = asyncio.run(sockets.fuzz(stack, given.messages, given.seed))
    print(found)
    return _told(found.wrong) and found.grown < 100 * flood.MB


def run_fuzz_images(given: Given) -> bool:
    """Damaged pictures through the intake and the reader of settings."""
    with world():
        found = images.fuzz(pages.cast()[0]["alice"], given.mutants, given.seed)  # type: ignore[arg-type]
    print(found)
    return _told(found.wrong) and found.died == 0 and found.grown < 300 * flood.MB


def run_fuzz_http(given: Given) -> bool:
    """The REST API by its schema, and every page with strange questions and forms."""
    with world("web", "reconciler") as (stack, _):
        people, names = pages.cast()
        apis = rest.fuzz(stack.port, {name: people[name] for name in ("alice", "nobody")}, names, given.examples)
        asked = pages.fuzz(stack.port, people, names, given.pages, given.seed)
        wrong = apis.wrong + asked.wrong + complaints(stack.log)
    print(f"API: {apis}\npages: {asked}")
    return _told(wrong)


def _told(wrong: list[str]) -> bool:
    """Print the first of what must not be; whether there is nothing."""
    for each in wrong[:20]:
        print(each)
    return not wrong


# What there is: the trial, and the sizes of its plan.
TRIALS: dict[str, tuple[Callable[[Given], bool], dict[str, int | float]]] = {
    "storm": (
        run_storm,
        {
            "requests": 2000,
            "people": 20,
            "worker_kills": 100,
            "redis_kills": 10,
            "web_kills": 5,
            "reconciler_kills": 5,
            "pause": 0.5,
            "slots": 1,  # a kill costs a worker as many runs
            "patience": 3600.0,
            "seed": 1,
        },
    ),
    "reconnect": (run_reconnect, {"persons": 200, "pages": 10}),
    "cuts": (run_cuts, {"persons": 20, "moments": 1000}),
    "news": (run_news, {"persons": 10, "each": 50, "share": 0.01}),
    "frozen": (run_frozen, {"seconds": 20.0}),
    "fairness": (run_fairness, {"seconds": 600.0, "visitors": 9}),
    "fuzz-socket": (run_fuzz_socket, {"messages": 200_000, "seed": 1}),
    "fuzz-images": (run_fuzz_images, {"mutants": 100_000, "seed": 1}),
    "fuzz-http": (run_fuzz_http, {"examples": 100, "pages": 20_000, "seed": 1}),
    "revocation": (run_revocation, {"trials": 200}),
    "rooms": (
        run_rooms,
        {"persons": 12, "web_kills": 10, "redis_kills": 10, "pause": 0.4, "between": 3.0, "seed": 1},
    ),
    "flood": (run_flood, {"flooders": 5, "deaf": 5, "seconds": 20.0}),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    trials = parser.add_subparsers(dest="trial", required=True)
    for name, (trial, sizes) in TRIALS.items():
        its = trials.add_parser(name, help=trial.__doc__, formatter_class=parser.formatter_class)
        for size, usual in sizes.items():
            its.add_argument(f"--{size.replace('_', '-')}", type=type(usual), default=usual, help=" ")
    given = parser.parse_args()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    cores, kind = os.cpu_count(), platform.processor() or platform.machine()
    print(f"{given.trial}: lease {settings.LEASE:g} s, {cores} cores ({kind}), load before {load}")
    kept = TRIALS[given.trial][0](given)
    print(f"load after {os.getloadavg()[0]:.1f}; {'all goals reached' if kept else 'A GOAL WAS MISSED'}")
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
