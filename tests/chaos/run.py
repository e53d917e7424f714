"""The larger sizes: `python -m tests.chaos.run storm --worker-kills 100 …` prints a row for docs/reliability.md;
`… run revocation --trials 200` how long pages stay open after their log-in ended.

A database and a Redis of its own; `python -m tests.tools.postgres python -m tests.chaos.run …` runs it on PostgreSQL.
Limits per person are raised for it, and that is said. Ends with 1 when a promise was broken.
"""

import argparse
import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import setup_databases  # noqa: E402

from config.env import VAR_DIR  # noqa: E402
from studio.engines.seeding import seed  # noqa: E402
from tests.chaos.crowd import percentile  # noqa: E402
from tests.chaos.parts import Chaos  # noqa: E402
from tests.chaos.revocation import revocations  # noqa: E402
from tests.chaos.storm import Outcome, Plan, Storm  # noqa: E402
from tests.stack.redis_server import RedisServer  # noqa: E402


@contextmanager
def studio(*parts: str, **env: str) -> Iterator[tuple[Chaos, RedisServer]]:
    """The parts, running on a fresh database and a fresh Redis."""
    redis = RedisServer(VAR_DIR / "run" / "redis.sock")
    redis.start()
    setup_databases(verbosity=0, interactive=False)
    seed()
    stack = Chaos(2, **env)
    try:
        stack.start(*parts)
        yield stack, redis
    finally:
        stack.stop()
        redis.stop(kill=True)
        # The database itself goes with its folder, or with PostgreSQL's temporary server.
        if VAR_DIR.name.startswith("bw-"):
            shutil.rmtree(VAR_DIR, ignore_errors=True)


def storm(plan: Plan) -> int:
    """Print a row and what was broken; 1 when something was."""
    print("the limits of a member on pictures and device seconds a day are lifted for this")
    with studio("web", *[f"worker{n}" for n in range(plan.workers)], "reconciler") as (stack, redis):
        outcome = asyncio.run(Storm(plan, stack, redis).run())
    print(report(outcome))
    for each in outcome.violations[:20]:
        print(each)
    return int(bool(outcome.violations) or outcome.orphans > 0)


def revocation(trials: int) -> int:
    """Print the times; 1 when the 99th of a hundred took longer than a second, or a page was closed otherwise."""
    print("rates per person and address are as in the tests: a thousand times the shipped ones")
    with studio("web") as (stack, _redis):
        found = asyncio.run(revocations(stack.url, trials))
    print(found.report())
    print(f"close codes: {sorted(found.codes)}")
    return int(percentile(found.all(), 0.99) > 1.0 or not found.codes <= {4401, 4403})


def report(outcome: Outcome) -> str:
    """One row of the table in docs/reliability.md."""
    kills = ", ".join(f"{count} {name}" for name, count in sorted(outcome.kills.items()))
    again = f"{percentile(outcome.recoveries, 0.99):.1f}" if outcome.recoveries else "–"
    ended = ", ".join(f"{count} {how}" for how, count in sorted(outcome.ended.items()))
    lost = len(outcome.violations)
    parts = [connection.vendor, outcome.accepted, kills, ended, lost, outcome.orphans]
    parts += [f"{outcome.wasted:.1%}", again, f"{outcome.seconds:.0f}"]
    return "| " + " | ".join(map(str, parts)) + " |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest="what", required=True)
    closing = kinds.add_parser("revocation")
    closing.add_argument("--trials", type=int, default=200)
    storms = kinds.add_parser("storm")
    storms.add_argument("--requests", type=int, default=2000)
    storms.add_argument("--people", type=int, default=20)
    storms.add_argument("--worker-kills", type=int, default=100)
    storms.add_argument("--redis-kills", type=int, default=10)
    storms.add_argument("--web-kills", type=int, default=5)
    storms.add_argument("--reconciler-kills", type=int, default=5)
    storms.add_argument("--pause", type=float, default=2.0, help="seconds from one kill to the next")
    storms.add_argument("--patience", type=float, default=3600.0)
    storms.add_argument("--seed", type=int, default=1)
    given = vars(parser.parse_args())
    what = given.pop("what")
    print(f"lease {settings.LEASE:g} s, {os.cpu_count()} cores, {platform.processor() or platform.machine()}")
    return revocation(**given) if what == "revocation" else storm(Plan(**given))


if __name__ == "__main__":
    sys.exit(main())
