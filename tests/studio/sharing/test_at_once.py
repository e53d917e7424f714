"""What is changed of a board's people holds at once where the board is open, whichever way it was changed."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group

from accounts import standing, workshops
from accounts.models import User, Workshop
from studio.commands import boardlinks, closing, sharing
from tests.studio.rooms.page import Page

pytestmark = pytest.mark.django_db(transaction=True)
# Seconds. Below the heartbeat (25 s), at which all rights are asked again anyway.
AT_ONCE = 20.0


async def does(act: Callable[..., Any], *args: Any, **more: Any) -> Any:
    return await asyncio.to_thread(lambda: act(*args, **more))


async def begun(owner: User) -> tuple[UUID, Page]:
    board = uuid4()
    page = await Page.inside(board, owner)
    await page.draw("one")
    return board, page


async def test_roles_freezes_removals_links_and_moderators_reach_open_pages_at_once(alice: User, bob: User) -> None:
    carl, dora = [await does(User.objects.create_user, name) for name in ("carl", "dora")]
    mod = await does(User.objects.create_user, "judge")
    await does(lambda: mod.groups.add(Group.objects.get(name="moderator")))
    board, hers = await begun(alice)
    await does(sharing.add, alice, board, "bob", "draw")
    await does(sharing.add, alice, board, "dora", "comment")
    link = await does(boardlinks.make, alice, board, "draw", "hour")
    await does(boardlinks.accept, carl, boardlinks.token(link))
    his, carls, doras = [await Page.inside(board, user) for user in (bob, carl, dora)]
    since = time.monotonic()
    await does(sharing.change_role, alice, board, bob.pk, "watch")
    told = await his.wait("rights")
    assert (told["rights"]["role"], told["rights"]["draw"]) == ("watch", False)
    await does(sharing.freeze, alice, board, True)
    told = await carls.wait("rights")
    assert told["rights"]["frozen"] and not told["rights"]["draw"] and told["board"]["frozen"]
    await does(sharing.remove, alice, board, bob.pk)
    assert await his.end() == ("not_found", 4404)
    await does(boardlinks.revoke, alice, board, link.pk, people=True)
    assert (await carls.end())[0] == "not_found"
    await does(closing.close, mod, board, "insults")
    assert (await doras.end())[0] == "board_closed"
    await hers.draw("mine")
    assert time.monotonic() - since < AT_ONCE
    for page in (his, carls, doras, hers):
        await page.leave()


async def test_a_suspended_owner_and_a_workshop_that_rests_reach_open_pages_at_once(
    teacher: User, workshop: Workshop, zoe: User
) -> None:
    board, hers = await begun(zoe)
    theirs = await Page.inside(board, teacher)
    assert theirs.welcomed["rights"]["teacher"] and theirs.welcomed["rights"]["role"] == "comment"
    since = time.monotonic()
    await does(workshops.freeze, workshop, True)
    assert (await hers.wait("rights"))["rights"]["frozen"]
    await does(standing.suspend, zoe, None, "insults")
    assert (await theirs.end())[0] == "not_found"
    assert (await hers.end())[0] in ("account_suspended", "signed_out")
    assert time.monotonic() - since < AT_ONCE
    for page in (hers, theirs):
        await page.leave()
