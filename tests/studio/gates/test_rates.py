"""The token bucket: atomic in Redis, by each process for itself without it, and what pages and programs are told."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from studio.commands import arriving
from studio.gates import rates
from studio.process import quick
from studio.words.errors import Refused

# What is asked for over HTTP comes back so slowly that a slow machine is none the wiser.
SUBMIT = {
    "submit": (3.0, 0.5),
    "read": (5.0, 0.02),
    "write": (2.0, 0.02),
    "visitor": (2.0, 0.02),
    "upload": (1.0, 0.01),
}


@pytest.fixture(autouse=True)
def small_buckets(settings: Any, redis_server: Any) -> None:
    quick.state().flushdb()
    rates._here._buckets.clear()
    settings.RATES, settings.RATE_FACTOR = SUBMIT, 1.0


def test_so_many_at_once_and_then_as_they_come_back(settings: Any) -> None:
    settings.RATES = {"submit": (3.0, 0.01)}
    taken = [rates.take("submit", "p1") for _ in range(4)]
    assert [one.allowed for one in taken] == [True, True, True, False]
    assert [one.left for one in taken[:3]] == [2, 1, 0]
    assert 90 <= taken[3].again <= 100
    settings.RATES = {"submit": (3.0, 20.0)}
    time.sleep(0.06)
    assert rates.take("submit", "p1").allowed


def test_people_do_not_share_a_bucket_and_things_do_not_either() -> None:
    assert not [rates.take("submit", "p1", cost=3) for _ in range(2)][1].allowed
    assert rates.take("submit", "p2").allowed
    assert rates.take("read", "p1").allowed


def test_what_costs_more_than_there_is_takes_nothing() -> None:
    assert rates.take("submit", "p1", cost=2).allowed
    refused = rates.take("submit", "p1", cost=2)
    assert (refused.allowed, refused.left, refused.again) == (False, 1, 2)
    assert rates.take("submit", "p1", cost=1).allowed
    assert rates.take("submit", "p3", cost=99).allowed, "more than a bucket holds costs a whole one"


def test_asking_again_what_happened_has_a_rate_of_its_own(settings: Any) -> None:
    settings.RATES = {"news": (2.0, 0.1)}
    for _ in range(2):
        arriving.ask_again(User(pk=1))
    with pytest.raises(Refused, match="rate_limited"):
        arriving.ask_again(User(pk=1))
    arriving.ask_again(User(pk=2))


def test_of_many_at_the_same_moment_none_gets_past_the_limit(settings: Any) -> None:
    settings.RATES = {"submit": (20.0, 0.001)}
    gate = threading.Barrier(8, timeout=60)

    def ask(_: int) -> int:
        gate.wait()
        return sum(rates.take("submit", "p1").allowed for _ in range(10))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 20


def test_the_script_is_handed_over_again_after_redis_forgot_it() -> None:
    assert rates.take("submit", "p1").left == 2
    quick.state().script_flush()
    assert rates.take("submit", "p1").left == 1


def test_a_bucket_is_forgotten_when_it_would_be_full_again() -> None:
    rates.take("submit", "p1")
    (key,) = quick.state().keys("rate:*")
    assert 1000 < quick.state().pttl(key) <= 3000


def test_without_redis_each_process_counts_for_itself_at_once_and_says_so_once(
    state_away: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rates, "_complained_at", -100.0)
    begun = time.monotonic()
    assert [rates.take("submit", "p1").allowed for _ in range(4)] == [True, True, True, False]
    assert time.monotonic() - begun < 5
    assert len(caplog.records) == 1


def test_what_a_process_remembers_without_redis_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "REMEMBERED", 5)
    for n in range(20):
        rates._here.take(f"{n}", 1.0, 1.0, 1.0)
    assert len(rates._here._buckets) == 5


def test_a_factor_of_nought_limits_nothing(settings: Any) -> None:
    settings.RATE_FACTOR = 0
    assert all(rates.take("submit", "p1").allowed for _ in range(50))


def test_no_address_is_kept_in_redis_and_an_unknown_one_is_not_counted() -> None:
    rates.take("visitor", rates.address("192.0.2.7"))
    (key,) = quick.state().keys("rate:*")
    assert b"192" not in key
    assert all(rates.take("visitor", rates.address("")).allowed for _ in range(9))


# Over HTTP -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_program_that_asks_too_often_is_told_when_to_come_again(client: Client, alice: Any) -> None:
    client.force_login(alice)
    answers = [client.get("/api/v1/prompts") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[0]["RateLimit-Limit"] == "5" and answers[0]["RateLimit-Remaining"] == "4"
    last = answers[5]
    again = last.json()["params"]["retry_after"]
    assert 0 < again <= 50
    assert last.json() == {
        "code": "rate_limited",
        "message": "Too many messages at once. Please slow down.",
        "fields": {},
        "params": {"retry_after": again},
        "request_id": last["X-Request-ID"],
    }
    assert (last["Retry-After"], last["RateLimit-Remaining"], last["Cache-Control"]) == (str(again), "0", "no-store")
    assert client.post("/api/v1/boards/x").status_code != 429, "writing has a bucket of its own"
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_a_visitor_who_asks_too_often_gets_a_page_and_others_their_own_bucket(client: Client, alice: Any) -> None:
    answers = [client.get("/explore/", headers={"accept": "text/html"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert re.search(r"It goes on in \d+ seconds?\.", answers[2].content.decode())
    assert client.get("/explore/", REMOTE_ADDR="192.0.2.8").status_code == 200
    assert client.get("/explore/", REMOTE_ADDR="2001:db8::1").status_code == 200
    assert client.get("/explore/", REMOTE_ADDR="2001:db8::2").status_code == 200
    assert client.get("/explore/", REMOTE_ADDR="2001:db8:0:0:ffff::").status_code == 429, "of IPv6 the /64 counts"
    client.force_login(alice)
    assert client.get("/explore/").status_code == 200, "who is logged in has a bucket of their own"


@pytest.mark.django_db
def test_a_refusal_inside_a_call_says_when_too(client: Client, alice: Any) -> None:
    rates.check("upload", alice.pk)
    with pytest.raises(Refused) as refused:
        rates.check("upload", alice.pk)
    assert 50 < refused.value.params["retry_after"] <= 100
    from django.core.files.uploadedfile import SimpleUploadedFile

    client.force_login(alice)
    answer = client.post("/api/v1/inputs", {"file": SimpleUploadedFile("x.png", b"x", "image/png")})
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert 50 < int(answer["Retry-After"]) <= 100
