"""People who want their pictures whatever happens: they ask again with the same command, reconnect, and note it all.

What they note is the history that checker.py reads: one dict an entry, in the order in which it happened.
"""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

import websockets

from tests.stack.page import Page

ENDS = ("finished", "failed", "cancelled", "expired")
# How long one answer is waited for before the same command is sent again, in seconds.
ANSWER = 4.0
History = list[dict[str, Any]]


@dataclass
class Person:
    """One account with one page. `wanted` are the commands to be made; `accepted` maps commands to generations. With
    `staying` the page stays open when all have ended: more may be wanted."""

    name: str
    user_id: int
    url: str
    cookie: str
    history: History
    chance: random.Random
    prompt: str = "slow:0.02"
    wanted: list[str] = field(default_factory=list)
    accepted: dict[str, str] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    page: Page | None = None
    last_seq: int | None = None
    staying: bool = False
    over: bool = False  # whoever watches the storm has seen enough

    async def live(self, until: float) -> None:
        """Keep a page open and commands on their way until all have ended, or the clock says `until` (monotonic)."""
        while not self.done and not self.over and time.monotonic() < until:
            try:
                async with Page(self.url, self.cookie) as self.page:
                    await self.page.hello(self.last_seq)
                    await self._work(self.page, until)
            except (OSError, websockets.WebSocketException, TimeoutError, IndexError):
                pass
            finally:
                self._take()
                self.page = None
            # Full jitter, as the browser's page does it.
            await asyncio.sleep(self.chance.uniform(0, 0.8))
        self.note("left", done=self.done)

    @property
    def done(self) -> bool:
        return not self.staying and len(self.ended) == len(self.wanted)

    def note(self, what: str, **more: Any) -> None:
        self.history.append({"at": time.time(), "who": self.user_id, "what": what, **more})

    async def _work(self, page: Page, until: float) -> None:
        while page.closed is None and not self.done and not self.over and time.monotonic() < until:
            missing = [command for command in self.wanted if command not in self.accepted]
            for command in missing[:3]:
                self.note("asked", command=command)
                await page.send(self._submit(command))
            await self._hear(page, ANSWER if missing else 2 * ANSWER)

    def _submit(self, command: str) -> dict[str, Any]:
        params = {"prompt": f"{self.prompt} {command}", "steps": 4, "width": 64, "height": 64}
        return {"type": "submit", "id": command, "tool": "text_to_image", "model": "fake", "params": params}

    async def _hear(self, page: Page, seconds: float) -> None:
        """Read until something of ours changes, at most for `seconds`."""
        before = len(page.events)
        try:
            async with page.arrived:
                changed = page.arrived.wait_for(lambda: len(page.events) > before or page.closed is not None)
                await asyncio.wait_for(changed, seconds)
        except TimeoutError:
            await page.send({"type": "sync", "last_seq": page.seq or 0})
        self._take()

    def _take(self) -> None:
        """Learn from the events that came; each is noted once."""
        if self.page is None:
            return
        for event in self.page.events:
            self._learn(event)
        self.last_seq = self.page.seq
        self.page.events.clear()

    def _learn(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "snapshot":
            for view in event["generations"]:
                self._accept(view)
                if view["state"] in ENDS:
                    self._end(view["id"], view["state"], [work["id"] for work in view["works"]], 0)
        elif kind == "queued":
            self._accept(event["generation"])
        elif kind in ENDS:
            self._end(event["generation"], kind, [work["id"] for work in event.get("works", [])], event["seq"])
        elif kind == "rejected":
            self.note("rejected", command=event.get("id"), code=event.get("error", {}).get("code"))

    def _accept(self, view: dict[str, Any]) -> None:
        command, generation = view["command"], view["id"]
        if command in self.wanted and command not in self.accepted:
            self.accepted[command] = generation
            self.note("accepted", command=command, generation=generation)
        elif self.accepted.get(command, generation) != generation:
            self.note("accepted_twice", command=command, generation=generation)

    def _end(self, generation: str, how: str, works: list[str], seq: int) -> None:
        if generation in self.ended or generation not in self.accepted.values():
            if self.ended.get(generation, how) != how:
                self.note("ended_twice", generation=generation, how=how)
            if generation not in self.accepted.values():
                self.note("foreign", generation=generation)
            return
        self.ended[generation] = how
        self.note("ended", generation=generation, how=how, works=works, seq=seq)
