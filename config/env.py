"""Reads the environment, and `.env` beside manage.py when there is one. `deploy/env.example` names every variable.

What cannot be understood is refused with the variable's name: a typo must not quietly mean something else.
"""

import builtins
import math
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0", "")


class Env(environ.Env):
    """django-environ, only stricter: that one takes every unknown word for False."""

    def choice(self, var: builtins.str, *among: builtins.str, default: builtins.str) -> builtins.str:
        """One of the words `among`. Raises ImproperlyConfigured."""
        word: builtins.str = self.str(var, default=default).strip()
        if word not in among:
            raise ImproperlyConfigured(f"{var} must be {_or(among)}, not {word!r}.")
        return word

    def bool(self, var: builtins.str, default: Any = environ.Env.NOTSET) -> builtins.bool:
        """True or False. Raises ImproperlyConfigured."""
        word = builtins.str(self.str(var, default=default)).strip().lower()
        if word not in (*YES, *NO):
            raise ImproperlyConfigured(f"{var} must be True or False, not {word!r}.")
        return word in YES

    def int(self, var: builtins.str, default: Any = environ.Env.NOTSET) -> builtins.int:
        """A whole number. Raises ImproperlyConfigured."""
        return self._number(var, default, builtins.int, "a whole number")

    def float(self, var: builtins.str, default: Any = environ.Env.NOTSET) -> builtins.float:
        """A number. Raises ImproperlyConfigured."""
        return self._number(var, default, builtins.float, "a number")

    def _number(self, var: builtins.str, default: Any, kind: Any, words: builtins.str) -> Any:
        text = builtins.str(self.str(var, default=default)).strip()
        try:
            number = kind(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise ImproperlyConfigured(f"{var} must be {words}, not {text!r}.")
        return number


def _or(words: tuple[str, ...]) -> str:
    return ", ".join(words[:-1]) + f" or {words[-1]}"


env = Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

# Everything a running instance writes (database, media, sockets, logs) lives under one folder.
VAR_DIR = Path(env.str("BRUSHWIRE_VAR", default=str(BASE_DIR / "var"))).resolve()


def redis_url(database: int, *, celery: bool = False) -> str:
    """The address of Redis database `database` (0-15): for `celery` on REDIS_URL, for all else on CHANNEL_REDIS_URL
    where there is one (each `redis://host:port` or `unix:///path`).

    kombu names unix sockets differently from redis-py, too.
    """
    base = env.str("REDIS_URL", default=f"unix://{VAR_DIR}/run/redis.sock")
    if not celery:
        base = env.str("CHANNEL_REDIS_URL", default="") or base
    base = base.split("?")[0]
    if base.startswith("unix://"):
        if celery:
            return f"redis+socket://{base.removeprefix('unix://')}?virtual_host={database}"
        return f"{base}?db={database}"
    scheme, _, rest = base.partition("://")
    return f"{scheme}://{rest.split('/')[0]}/{database}"
