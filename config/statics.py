"""Style sheets, scripts and pictures of the pages, given by daphne itself where no nginx stands before it.

Before Django: a page of the studio loads about a hundred files, and each would be handed from thread to thread a dozen
times on its way through Django's middlewares, and get a thread of its own for being read. Which files there are, and
their headers, is servestatic's to say, as its settings want it.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from servestatic.middleware import ServeStaticMiddleware

Header = tuple[bytes, bytes]
# What Django's SecurityMiddleware says of everything else.
NOSNIFF: Header = (b"x-content-type-options", b"nosniff")


class Statics:
    """An ASGI application around `inner`, for HTTP."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.known = ServeStaticMiddleware(_nothing)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        if not scope["path"].startswith(self.known.static_prefix):
            return await self.inner(scope, receive, send)
        answer = await asyncio.to_thread(self._answer, scope)
        if answer is None:
            return await self.inner(scope, receive, send)
        status, headers, body = answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        return await send({"type": "http.response.body", "body": body})

    def _answer(self, scope: dict[str, Any]) -> tuple[int, list[Header], bytes] | None:
        """Status, headers and the whole of a file, or of the part that is asked for; None where there is none."""
        known = self.known
        found = known.find_file(scope["path"]) if known.autorefresh else known.files.get(scope["path"])
        if found is None:
            return None
        answer = found.get_response(scope["method"], _as_wsgi(scope["headers"]))
        body = b""
        if answer.file is not None:
            with answer.file:
                body = answer.file.read()
        headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in answer.headers if value]
        return int(answer.status), [*headers, NOSNIFF], body


def _as_wsgi(headers: Iterable[Header]) -> dict[str, str]:
    """As servestatic reads what is asked for."""
    return {
        f"HTTP_{name.decode('latin1').upper().replace('-', '_')}": value.decode("latin1") for name, value in headers
    }


async def _nothing(request: Any) -> Any:
    """What would follow servestatic as a middleware, which it is not here."""
