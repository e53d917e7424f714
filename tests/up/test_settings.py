"""What the environment says and cannot mean is refused at the start, by its name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import Env, redis_url

ROOT = Path(__file__).resolve().parents[2]


def test_a_typo_in_a_setting_keeps_the_studio_from_starting() -> None:
    wrong = os.environ | {"BRUSHWIRE_SAFETY": "of"}
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=wrong,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr == "The settings are wrong: BRUSHWIRE_SAFETY must be off, hold, blur or refuse, not 'of'.\n"


@pytest.mark.parametrize("word", ["True", "yes", "ON", "1"])
def test_words_for_yes(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("X", word)
    assert Env().bool("X") is True


@pytest.mark.parametrize("word", ["False", "no", "off", "0", ""])
def test_words_for_no(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("X", word)
    assert Env().bool("X", default=True) is False


@pytest.mark.parametrize(
    ("kind", "word"),
    [("bool", "ture"), ("int", "6o"), ("int", "1.5"), ("float", "nan"), ("float", "inf"), ("float", "")],
)
def test_what_is_no_such_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, kind: str, word: str) -> None:
    monkeypatch.setenv("X", word)
    with pytest.raises(ImproperlyConfigured, match=r"^X must be"):
        getattr(Env(), kind)("X", default=1)


def test_defaults_and_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (Env().int("X", default=3), Env().float("X", default=0.5), Env().bool("X", default=False)) == (3, 0.5, False)
    monkeypatch.setenv("X", "-7")
    assert Env().int("X") == -7
    assert Env().choice("Y", "a", "b", default="b") == "b"


@pytest.mark.parametrize(
    ("broker", "channels", "celery", "others"),
    [
        ("redis://a:6379", "", "redis://a:6379/1", "redis://a:6379/3"),
        ("redis://a:6379/0", "redis://:word@b:6380", "redis://a:6379/1", "redis://:word@b:6380/3"),
        (
            "unix:///run/a.sock",
            "unix:///run/b.sock?db=7",
            "redis+socket:///run/a.sock?virtual_host=1",
            "unix:///run/b.sock?db=3",
        ),
    ],
)
def test_celery_has_its_own_redis_where_the_rest_has_another(
    monkeypatch: pytest.MonkeyPatch, broker: str, channels: str, celery: str, others: str
) -> None:
    monkeypatch.setenv("REDIS_URL", broker)
    monkeypatch.setenv("CHANNEL_REDIS_URL", channels)
    assert redis_url(1, celery=True) == celery
    assert redis_url(3) == others
