"""Dangerous settings are told before the studio starts: one change each to settings that are fine."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import checks as django_checks

from studio import checks

FINE = {
    "SECRET_KEY": "k9" * 40,
    "S3_BUCKET": "",
    "MEDIA_ROOT": "/srv/a/media",
    "STATIC_ROOT": "/srv/a/static",
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": "", "NAME": "brushwire"}},
    "CELERY_BROKER_URL": "redis+socket:///run/broker.sock?virtual_host=1",
    "STATE_REDIS_URL": "unix:///run/channels.sock?db=3",
    "PUBLIC_URL": "https://studio.example.org",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
    "TRUSTED_PROXIES": 1,
    "RATE_FACTOR": 1.0,
    "DEMO_ACCOUNT": "",
    "ACCEL_REDIRECT": "/_protected/works/",
}
SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
AWAY = {"default": FINE["DATABASES"]["default"] | {"HOST": "db.example.org"}}  # type: ignore[index]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[..., set[str]]:
    """`told(NAME=value)`: the numbers of all that our checks say then."""

    class Settings:
        pass

    def ask(**changes: Any) -> set[str]:
        chosen = Settings()
        for name, value in (FINE | changes).items():
            setattr(chosen, name, value)
        monkeypatch.setattr(checks, "settings", chosen)
        ours = (checks.bucket, checks.media, checks.secret, checks.machines, checks.people, checks.speed)
        return {str(message.id) for check in ours for message in check(None)}

    return ask


def test_what_is_fine_is_fine(told: Callable[..., set[str]]) -> None:
    assert told() == set()


@pytest.mark.parametrize(
    ("changes", "numbers"),
    [
        ({"SECRET_KEY": "test-only-" + "x" * 50}, {"studio.E012"}),
        ({"SECRET_KEY": "Change-me" * 9}, {"studio.E012"}),
        ({"MEDIA_ROOT": "/srv/a/static/media"}, {"studio.E011"}),
        ({"STATIC_ROOT": "/srv/a/media"}, {"studio.E011"}),
        ({"DATABASES": SQLITE, "CELERY_BROKER_URL": "redis://10.0.0.5:6379/1"}, {"studio.E013"}),
        ({"DATABASES": SQLITE}, {"studio.I001"}),
        ({"DATABASES": AWAY}, {"studio.I002"}),
        ({"DATABASES": AWAY, "S3_BUCKET": "pictures", "ACCEL_REDIRECT": ""}, set()),
        ({"PUBLIC_URL": "http://127.0.0.1:8000"}, {"studio.W001"}),
        ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, {"studio.W002"}),
        ({"TRUSTED_PROXIES": 0}, {"studio.W003"}),
        ({"RATE_FACTOR": 0.0}, {"studio.W004"}),
        ({"DEMO_ACCOUNT": "demo"}, {"studio.W005"}),
        ({"ACCEL_REDIRECT": ""}, {"studio.I003"}),
        ({"CELERY_BROKER_URL": "redis://a:1/1", "STATE_REDIS_URL": "redis://a:1/3"}, {"studio.I002", "studio.I004"}),
    ],
)
def test_what_is_not_is_told_by_its_number(
    told: Callable[..., set[str]], changes: dict[str, Any], numbers: set[str]
) -> None:
    assert told(**changes) == numbers


def test_a_bucket_needs_its_packages(told: Callable[..., set[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.importlib.util, "find_spec", lambda name: None)
    assert told(S3_BUCKET="pictures") == {"studio.E010"}


def test_they_are_asked() -> None:
    everything = django_checks.registry.registry.get_checks(include_deployment_checks=True)
    assert {checks.bucket, checks.media, checks.secret, checks.machines, checks.people, checks.speed} <= set(everything)
    assert checks.people not in django_checks.registry.registry.get_checks()
