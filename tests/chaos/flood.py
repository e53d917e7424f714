"""Somebody floods the studio and never reads: what other people notice of it, and what it costs the web process."""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async

from accounts.models import User
from studio.commands import generations
from studio.protocol import Submit
from tests.chaos.crowd import memory, people, percentile
from tests.chaos.frozen import get
from tests.chaos.parts import Chaos
from tests.chaos.reconnect import all_of, greet
from tests.stack.page import Page
from tests.stack.processes import ROOT

MB = 1024 * 1024
# What the others do: so many of them, each asking over its socket so often and for a page now and then (seconds).
OTHERS, ASK_EVERY, LOOK_EVERY = 5, 0.1, 0.5


@dataclass
class Flooded:
    """Seconds of an answer over the socket and of a page, idle and under the attack; bytes the web process grew by;
    what became of the attackers."""

    idle: tuple[list[float], list[float]]
    under: tuple[list[float], list[float]]
    grown: int
    attack: dict[str, Any]

    def ratio(self, which: int, share: float = 0.99) -> float:
        """How many times longer an answer (0) or a page (1) takes."""
        return percentile(self.under[which], share) / percentile(self.idle[which], share)

    def __str__(self) -> str:
        lines = []
        for which, name in enumerate(("answer", "page")):
            idle, under = (
                [f"p{int(100 * share)} {percentile(each[which], share) * 1000:.0f} ms" for share in (0.5, 0.99)]
                for each in (self.idle, self.under)
            )
            lines.append(f"{name}: {', '.join(idle)} idle; {', '.join(under)} under it ({self.ratio(which):.1f} × p99)")
        lines.append(f"the web process grew by {self.grown / MB:.0f} MB; attackers: {self.attack}")
        return "\n".join(lines)


async def flood(stack: Chaos, flooders: int, deaf: int, seconds: float) -> Flooded:
    """Measure the others for `seconds`, once alone and once beside so many flooding and deaf pages of one account."""
    (attacker, cookie), *others = await sync_to_async(people)(OTHERS + 1)
    await sync_to_async(_news_for)(attacker)
    pages = [Page(stack.url, each) for _, each in others]
    await all_of(pages, greet)
    await _measure(stack, pages, others, 2.0)  # what is made at the first visit is made
    idle = await _measure(stack, pages, others, seconds)
    before = memory(stack.processes["web"])
    command = [sys.executable, "-m", "tests.chaos.attackers", stack.url, cookie]
    command += [str(flooders), str(deaf), str(seconds + 2)]
    # On a machine of their own, usually: here they get what the server leaves.
    harm = subprocess.Popen(["nice", "-n", "15", *command], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        await asyncio.sleep(1.5)
        under = await _measure(stack, pages, others, seconds)
        grown = memory(stack.processes["web"]) - before
        told, _ = await asyncio.to_thread(harm.communicate, timeout=60)
    finally:
        harm.kill()
    await asyncio.gather(*(page.close() for page in pages))
    return Flooded(idle, under, grown, json.loads(told))


async def _measure(
    stack: Chaos, pages: list[Page], others: list[tuple[User, str]], seconds: float
) -> tuple[list[float], list[float]]:
    until = time.monotonic() + seconds
    answers: list[float] = []
    looks: list[float] = []

    async def ask(page: Page) -> None:
        while time.monotonic() < until:
            begun, before = time.monotonic(), len(page.events)
            await page.send({"type": "cancel", "generation": "00000000-0000-4000-8000-000000000000"})
            await page.nth(before)
            answers.append(time.monotonic() - begun)
            await asyncio.sleep(ASK_EVERY)

    async def look(cookie: str) -> None:
        while time.monotonic() < until:
            looks.append(await asyncio.to_thread(get, f"{stack.url}/gallery/", cookie))
            await asyncio.sleep(LOOK_EVERY)

    await asyncio.gather(*(ask(page) for page in pages), *(look(cookie) for _, cookie in others))
    return answers, looks


def _news_for(user: User) -> None:
    """Something to be told again and again: a page that asks for everything after 0 gets it all."""
    for n in range(60):
        params = {"prompt": f"{n} " + "words " * 300, "steps": 2, "width": 64, "height": 64}
        wanted = Submit(type="submit", id=f"n{n}", tool="text_to_image", model="fake", params=params)
        generations.cancel(user, generations.submit(user, wanted).pk)
