"""Every open page of this web process, by what it listens to: takes each message from Redis once and hands it on.

Channels would give each page a queue, a task and a decoded copy of its own; here the whole process is one member of the
channel layer. Loses nothing by itself: what a page does with a message is the page's (studio/sockets/consumers.py).
"""

import asyncio
import logging
from collections.abc import Collection
from contextvars import Context
from typing import Any, Protocol

from channels.layers import get_channel_layer

log = logging.getLogger(__name__)


class Page(Protocol):
    """Who listens. `hear` must not wait for anything slow: the other pages come after it."""

    async def hear(self, message: dict[str, Any]) -> None: ...


class Hub:
    """Groups and their pages. Everything runs on one event loop; a message names its group in `to`."""

    def __init__(self) -> None:
        self._pages: dict[str, set[Page]] = {}
        self._channel = ""
        self._changing = asyncio.Lock()
        self._listener: asyncio.Task[None] | None = None

    async def join(self, page: Page, groups: Collection[str]) -> None:
        """Let `page` hear what is sent to `groups`. Raises what the channel layer raises while Redis is away."""
        async with self._changing:
            layer = get_channel_layer()
            if self._listener is None or self._listener.done():
                self._channel = await layer.new_channel()
                # Whoever came first may be a request that ends: the listener is part of none.
                self._listener = asyncio.create_task(self._listen(), context=Context())
            for group in groups:
                if group not in self._pages:
                    await layer.group_add(group, self._channel)
            for group in groups:
                self._pages.setdefault(group, set()).add(page)

    async def leave(self, page: Page, groups: Collection[str]) -> None:
        """The reverse of `join`; harmless when it was only half done. `page` hears nothing more at once, even where
        Redis does not answer."""
        for group in groups:
            self._pages.get(group, set()).discard(page)
        async with self._changing:
            for group in groups:
                if group in self._pages and not self._pages[group]:
                    del self._pages[group]
                    await get_channel_layer().group_discard(group, self._channel)

    async def tell(self, group: str, message: dict[str, Any]) -> None:
        """Send a message to a group, this process's pages among them. Raises what the channel layer raises."""
        await get_channel_layer().group_send(group, message | {"to": group})

    async def _listen(self) -> None:
        layer = get_channel_layer()
        while True:
            message = await layer.receive(self._channel)
            for page in tuple(self._pages.get(message["to"], ())):
                try:
                    await page.hear(message)
                except Exception:  # one page that is just closing must not cost the others the message
                    log.exception("a message was not delivered")


def hub() -> Hub:
    """The hub of the running event loop; a web process has one loop, tests have several."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs.clear()
        _hubs[loop] = Hub()
    return _hubs[loop]


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}
