"""A world for one trial from the command line: a database, a Redis, the studio's processes, all gone afterwards."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from django.test.utils import setup_databases

from accounts.models import Role
from config.env import VAR_DIR
from studio.engines.seeding import seed
from tests.chaos.parts import Chaos
from tests.stack.redis_server import RedisServer


@contextmanager
def world(*parts: str, slots: int = 2, **env: str) -> Iterator[tuple[Chaos, RedisServer]]:
    """The stack with those parts running on an empty database, and its Redis. Says which limits it lifts."""
    redis = RedisServer(VAR_DIR / "run" / "redis.sock")
    redis.start()
    setup_databases(verbosity=0, interactive=False)
    seed()
    Role.objects.update(images_per_day=None, gpu_seconds_per_day=None, storage_bytes=None)
    print(
        "lifted for this: the limits of a role on pictures, device seconds and storage; the rates of the test settings"
    )
    print("also set:", ", ".join(f"{name}={value}" for name, value in env.items()) or "nothing", flush=True)
    stack = Chaos(slots, **env)
    try:
        stack.start(*parts)
        yield stack, redis
    finally:
        stack.stop()
        redis.stop(kill=True)
        # The database itself goes with its folder, or with PostgreSQL's temporary server.
        if VAR_DIR.name.startswith("bw-"):
            shutil.rmtree(VAR_DIR, ignore_errors=True)
