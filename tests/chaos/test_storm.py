"""Kills in the middle of everything lose nothing; and the checker that says so can say otherwise."""

from collections.abc import Callable

from django.conf import settings

from studio.models import Generation
from tests.chaos.parts import Chaos
from tests.chaos.storm import Plan, Storm
from tests.stack.redis_server import RedisServer

PARTS = ("web", "worker0", "worker1", "reconciler")


async def test_nothing_is_lost_or_doubled_while_everything_is_killed(
    started: Callable[..., Chaos], redis_server: RedisServer
) -> None:
    plan = Plan(requests=200, people=8, worker_kills=8, redis_kills=1, web_kills=1, pause=0.5, patience=300)
    outcome = await Storm(plan, started(*PARTS), redis_server).run()
    assert outcome.violations == []
    assert (outcome.accepted, sum(outcome.ended.values()), outcome.orphans) == (200, 200, 0)
    # Whoever lost three workers, as chance may have it, is told so; nothing else may end otherwise than finished.
    unlucky = Generation.objects.exclude(state="finished").values_list("state", "error_code", "attempt")
    assert set(unlucky) <= {("failed", "worker_lost", settings.MAX_ATTEMPTS)}
    assert len(unlucky) <= 2
    assert outcome.kills["worker"] >= 4
    assert outcome.wasted <= 0.25  # one in eight is killed here; the figure of docs/reliability.md is the large one


async def test_checker_finds_what_is_lost_without_the_reconciler(
    started: Callable[..., Chaos], redis_server: RedisServer
) -> None:
    """The negative control: the same storm over the broker alone, as it is usually built."""
    plan = Plan(
        requests=40, people=4, worker_kills=3, redis_kills=2, pause=0.4, patience=300, rest=2.0, prompt="slow:0.1"
    )
    outcome = await Storm(plan, started("web", "worker0", "worker1"), redis_server).run()
    assert any(each.startswith("not ended") for each in outcome.violations)
