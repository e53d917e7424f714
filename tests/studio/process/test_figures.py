"""What processes count, and /metrics, where one answer tells the figures of all of them to who may know."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import User
from studio.process import counting, quick, rounds
from tests.conftest import NO_REDIS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def counted(models: None, redis_server: object, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(counting, "_counts", {})
    quick.state().flushdb()


def told(client: Client, **headers: str) -> dict[str, list[Any]]:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/plain")
    return {family.name: family.samples for family in text_string_to_metric_families(answer.content.decode())}


def test_without_a_setting_there_is_no_such_page(client: Client) -> None:
    assert client.get("/metrics").status_code == 404


def test_the_token_or_the_address_lets_in_and_nothing_else(client: Client, alice: User, settings: Any) -> None:
    settings.METRICS_TOKEN = "a-long-token"
    client.force_login(alice)
    for wrong in ("", "Bearer", "Bearer a-long-toke", "Basic a-long-token", "Bearer ä"):
        answer = client.get("/metrics", headers={"Authorization": wrong} if wrong else {})
        assert answer.status_code == 401 and b"brushwire" not in answer.content
    assert told(client, Authorization="Bearer a-long-token")
    assert client.post("/metrics").status_code == 405
    settings.METRICS_TOKEN, settings.METRICS_FROM = "", ["10.0.0.0/8", "127.0.0.1"]
    assert told(client)
    settings.METRICS_FROM = ["10.0.0.0/8", "::1"]
    assert client.get("/metrics").status_code == 401
    settings.METRICS_FROM, settings.METRICS_TOKEN = ["10.0.0.1"], ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401, "no token is no token"


def test_one_answer_tells_what_every_process_counted(client: Client, settings: Any, monkeypatch: Any) -> None:
    settings.METRICS_FROM = ["127.0.0.1"]
    counting.add("ended", end="finished", tool="text_to_image", model="fake")
    for seconds in (0.2, 0.2, 700.0):
        counting.time("made", seconds, tool="text_to_image", model="fake")
    counting.tell()
    monkeypatch.setattr(counting, "_counts", {})
    monkeypatch.setattr(counting, "name_of_process", lambda: "worker@other:9")
    counting.add("ended", 2, end="failed", tool="text_to_image", model='a "b"\n')
    counting.hold("sockets", 7, kind="page")
    counting.tell()
    found = told(client)
    ended = {sample.labels["process"]: sample.value for sample in found["brushwire_ended"]}
    assert sorted(ended.values()) == [1.0, 2.0] and ended["worker@other:9"] == 2.0
    made = {sample.labels.get("le", sample.name): sample.value for sample in found["brushwire_made_seconds"]}
    assert (made["0.1"], made["0.25"], made["600.0"], made["+Inf"]) == (0.0, 2.0, 2.0, 3.0)
    assert made["brushwire_made_seconds_sum"] == pytest.approx(700.4)
    assert found["brushwire_sockets"][0].value == 7.0
    assert {sample.labels["queue"] for sample in found["brushwire_queue_wanted"]} == {"gpu", "cpu", "remote"}
    assert [sample.labels["code"] for sample in found["brushwire_alarm"]] == ["no_reconciler"]


def test_requests_are_counted_by_route_not_by_address(client: Client, alice: User) -> None:
    client.force_login(alice)
    client.get("/gallery/")
    client.get("/gallery/2f0c1a44-6f9f-4c8e-9a67-0d8c1d1f0b11/")
    client.get("/nothing-of-ours/2f0c1a44")
    client.get("/healthz")
    counting.tell()
    (process,) = counting.read()
    rows = {(labels["route"], labels["status"]): value for labels, value in process.figures["requests"]}
    assert rows == {("gallery/", "200"): 1.0, ("gallery/<uuid:work>/", "404"): 1.0, ("", "404"): 1.0}
    assert counting.total([process], "requests") == 3.0


def test_a_process_that_is_gone_is_told_no_more(monkeypatch: Any) -> None:
    counting.add("taken_back")
    counting.tell()
    assert len(counting.read()) == 1
    monkeypatch.setattr(counting, "FRESH_FOR", -1.0)
    assert counting.read() == []


def test_counting_has_an_end_and_survives_redis(monkeypatch: Any, settings: Any) -> None:
    monkeypatch.setattr(counting, "MOST", 3)
    for n in range(9):
        counting.add("requests", route=str(n))
        counting.time("request_seconds", 0.1, route=str(n))
    assert len(counting._counts) == 3
    counting.add("requests", route="0")
    settings.STATE_REDIS_URL = NO_REDIS
    assert counting.read() == []
    done: list[str] = []
    monkeypatch.setattr(rounds, "_acts", [counting.tell, lambda: done.append("the next one")])
    rounds.go_round()
    assert done == ["the next one"]
