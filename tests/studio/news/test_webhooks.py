"""Webhooks: told in the event's own transaction, signed, tried for a day, switched off when nobody is there."""

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts import keys, standing
from accounts.models import Notice, User
from studio import reconciler, tasks, tools
from studio.commands import webhooks
from studio.engines.seeding import seed
from studio.models import Delivery, Generation, Model, Webhook
from studio.news import events, outbox
from studio.protocol import Cancelled
from studio.queue import lifecycle
from studio.words.errors import Refused
from studio.worker import deliveries
from tests.stack.receiver import Receiver, listening

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Tests deliver by hand; to this machine only where they say so."""
    monkeypatch.setattr(tasks, "deliver_soon", lambda: None)
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


@pytest.fixture
def hook(alice: User, receiver: Receiver) -> Webhook:
    return webhooks.create(alice, receiver.url, list(Webhook.Occasion.values))[0]


def made(user: User) -> Generation:
    model, tool = Model.objects.get(name="fake"), tools.find("text_to_image")
    params = {"count": 1, "steps": 2}
    return lifecycle.submit(user.pk, f"c{uuid4().hex[:8]}", tool=tool, model=model, params=params, inputs={})


def happen(user: User) -> Delivery:
    with transaction.atomic():
        events.record(user.pk, Cancelled(generation=uuid4()))
    return Delivery.objects.filter(webhook__owner=user).latest("seq")


def now_due() -> None:
    Delivery.objects.filter(state="waiting").update(next_at=timezone.now() - timedelta(seconds=1))


def test_a_generation_is_told_in_order_with_its_ids_and_full_addresses(
    alice: User, bob: User, hook: Webhook, receiver: Receiver, settings: Any
) -> None:
    seed()
    settings.PUBLIC_URL = "https://studio.example"
    generation = made(alice)
    made(bob)
    claimed = lifecycle.claim("gpu")
    while claimed and claimed.owner_id != alice.pk:
        claimed = lifecycle.claim("gpu")
    assert claimed and lifecycle.finish(claimed, 1.0, list)
    assert deliveries.deliver_some() == 3
    told = receiver.messages
    assert [message["type"] for message in told] == ["queued", "started", "finished"]
    assert [message["state"] for message in told] == ["queued", "running", "finished"]
    assert [message["seq"] for message in told] == [1, 2, 3]
    assert {(message["generation"], message["command"]) for message in told} == {
        (str(generation.pk), generation.command)
    }
    assert told[2]["event"] == {"type": "finished", "seq": 3, "generation": str(generation.pk), "works": [],
                                "seconds": 1.0}  # fmt: skip
    assert outbox._reachable({"works": [{"image": "/media/x"}]}) == {
        "works": [{"image": "https://studio.example/media/x"}]
    }
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_what_is_rolled_back_is_told_to_nobody(alice: User, hook: Webhook) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        events.record(alice.pk, Cancelled(generation=uuid4()))
        raise RuntimeError
    assert not Delivery.objects.exists()


def test_only_what_was_chosen_is_told(alice: User, receiver: Receiver) -> None:
    webhooks.create(alice, receiver.url, ["finished"])
    with transaction.atomic():
        events.record(alice.pk, Cancelled(generation=uuid4()))
    assert not Delivery.objects.exists()


def test_the_signature_is_hmac_over_time_and_body_and_a_replaced_secret_signs_too(
    alice: User, receiver: Receiver
) -> None:
    hook, old = webhooks.create(alice, receiver.url)
    _, new = webhooks.new_secret(alice, hook.pk)
    assert old != new and old.startswith("whsec_") and old not in Webhook.objects.get().former_sealed
    delivery = happen(alice)
    deliveries.deliver_some()
    headers, body = receiver.arrived[0]
    stamp, *signatures = headers["Brushwire-Signature"].split(",")
    signed = stamp.removeprefix("t=").encode() + b"." + body
    assert signatures == [f"v1={hmac.new(s.encode(), signed, hashlib.sha256).hexdigest()}" for s in (new, old)]
    assert headers["Brushwire-Delivery"] == str(delivery.pk) == json.loads(body)["id"]
    assert (headers["Brushwire-Event"], headers["Brushwire-Attempt"]) == ("cancelled", "1")
    Webhook.objects.update(former_until=timezone.now() - timedelta(seconds=1))
    happen(alice)
    deliveries.deliver_some()
    assert receiver.arrived[1][0]["Brushwire-Signature"].count("v1=") == 1


def test_a_failure_is_tried_again_later_with_the_same_id_until_it_arrives(
    alice: User, hook: Webhook, receiver: Receiver
) -> None:
    receiver.answers = [(500, b"no\0" + b"x" * 5000, {}), (429, b"", {"Retry-After": "500"})]
    happen(alice)
    deliveries.deliver_some()
    row = Delivery.objects.get()
    assert row.state == "waiting" and 0 < (row.next_at - timezone.now()).total_seconds() < 13
    assert row.last["status"] == 500 and row.last["answer"].startswith("no�x") and len(row.last["answer"]) <= 512
    assert deliveries.deliver_some() == 0, "not yet"
    now_due()
    deliveries.deliver_some()
    row.refresh_from_db()
    assert 400 < (row.next_at - timezone.now()).total_seconds() < 510, "as long as the receiver asked for"
    now_due()
    deliveries.deliver_some()
    row.refresh_from_db()
    assert (row.state, row.attempts, [each["status"] for each in row.tries]) == ("delivered", 3, [500, 429, 204])
    assert len({body for _, body in receiver.arrived}) == 1
    hook.refresh_from_db()
    assert (hook.failures, hook.failing_since) == (0, None)


def test_it_is_given_up_after_a_day(alice: User, hook: Webhook, receiver: Receiver) -> None:
    receiver.answers = [(302, b"", {"Location": "http://169.254.169.254/"})]
    happen(alice)
    assert 23 * 3600 < sum(deliveries.AGAIN) <= 24 * 3600
    Delivery.objects.update(attempts=len(deliveries.AGAIN))
    deliveries.deliver_some()
    row = Delivery.objects.get()
    assert (row.state, row.next_at, row.last["status"]) == ("failed", None, 302), "redirects are not followed"


def test_who_dies_with_a_delivery_leaves_it_to_the_next(alice: User, hook: Webhook, receiver: Receiver) -> None:
    happen(alice)
    dead = deliveries._claim()
    assert len(dead) == 1 and deliveries.deliver_some() == 0, "claimed"
    now_due()
    deliveries.deliver_some()
    deliveries._note(dead[0], deliveries.Try(500, 1))  # it was not dead, only slow: what it says no longer counts
    assert Delivery.objects.get().state == "delivered"


def test_a_later_message_does_not_overtake_one_on_its_way(alice: User, hook: Webhook, receiver: Receiver) -> None:
    happen(alice)
    on_its_way = deliveries._claim()
    happen(alice)
    assert deliveries.deliver_some() == 0, "another process has the first in hand"
    deliveries._note(on_its_way[0], deliveries.Try(200, 1))
    assert deliveries.deliver_some() == 1


@pytest.mark.parametrize(("failures", "hours", "off"), [(19, 13, True), (19, 1, False), (3, 13, False)])
def test_often_and_for_long_it_is_switched_off_and_its_owner_told(
    hook: Webhook, receiver: Receiver, failures: int, hours: int, off: bool
) -> None:
    alice = hook.owner
    Webhook.objects.update(failures=failures, failing_since=timezone.now() - timedelta(hours=hours))
    receiver.answers = [(500, b"", {})]
    happen(alice)
    deliveries.deliver_some()
    hook.refresh_from_db()
    assert hook.enabled is not off and Notice.objects.filter(code="webhook_off", user=alice).exists() is off
    assert Delivery.objects.get().state == ("failed" if off else "waiting")
    if off:
        assert hook.off_because == "failing"
        with transaction.atomic():
            events.record(alice.pk, Cancelled(generation=uuid4()))
        assert Delivery.objects.count() == 1
        assert webhooks.change(alice, hook.pk, enabled=True).failures == 0


def test_gone_means_at_once(alice: User, hook: Webhook, receiver: Receiver) -> None:
    receiver.answers = [(410, b"", {})]
    happen(alice)
    deliveries.deliver_some()
    hook.refresh_from_db()
    assert (hook.enabled, hook.off_because) == (False, "gone")


def test_an_address_that_turns_out_to_be_private_is_not_connected_to(
    alice: User, hook: Webhook, receiver: Receiver, settings: Any
) -> None:
    happen(alice)
    settings.WEBHOOK_ALLOWED_HOSTS = ["public"]
    deliveries.deliver_some()
    row = Delivery.objects.get()
    assert (row.last["status"], row.last["error"]) == (0, "not_allowed") and not receiver.arrived


def test_a_receiver_that_says_nothing_is_not_waited_for(alice: User, hook: Webhook, settings: Any) -> None:
    settings.WEBHOOK_TIMEOUT = 0.05
    with socket.create_server(("127.0.0.1", 0)) as silent:
        Webhook.objects.update(url=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        happen(alice)
        deliveries.deliver_some()
    assert Delivery.objects.get().last["error"] == "timeout"
    now_due()
    deliveries.deliver_some()
    assert Delivery.objects.get().last["error"] == "unreachable", "nobody listens there any more"


def test_nothing_is_told_for_who_may_not_come_in_any_more(alice: User, hook: Webhook, receiver: Receiver) -> None:
    happen(alice)
    standing.suspend(alice, None, "x")
    deliveries.deliver_some()
    assert not receiver.arrived and Delivery.objects.get().state == "failed"


def test_the_reconciler_rings_for_what_is_due(alice: User, hook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    monkeypatch.setattr(tasks, "deliver_soon", lambda: rung.append(1))
    reconciler.run_once()
    assert not rung
    happen(alice)
    assert rung == [1], "after the commit"
    reconciler.run_once()
    assert rung == [1, 1]


def test_old_ones_are_forgotten(alice: User, hook: Webhook) -> None:
    happen(alice)
    assert deliveries.purge() == 0
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=15))
    assert deliveries.purge() == 1


def test_one_has_so_many_and_nobody_elses(alice: User, bob: User, hook: Webhook, settings: Any) -> None:
    settings.WEBHOOKS_PER_PERSON = 1
    with pytest.raises(Refused, match="webhooks_full"):
        webhooks.create(alice, hook.url)
    for act in (webhooks.find, webhooks.delete, webhooks.new_secret, webhooks.ping, webhooks.log_of):
        with pytest.raises(Refused, match="not_found"):
            act(bob, hook.pk)
    with pytest.raises(Refused, match="invalid"):
        webhooks.change(alice, hook.pk, events=[])
    with pytest.raises(Refused, match="invalid"):
        webhooks.change(alice, hook.pk, url="ftp://127.0.0.1/")
    with pytest.raises(Refused, match="webhook_target"):
        webhooks.change(alice, hook.pk, url="http://192.168.0.1/")


def test_over_the_api_a_key_of_that_scope_does_all_of_it(alice: User, bob: User, receiver: Receiver) -> None:
    _, secret = keys.make(alice, keys.Wish("hooks", ["webhooks"]))
    client, headers = Client(), {"Authorization": f"Bearer {secret}"}

    def ask(method: str, path: str = "", **body: Any) -> Any:
        told = {"data": json.dumps(body), "content_type": "application/json"} if body else {}
        return client.generic(method, f"/api/v1/webhooks{path}", headers=headers, **told)

    new = ask("POST", url=receiver.url, events=["finished"])
    assert new.status_code == 201 and new.json()["secret"].startswith("whsec_")
    at = f"/{new.json()['id']}"
    assert "secret" not in ask("GET", at).json() and len(ask("GET").json()["items"]) == 1
    assert ask("PATCH", at, events=["failed", "finished"]).json()["events"] == ["finished", "failed"]
    assert ask("POST", f"{at}/secret").json()["secret"] != new.json()["secret"]
    assert ask("POST", f"{at}/ping").status_code == 202
    deliveries.deliver_some()
    (told,) = ask("GET", f"{at}/deliveries").json()["items"]
    assert (told["event"], told["state"], told["tries"][0]["status"]) == ("ping", "delivered", 204)
    assert ask("POST", f"{at}/deliveries/{told['id']}/redeliver").json()["state"] == "waiting"
    deliveries.deliver_some()
    assert receiver.messages[0] == receiver.messages[1] and receiver.messages[0]["type"] == "ping"
    assert ask("PATCH", at, enabled=False).json()["enabled"] is False
    assert ask("POST", f"{at}/ping").json()["code"] == "webhook_disabled"
    assert ask("POST", url="http://10.0.0.1/").json()["code"] == "webhook_target"
    assert ask("POST", url=receiver.url, events=["eaten"]).status_code == 422
    _, of_bob = keys.make(bob, keys.Wish("hooks", ["webhooks"]))
    _, reads = keys.make(alice, keys.Wish("reads", ["read"]))
    for other, status in ((of_bob, 404), (reads, 403)):
        answer = client.get(f"/api/v1/webhooks{at}", headers={"Authorization": f"Bearer {other}"})
        assert answer.status_code == status
    assert ask("DELETE", at).status_code == 204 and ask("GET", at).status_code == 404
