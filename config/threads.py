"""The threads in which requests run: kept from one request to the next, and with them their database connections.

Django gives each request under ASGI a thread of its own, which ends with it. A new thread opens a new connection: that
cost more than most requests ask of it, and no CONN_MAX_AGE could keep it.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext


class KeptThreads:
    """An ASGI application around Django's: as many threads as there are requests at the same moment, `kept` of which
    stay when these are answered. The last one used is the first used again: a quiet server keeps few of them warm."""

    def __init__(self, application: Any, kept: int = 8) -> None:
        self._application = application
        self._kept = kept
        self._idle: list[ThreadPoolExecutor] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        thread = self._idle.pop() if self._idle else ThreadPoolExecutor(1, thread_name_prefix="request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self._application(scope, receive, send)
        finally:
            if len(self._idle) < self._kept:
                self._idle.append(thread)
            else:
                thread.shutdown(wait=False)
