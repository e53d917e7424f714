"""Sockets that are cut, killed with their server, told nothing, or closed because a log-in ended."""

import asyncio

from accounts.models import LoginSession
from tests.chaos import cuts
from tests.chaos.crowd import Started, people, percentile, slack
from tests.chaos.reconnect import kill_and_return
from tests.chaos.revocation import revocations
from tests.stack.page import Page

PEOPLE, PAGES = 20, 10


async def test_all_pages_come_back_with_the_right_state_after_the_web_process_is_killed(started: Started) -> None:
    back = await kill_and_return(started("web", BRUSHWIRE_SOCKETS_PER_USER="100"), PEOPLE, PAGES)
    print(back)
    assert (back.pages, back.refused, back.wrong) == (PEOPLE * PAGES, 0, 0)
    assert back.seconds < 10 * slack()
    assert back.weight < 60 * 1024


async def test_cuts_at_random_cost_no_news_and_no_view_is_wrong(started: Started) -> None:
    cut = await cuts.cut_at_random(started("web", "worker0", "reconciler"), persons=5, moments=50)
    print(cut)
    assert cut.violations == []
    assert cut.cuts >= 50
    assert cut.ended >= 15


async def test_lost_news_is_noticed_at_the_next_heartbeat(started: Started) -> None:
    stack = started(BRUSHWIRE_HEARTBEAT_EVERY="0.5")
    stack.failpoints = "publish=drop:0.2"
    stack.start("web", "worker0", "reconciler")
    healed = await cuts.lose_news(stack, persons=5, each=6)
    print(healed)
    assert healed.wrong == []
    # A heartbeat, and what it takes to ask and to be told. Without one nothing would be heard for 25 s.
    assert max(healed.late) < (0.5 + 3) * slack()


async def test_a_log_in_that_ends_closes_its_pages_within_a_second(started: Started) -> None:
    stack = started("web")
    await revocations(stack.url, 3, "first")  # what is made for the first is made
    found = await revocations(stack.url, 21)
    print(found.report())
    assert percentile(found.all(), 0.9) < slack()
    assert max(found.all()) < 5 * slack(), "of so few, the slowest is chance"
    assert found.codes <= {4401, 4403}
    # What nobody told is found at the next heartbeat. Above there is none: it could be the first to find out.
    stack.kill("web")
    stack.env["BRUSHWIRE_HEARTBEAT_EVERY"] = "0.5"
    await asyncio.to_thread(stack.start, "web")
    ((someone, cookie),) = people(1, "other")
    async with Page(stack.url, cookie) as page:
        await page.hello()
        await LoginSession.objects.filter(user=someone).adelete()  # and nobody tells
        assert await page.wait_closed() == 1012, "it comes back, and is then told that nobody is logged in"
