"""Web processes and Redis are killed while people draw on one board; larger: `python -m tests.chaos.run rooms`."""

from tests.chaos.crowd import Started
from tests.chaos.rooms import Plan, draw_through
from tests.stack.redis_server import RedisServer


async def test_what_is_drawn_together_is_kept_and_seen_by_all_whatever_is_killed(
    started: Started, redis_server: RedisServer
) -> None:
    drawn = await draw_through(started("web", BRUSHWIRE_HEARTBEAT_EVERY="0.5"), redis_server, Plan())
    print(drawn)
    assert drawn.well, drawn
    assert drawn.strokes > 100
    assert drawn.returns >= 2
