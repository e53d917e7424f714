"""Redis frozen, as half-open networks freeze it: pages answer within a second, submits are taken, nothing is lost."""

from tests.chaos.crowd import Started, slack
from tests.chaos.frozen import freeze_redis
from tests.stack.redis_server import RedisServer


async def test_no_request_waits_for_a_frozen_redis(started: Started, redis_server: RedisServer) -> None:
    found = await freeze_redis(started("web", "worker0", "reconciler"), redis_server, 5.0)
    print(found)
    # Within a second on a quiet machine; a client with its usual patience would wait for all of the five.
    assert max(found.every) < 2 * slack(), found.slowest
    assert found.kept == 1
