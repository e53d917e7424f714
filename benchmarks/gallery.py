"""100,000 works: what the lists, the search and the admin cost: `python -m benchmarks.gallery [--works 100000]`.

Makes the works once for each database in a temporary place (SQLite in a file, a PostgreSQL of its own where its server
programs are installed), then asks for every page as a browser does. Of each page: time of the whole answer, time in the
database, and how many queries, as median and 95th percentile over different people, words and places in the list.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.tools import postgres

ROUNDS = 40


def ask_both(works: int) -> None:
    """Each database in a process of its own: Django knows one."""
    parts = []
    with tempfile.TemporaryDirectory(prefix="bw-gallery-") as folder:
        sqlite = {"DATABASE_URL": f"sqlite:///{folder}/db.sqlite3"}
        parts.append(_measured("SQLite", works, folder, sqlite))
        try:
            with postgres.running(settings=("synchronous_commit=off", "shared_buffers=512MB")) as env:
                parts.append(_measured("PostgreSQL", works, folder, env))
        except postgres.NoPostgres as error:
            parts.append(f"PostgreSQL was not measured: {error}.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    from benchmarks import report

    intro = (
        f"{works:,} works of 500 people, half of them public, prompts in English and Chinese, tags and likes; {ROUNDS} "
        "different requests a row. Milliseconds: “database” is the time spent in queries, “whole” the answer with its "
        f"templates. The machine's load was {os.getloadavg()[0]:.0f} at the end: {os.cpu_count()} cores, other work "
        "beside it, which the 95th percentiles show."
    )
    report.write(
        "A hundred thousand works", f"python -m benchmarks.gallery --works {works}", "\n\n".join([intro, *parts])
    )


def _measured(name: str, works: int, folder: str, env: dict[str, str]) -> str:
    out = Path(folder) / f"{name}.md"
    command = [sys.executable, "-m", "benchmarks.gallery", "--works", str(works), "--into", str(out)]
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings.test", "BRUSHWIRE_TESTING": "alone", "BRUSHWIRE_VAR": folder}
    redis = {"REDIS_URL": f"unix://{folder}/run/redis.sock"}
    subprocess.run(command, check=True, env=os.environ | settings | redis | env)
    return f"**{name}**\n\n{out.read_text()}"


@dataclass
class Timing:
    """One page: seconds of each whole answer, seconds in the database, queries, and works that were shown."""

    whole: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    shown: int = 0


class Watch:
    """Seconds of each query while Django calls it around them."""

    def __init__(self) -> None:
        self.spent: list[float] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.spent.append(time.perf_counter() - started)


def measure(name: str, addresses: Iterator[tuple[Any, str]]) -> str:
    """One row of the table. `addresses` are (client, address); each is asked for once."""
    from django.db import connection

    from benchmarks import report

    timing = Timing()
    for client, address in addresses:
        watch = Watch()
        started = time.perf_counter()
        with connection.execute_wrapper(watch):
            answer = client.get(address)
        timing.whole.append(time.perf_counter() - started)
        assert answer.status_code == 200, (address, answer.status_code)
        timing.shown += answer.content.count(b'class="work-link"')
        timing.database.append(sum(watch.spent))
        timing.queries.append(len(watch.spent))
    whole, database = (report.summary(values).rsplit(" | ", 1)[0] for values in (timing.whole, timing.database))
    row = f"| {name} | {database} | {whole} | {max(timing.queries)} | {timing.shown / len(timing.whole):.0f} |"
    print(row, flush=True)
    return row


def ask(works: int, out: Path) -> None:
    """Fill the database that the environment names, and measure."""
    import django

    django.setup()
    from django.core.management import call_command

    from benchmarks.gallery_pages import pages
    from benchmarks.gallery_rows import fill
    from config.env import VAR_DIR
    from tests.stack.redis_server import RedisServer

    redis = RedisServer(VAR_DIR / "run" / "redis.sock")
    redis.start()
    try:
        call_command("migrate", verbosity=0)
        started = time.perf_counter()
        fill(works)
        filled = time.perf_counter() - started
        rows = [measure(name, addresses) for name, addresses in pages(random.Random(7), ROUNDS)]
    finally:
        redis.stop()
    head = "| page | database p50 | p95 | whole p50 | p95 | queries | works shown |\n|---|--:|--:|--:|--:|--:|--:|\n"
    out.write_text(head + "\n".join(rows) + f"\n\nMaking the rows and the index took {filled:.0f} s.\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--works", type=int, default=100_000)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.into:
        ask(options.works, options.into)
    else:
        ask_both(options.works)


if __name__ == "__main__":
    main()
