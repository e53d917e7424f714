"""A socket's consumer whose end is always told: also where the server waits no longer for it and cancels it."""

import asyncio
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer


class SurelyEnded(AsyncWebsocketConsumer):
    """daphne cancels a consumer that is still at work ten seconds after its page went: a command waits that long for a
    locked database. Channels then tells it nothing, and what it holds, its place among the open pages, stayed for
    ever. Here `disconnect` is called then, too; it must do no harm when it is called twice."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        try:
            return await super().__call__(scope, receive, send)
        except asyncio.CancelledError:
            await self.disconnect(1006)
            raise
