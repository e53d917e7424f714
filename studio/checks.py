"""What is wrong with the settings of a studio for others, told before it starts: `manage.py check --deploy`, `prepare`.

Errors keep `prepare` from going on; warnings and notes are read by people.
"""

import importlib.util
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

Told = list[checks.CheckMessage]
HERE = ("", "localhost", "127.0.0.1", "::1")
# How keys begin that stand in examples, in tests, or in Django's own templates.
KNOWN_KEYS = ("test-only-", "django-insecure-", "change", "secret")


def register() -> None:
    """Called once, when the studio's app is ready."""
    for always in (bucket, media):
        checks.register(always)
    for for_others in (secret, machines, people, speed):
        checks.register(for_others, deploy=True)


def bucket(app_configs: object, **rest: Any) -> Told:
    """A bucket needs packages that not everybody has."""
    missing = [name for name in ("storages", "boto3") if settings.S3_BUCKET and importlib.util.find_spec(name) is None]
    words = "BRUSHWIRE_S3_BUCKET is set, and %s is not installed."
    hint = "pip install -r requirements-s3.txt"
    return [checks.Error(words % name, hint=hint, id="studio.E010") for name in missing]


def media(app_configs: object, **rest: Any) -> Told:
    """A web server hands out STATIC_ROOT, whoever asks: nothing that people made may lie in there."""
    kept, public = Path(settings.MEDIA_ROOT).resolve(), Path(settings.STATIC_ROOT).resolve()
    if kept == public or public in kept.parents or kept in public.parents:
        return [checks.Error("MEDIA_ROOT and STATIC_ROOT must not lie in one another.", id="studio.E011")]
    return []


def secret(app_configs: object, **rest: Any) -> Told:
    """A key that others know signs nothing."""
    if settings.SECRET_KEY.lower().startswith(KNOWN_KEYS):
        return [checks.Error("SECRET_KEY is one of an example: make a new one.", id="studio.E012")]
    return []


def machines(app_configs: object, **rest: Any) -> Told:
    """Several machines share a database server and a place for pictures."""
    database = settings.DATABASES["default"]
    sqlite = database["ENGINE"].endswith("sqlite3")
    server = "" if sqlite else str(database.get("HOST") or "")
    elsewhere = _is_elsewhere(settings.CELERY_BROKER_URL) or not (server in HERE or server.startswith("/"))
    if sqlite and elsewhere:
        words = (
            "Redis runs on another machine, and the database is SQLite, a file of this one: others would have another."
        )
        return [checks.Error(words, hint="Set DATABASE_URL to a PostgreSQL.", id="studio.E013")]
    if sqlite:
        words = "The database is SQLite: one machine, and one writer at a time (docs/deploy.md)."
        return [checks.Info(words, id="studio.I001")]
    if elsewhere and not settings.S3_BUCKET:
        words = "Where web and workers run on several machines, MEDIA_ROOT must be one folder of all, or use a bucket."
        return [checks.Info(words, id="studio.I002")]
    return []


def people(app_configs: object, **rest: Any) -> Told:
    """Mails arrive and lead here, limits count for who asks, nobody logs in by an account for looking around."""
    found: Told = []
    if urlsplit(settings.PUBLIC_URL).scheme != "https":
        words = "BRUSHWIRE_PUBLIC_URL is not https://…: links in mails would lead elsewhere."
        found.append(checks.Warning(words, id="studio.W001"))
    unsent = settings.EMAIL_BACKEND.rpartition("mail.backends.")[2].split(".")[0] in ("console", "locmem", "dummy")
    if unsent and settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory":
        words = "EMAIL_URL sends no mail, and addresses must be confirmed by one: nobody new can log in."
        found.append(checks.Warning(words, id="studio.W002"))
    if settings.TRUSTED_PROXIES < 1:
        words = "BRUSHWIRE_TRUSTED_PROXIES is 0: behind nginx everybody would count as one visitor."
        found.append(checks.Warning(words, id="studio.W003"))
    if settings.RATE_FACTOR <= 0:
        words = "BRUSHWIRE_RATE_FACTOR is 0: nothing is limited."
        found.append(checks.Warning(words, id="studio.W004"))
    if settings.DEMO_ACCOUNT:
        words = "BRUSHWIRE_DEMO_ACCOUNT is for looking around on one's own machine."
        found.append(checks.Warning(words, id="studio.W005"))
    return found


def speed(app_configs: object, **rest: Any) -> Told:
    """What works without, and better with."""
    found: Told = []
    if not settings.ACCEL_REDIRECT and not settings.S3_BUCKET:
        words = "ACCEL_REDIRECT is empty: the web processes send every picture themselves."
        found.append(checks.Info(words, id="studio.I003"))
    if _place(settings.STATE_REDIS_URL) == _place(settings.CELERY_BROKER_URL):
        words = "CHANNEL_REDIS_URL is empty: Celery's Redis carries sockets and previews as well."
        found.append(checks.Info(words, id="studio.I004"))
    return found


def _place(url: str) -> str:
    """A Redis without the number of its database."""
    return re.sub(r"/\d+$", "", url.partition("://")[2].partition("?")[0])


def _is_elsewhere(url: str) -> bool:
    """Whether a Redis is reached by the network on another machine."""
    split = urlsplit(url)
    return split.scheme in ("redis", "rediss") and (split.hostname or "") not in HERE
