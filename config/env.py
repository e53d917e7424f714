"""Reads the environment, and `.env` beside manage.py when there is one. `deploy/env.example` names every variable."""

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

# Everything a running instance writes (database, media, sockets, logs) lives under one folder.
VAR_DIR = Path(env.str("BRUSHWIRE_VAR", default=str(BASE_DIR / "var"))).resolve()


def redis_url(database: int, *, celery: bool = False) -> str:
    """The address of Redis database `database` (0-15), from REDIS_URL (`redis://host:port` or `unix:///path`).

    kombu names unix sockets differently from redis-py, hence `celery`.
    """
    base = env.str("REDIS_URL", default=f"unix://{VAR_DIR}/run/redis.sock").split("?")[0]
    if base.startswith("unix://"):
        if celery:
            return f"redis+socket://{base.removeprefix('unix://')}?virtual_host={database}"
        return f"{base}?db={database}"
    scheme, _, rest = base.partition("://")
    return f"{scheme}://{rest.split('/')[0]}/{database}"
