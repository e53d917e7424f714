"""Several servers share the work: the least busy first, none beyond its limit, and none that has just failed often."""

import asyncio
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from studio import tools
from studio.engines import health
from studio.engines.base import Cancelled, EngineError
from studio.engines.remote import servers, threads
from studio.engines.remote.errors import ILL, RemoteError, of_status
from studio.engines.remote.servers import Target
from studio.job import Job, Output, Step
from studio.models import Model, Server, ServerUse
from studio.queue import lifecycle
from studio.words.errors import ERRORS
from studio.worker import runner
from tests.servers.hosting import hosted
from tests.servers.openai_images import ImagesServer
from tests.studio.engines.contract import Recorder
from tests.studio.engines.remote_jobs import LOCAL, ask_remote

KIND = "openai_images"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "LOOK_AGAIN", 0.01)
    monkeypatch.setattr(threads, "PULSE", 0.01)


def row(name: str, **about: Any) -> Server:
    return Server.objects.create(**{"name": name, "kind": KIND, "base_url": "http://gpu:1"} | about)


def run(work: Any, job: Job | None = None, on_step: Any = None) -> list[Output]:
    return servers.run(KIND, job or ask_remote(), on_step or Recorder(), work)


class Asked:
    """Work that notes which server it was for, and fails there with what is in `errors`."""

    def __init__(self, **errors: RemoteError) -> None:
        self.errors, self.names = errors, []

    async def __call__(self, target: Target, tell: Any) -> list[Output]:
        self.names.append(target.name)
        if target.name in self.errors:
            raise self.errors[target.name]
        return [Output(b"", "image/png", 1)]


def test_least_busy_for_its_weight_is_asked() -> None:
    small, large = row("small", at_once=9), row("large", at_once=9, weight=3.0)
    later = timezone.now() + timedelta(minutes=1)
    for server, count in ((small, 1), (large, 2)):
        for _turn in range(count):
            ServerUse.objects.create(server=server, job="x", until=later)
    asked = Asked()
    run(asked)
    assert asked.names == ["large"]
    for _turn in range(4):
        ServerUse.objects.create(server=large, job="x", until=later)
    run(asked)
    assert asked.names == ["large", "small"]
    assert ServerUse.objects.count() == 7  # ours are gone


def test_server_of_another_kind_or_name_or_without_the_model_or_off_is_not_asked() -> None:
    row("comfy", kind="comfyui")
    row("off", enabled=False)
    row("empty", offers=["another-model"])
    with pytest.raises(EngineError) as caught:
        run(Asked())
    assert caught.value.code == "model_unavailable"
    row("right", offers=["z-image-turbo"])
    row("named")
    asked = Asked()
    for _turn in range(5):
        run(asked, _for("named"))
    assert set(asked.names) == {"named"}


def _for(server: str) -> Job:
    from dataclasses import replace

    job = ask_remote()
    return replace(job, model=replace(job.model, server=server))


def test_job_waits_while_all_are_busy_and_can_be_cancelled_meanwhile() -> None:
    use = ServerUse.objects.create(server=row("one"), job="x", until=timezone.now() + timedelta(minutes=1))
    heard: list[Step] = []

    def on_step(step: Step) -> None:
        heard.append(step)
        if len(heard) == 3:
            use.delete()

    asked = Asked()
    run(asked, on_step=on_step)
    assert asked.names == ["one"] and [s.stage for s in heard[:3]] == ["waiting"] * 3
    assert [s.quiet for s in heard[:3]] == [False, True, True]
    ServerUse.objects.create(server=Server.objects.get(), job="x", until=timezone.now() + timedelta(minutes=1))
    with pytest.raises(Cancelled):
        run(asked, on_step=Recorder(2))
    assert ServerUse.objects.count() == 1


def test_what_a_dead_worker_held_is_free_again() -> None:
    ServerUse.objects.create(server=row("one"), job="x", until=timezone.now() - timedelta(seconds=1))
    run(Asked())
    assert not ServerUse.objects.exists()


def test_server_that_cannot_be_reached_is_left_for_another() -> None:
    row("down", weight=100.0, at_once=2)
    row("up")
    asked = Asked(down=RemoteError("engine_unreachable", sent=False))
    run(asked)
    assert asked.names == ["down", "up"]
    assert Server.objects.get(name="down").last_error == "engine_unreachable"
    assert Server.objects.get(name="up").last_ok_at


def test_what_may_have_been_done_is_not_asked_of_another() -> None:
    row("one", weight=100.0)
    row("two", weight=0.01)
    asked = Asked(one=RemoteError("engine_broken"), two=RemoteError("engine_broken"))
    with pytest.raises(RemoteError) as caught:
        run(asked)
    assert caught.value.code == "engine_broken" and len(asked.names) == 1


def test_busy_server_is_asked_again_as_often_as_it_says_and_then_given_up() -> None:
    row("one")
    asked = Asked(one=RemoteError("engine_busy", status=429, after=0.01))
    heard = Recorder()
    with pytest.raises(RemoteError) as caught:
        run(asked, on_step=heard)
    assert caught.value.code == "engine_busy" and len(asked.names) == 1 + servers.BUSY_TRIES
    assert any(step.stage == "waiting" for step in heard.steps)
    server = Server.objects.get()
    assert (server.failures, server.last_error) == (0, "engine_busy")


def test_breaker_opens_after_five_failures_lets_one_try_and_closes_when_that_works() -> None:
    row("one")
    broken, well = Asked(one=RemoteError("engine_error", status=500)), Asked()
    for _turn in range(servers.FAILURES):
        with pytest.raises(RemoteError):
            run(broken)
    with pytest.raises(RemoteError) as caught:
        run(well)
    assert caught.value.code == "engine_error" and not well.names  # it is not even asked
    Server.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(RemoteError):
        run(broken)
    first = Server.objects.get()
    assert first.failures == servers.FAILURES + 1
    assert first.open_until and first.open_until > timezone.now() + timedelta(seconds=15)  # twice as long
    Server.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    run(well)
    assert well.names == ["one"]
    assert (Server.objects.get().failures, Server.objects.get().open_until) == (0, None)


def test_what_was_wrong_with_a_request_says_nothing_about_the_server() -> None:
    row("one", failures=4)
    for status in (400, 404, 422):
        with pytest.raises(RemoteError):
            run(Asked(one=of_status(status)))
    assert Server.objects.get().failures == 0


@pytest.mark.parametrize(
    "status",
    [300, 301, 302, 307, 308, 400, 401, 402, 403, 404, 407, 408, 409, 413, 422, 429, 500, 501, 502, 503, 504, 599],
)
def test_every_status_has_a_code(status: int) -> None:
    assert of_status(status).code in ERRORS and of_status(status).status == status
    assert set(ERRORS) >= ILL


def test_models_whose_servers_are_full_wait_in_the_queue() -> None:
    def model(name: str, **about: Any) -> Model:
        return Model.objects.create(name=name, title=name, engine=KIND, family="z_image", source=name, **about)

    one, two = row("one", offers=["a"]), row("two", offers=["b"], at_once=2)
    for name in ("a", "b", "none"):
        model(name)
    model("pinned", server=two)
    later = timezone.now() + timedelta(minutes=1)
    assert servers.full(KIND) == frozenset()
    ServerUse.objects.create(server=one, job="x", until=later)
    ServerUse.objects.create(server=two, job="x", until=later)
    assert servers.full(KIND) == {"a"}
    Server.objects.filter(pk=one.pk).update(open_until=later)  # fails at once instead of waiting
    assert servers.full(KIND) == frozenset()


def test_claim_passes_over_what_could_not_start_and_takes_it_later(alice: Any) -> None:
    words = tools.find("text_to_image")
    for name in ("a", "b"):
        model = Model.objects.create(name=name, title=name, engine=KIND, family="z_image", source=name)
        lifecycle.submit(alice.pk, name, tool=words, model=model, params={"steps": 1, "count": 1}, inputs={})
    first = lifecycle.claim("remote", full={"a"})
    assert first is not None and first.model_name == "b"
    assert lifecycle.claim("remote", full={"a"}) is None
    second = lifecycle.claim("remote")
    assert second is not None and second.model_name == "a"


def test_quiet_sign_of_life_tells_nobody_and_hears_of_a_cancel(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr("studio.news.events.progress", lambda *about: told.append(about))
    model = Model.objects.create(name="a", title="A", engine=KIND, family="z_image", source="a")
    words, params = tools.find("text_to_image"), {"steps": 1, "count": 1}
    lifecycle.submit(alice.pk, "one", tool=words, model=model, params=params, inputs={})
    generation = lifecycle.claim("remote")
    assert generation is not None
    reporter = runner.Reporter(generation, runner.Watch(generation))
    reporter.on_step(Step("remote", quiet=True))
    assert not told
    reporter.on_step(Step("remote"))
    assert len(told) == 1
    lifecycle.request_cancel(generation)
    with pytest.raises(Cancelled):
        reporter.on_step(Step("remote", quiet=True))


def test_secret_that_can_no_longer_be_read_is_told_and_holds_nothing() -> None:
    row("one", secret_sealed="damaged")
    with pytest.raises(RemoteError) as caught:
        run(Asked())
    assert caught.value.code == "engine_unauthorised" and not ServerUse.objects.exists()


def test_coroutine_is_ended_and_waited_for_when_nobody_wants_it() -> None:
    row("one")
    ended = threading.Event()

    async def work(target: Target, tell: Any) -> list[Output]:
        tell(Step("remote"))
        try:
            await asyncio.sleep(30)
        finally:
            await asyncio.sleep(0.02)
            ended.set()
        return []

    began = time.monotonic()
    with pytest.raises(Cancelled):
        run(work, on_step=Recorder(3))
    assert ended.is_set() and time.monotonic() - began < 25 and not ServerUse.objects.exists()


def test_long_work_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "RENEW_EVERY", 0.0)
    row("one")
    held: list[Any] = []

    async def work(target: Target, tell: Any) -> list[Output]:
        async with asyncio.timeout(60):
            while len(set(held)) < 2:
                await asyncio.sleep(0.01)
        return []

    def on_step(step: Step) -> None:
        held.extend(ServerUse.objects.values_list("until", flat=True))

    run(work, on_step=on_step)
    assert max(held) > min(held)


def test_looking_writes_down_health_models_and_todays_key(settings: Any) -> None:
    settings.ENGINE_ALLOWED_HOSTS = LOCAL
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "old" * 20, []
    server = row("one")
    server.secret = "k3y"
    server.save()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, ["old" * 20]
    with hosted(ImagesServer(secret="k3y")) as host:
        Server.objects.update(base_url=host.url)
        health.look_at_all()
    found = Server.objects.get()
    assert found.offers == ["sd-turbo", "z-image-turbo"] and found.last_ok_at and found.checked_at
    settings.SECRET_KEY_FALLBACKS = []
    assert found.secret == "k3y"
    health.look_at_some([found.pk])  # it is gone now
    found.refresh_from_db()
    assert (found.last_error, found.failures, found.offers) == ("engine_unreachable", 1, ["sd-turbo", "z-image-turbo"])
