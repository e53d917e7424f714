"""What a request costs: known before, charged with the row, given back for what is not made."""

from uuid import uuid4

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import Role, User
from gallery.models import Work
from studio import invariants, tools
from studio.commands import generations, live
from studio.models import Generation, Model, State
from studio.protocol import Draw, Submit
from studio.queue import lifecycle, limits, prices
from studio.words import reasons
from studio.words.errors import ERRORS, Refused, text

pytestmark = pytest.mark.database
PARAMS = {"prompt": "x", "steps": 10, "count": 1, "width": 500, "height": 400}


@pytest.fixture(autouse=True)
def no_cache(redis_server: object) -> None:
    cache.clear()


@pytest.fixture
def fake(models) -> Model:
    return Model.objects.get(name="fake")


def weigh(weight: float | None) -> None:
    Model.objects.update(cost_weight=weight)


def ask(user: User, name: str = "text_to_image", **params: object) -> Generation:
    asked = {"prompt": "x", "steps": 10, "width": 128, "height": 128} | params
    return generations.submit(user, Submit(type="submit", id=uuid4().hex, tool=name, model="fake", params=asked))


def cost(model: Model, name: str = "text_to_image", **params: object) -> float:
    return prices.cost(tools.find(name), model, PARAMS | params)


def ran(owner: User, seconds: float, **params: object) -> None:
    about = {"tool": "text_to_image", "model_name": "fake", "params": PARAMS | params, "state": State.FINISHED}
    Generation.objects.create(
        owner=owner, command=uuid4().hex, device_seconds=seconds, finished_at=timezone.now(), **about
    )


def test_the_price_is_megapixels_times_steps_times_pictures_times_weight(fake) -> None:
    fake.cost_weight = 2.0
    assert cost(fake) == 4.0
    assert cost(fake, count=3, steps=5) == 6.0
    assert cost(fake, upscale=2) == pytest.approx(4.0 + 0.8 * 2)
    assert cost(fake, sampler="Heun") == 7.6
    assert cost(fake, "image_to_image", strength=0.5) == 2.0


def test_enlarging_a_picture_is_priced_by_the_picture(fake) -> None:
    fake.cost_weight = 1.0
    upscale = tools.find("upscale")
    fitted = upscale.fitted({"count": 1, "scale": 2}, {"image": (1000, 500)}, fake)
    assert prices.cost(upscale, fake, fitted) == 2.0


def test_the_weight_is_the_admins_else_measured_else_the_familys(fake, alice) -> None:
    text_to_image = tools.find("text_to_image")
    assert prices.weight_of(fake, text_to_image) == prices.OTHERWISE
    assert prices.weight_of(Model(name="m", family="flux"), text_to_image) == 1.0
    for seconds in (1.0, 1.0, 1.0, 1.1, 1.1, 1.2, 99.0):
        ran(alice, seconds)
    assert prices.weight_of(fake, text_to_image) == prices.OTHERWISE
    ran(alice, 4.4, steps=40)
    assert prices.weight_of(fake, text_to_image) == 0.55
    fake.cost_weight = 7.0
    assert prices.weight_of(fake, text_to_image) == 7.0


def test_a_request_above_the_cap_of_the_role_is_refused_and_costs_nothing(fake, alice, bob) -> None:
    weigh(1000.0)
    Role.objects.filter(group__name="member").update(gpu_seconds_per_request=100)
    with pytest.raises(Refused) as refused:
        ask(alice)
    assert (refused.value.code, refused.value.params) == ("too_expensive", {"cost": 164, "limit": 100})
    assert "164" in text("too_expensive", refused.value.params)
    assert not Generation.objects.exists()
    Role.objects.filter(group__name="member").update(gpu_seconds_per_request=None)
    assert ask(bob).cost == 163.84


def test_the_days_seconds_are_charged_before_it_waits_and_the_next_is_told_what_is_left(fake, alice, bob) -> None:
    weigh(100.0)
    Role.objects.filter(group__name="member").update(gpu_seconds_per_day=40)
    first = ask(alice)
    ask(alice)
    assert (first.cost, limits.use_of(alice.pk).gpu_seconds) == (16.384, 32.768)
    with pytest.raises(Refused) as refused:
        ask(alice)
    params = refused.value.params
    assert (refused.value.code, params["what"], params["left"]) == ("quota_exceeded", "gpu_seconds_per_day", 7)
    assert "7" in text("quota_exceeded", params)
    ask(bob)
    lifecycle.request_cancel(first)
    ask(alice)


def test_live_drawing_is_refused_when_the_days_seconds_were_asked_away(fake, alice) -> None:
    weigh(17 / 0.16384)
    Role.objects.filter(group__name="member").update(gpu_seconds_per_day=17)
    live.forget_admitted()
    ask(alice)
    drawing = Draw(type="draw", board="b1", revision=1, tool="text_to_image", model="fake", params={"prompt": "x"})
    with pytest.raises(Refused) as refused:
        live.draw(alice, drawing, None, "page.x")
    assert refused.value.params["what"] == "gpu_seconds_per_day"


@pytest.mark.parametrize(
    ("end", "left"),
    [
        (lambda made: lifecycle.finish(made, 1.0, list), 1.0),
        (lambda made: lifecycle.fail(made, "engine_failed", {}, 1.0), 0.0),
        (lambda made: lifecycle.cancelled(made, 1.0, done=0.25), 0.25),
        (lambda made: lifecycle.cancelled(made, 1.0), 0.0),
        (lambda made: lifecycle.cancelled(made, 1.0, done=7.0), 1.0),
    ],
)
def test_what_is_not_made_is_given_back(fake, alice, end, left) -> None:
    weigh(100.0)
    made = ask(alice)
    assert end(lifecycle.claim("gpu"))
    assert limits.use_of(alice.pk).gpu_seconds == pytest.approx(made.cost * left)
    made.refresh_from_db()
    assert made.cost - made.refunded == pytest.approx(made.cost * left)
    assert list(invariants.problems()) == []


def test_one_that_waits_for_ever_or_loses_its_worker_too_often_is_given_back(fake, alice, settings) -> None:
    weigh(100.0)
    settings.QUEUE_EXPIRES_AFTER = -1.0
    ask(alice)
    assert lifecycle.expire_waiting() == 1
    ask(alice)
    for _ in range(settings.MAX_ATTEMPTS):
        lifecycle.engine_lost(lifecycle.claim("gpu"), 1.0)
    assert limits.use_of(alice.pk).gpu_seconds == 0.0
    assert list(invariants.problems()) == []


def test_one_that_is_tried_again_is_charged_once(fake, alice) -> None:
    weigh(100.0)
    made = ask(alice)
    lifecycle.engine_lost(lifecycle.claim("gpu"), 5.0)
    lifecycle.release(lifecycle.claim("gpu"))
    assert limits.use_of(alice.pk).gpu_seconds == made.cost


def test_the_checker_sees_books_that_do_not_balance(fake, alice) -> None:
    from tests.chaos import checker

    weigh(100.0)
    made = ask(alice)
    lifecycle.fail(lifecycle.claim("gpu"), "engine_failed", {})
    assert list(invariants.problems()) == [] and list(checker._ledger()) == []
    Generation.objects.filter(pk=made.pk).update(refunded=1.0)
    assert "not all that was charged" in " ".join(invariants.problems())
    assert list(checker._ledger())
    Generation.objects.filter(pk=made.pk).update(refunded=99.0)
    assert "was charged" in " ".join(invariants.problems())
    Generation.objects.filter(pk=made.pk).update(state=State.QUEUED, finished_at=None, refunded=1.0)
    assert "is queued" in " ".join(invariants.problems())


def test_the_same_command_is_charged_once(fake, alice) -> None:
    weigh(100.0)
    command = Submit(type="submit", id="once", tool="text_to_image", model="fake", params={"prompt": "x"})
    assert generations.submit(alice, command).pk == generations.submit(alice, command).pk
    assert limits.use_of(alice.pk).gpu_seconds == Generation.objects.get().cost


def test_one_and_many_have_their_words() -> None:
    assert text("queue_full", {"limit": 1}).startswith("You already have 1 picture waiting")
    assert text("queue_full", {"limit": 2}).startswith("You already have 2 pictures waiting")
    assert text("quota_exceeded", {"what": "images_per_day", "limit": 1}).startswith("You can make 1 picture a day")
    assert "…" in text("queue_full")
    assert all(text(code) for code in ERRORS)
    assert all(reasons.text(code, {}) for code in reasons.REASONS) and reasons.text("unheard_of", {}) == ""


# Before it is asked for -----------------------------------------------------------------------------------------


def price(client, **body: object):
    asked = {"tool": "text_to_image", "model": "fake", "params": {"width": 128, "height": 128, "steps": 10}} | body
    return client.post("/api/v1/price", asked, content_type="application/json")


def test_alice_is_told_the_price_and_what_she_has_left_before_she_asks(client, fake, alice) -> None:
    weigh(100.0)
    Role.objects.filter(group__name="member").update(gpu_seconds_per_day=40)
    client.force_login(alice)
    assert price(client).json() == {"cost": 16.384, "left": 40.0, "limit": 40, "refusal": None}
    ask(alice)
    ask(alice)
    told = price(client).json()
    assert (told["left"], told["refusal"]["code"]) == (pytest.approx(7.232), "quota_exceeded")
    assert "7" in told["refusal"]["message"]
    assert price(client, params={"width": 512, "height": 512, "steps": 90}).json()["refusal"]["code"] == "too_expensive"


def test_whoever_has_no_limit_is_told_the_price_alone(client, fake, alice) -> None:
    weigh(100.0)
    Role.objects.update(gpu_seconds_per_day=None, gpu_seconds_per_request=None)
    client.force_login(alice)
    assert price(client).json() == {"cost": 16.384, "left": None, "limit": None, "refusal": None}


def test_what_cannot_be_asked_for_has_no_price(client, fake, alice) -> None:
    client.force_login(alice)
    for asked, code in (
        ({"tool": "none"}, "unknown_tool"),
        ({"model": "none"}, "model_unavailable"),
        ({"params": {"steps": "many"}}, "invalid"),
    ):
        told = price(client, **asked).json()
        assert (told["cost"], told["refusal"]["code"]) == (None, code)
    assert price(client, params=7).status_code == 422


def test_nobody_is_told_a_price(client, fake) -> None:
    assert price(client).status_code == 401


def test_the_works_are_still_there_after_it_finished(fake, alice) -> None:
    weigh(100.0)
    made = ask(alice)
    claimed = lifecycle.claim("gpu")
    lifecycle.finish(
        claimed, 1.0, lambda: [Work.objects.create(owner=alice, generation=made.pk, seed=1, width=8, height=8)]
    )
    assert generations.describe_one(alice, made.pk).cost == made.cost
