"""The addresses of what stays open, sockets and event streams, and who may knock: our pages, and programs with keys."""

import logging
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.db import Error
from django.urls import path

from studio.gates import cors
from studio.process import outage
from studio.roomtalk.consumer import RoomConsumer
from studio.sockets import keydoor, streams, textstreams
from studio.sockets.comfysocket import ComfyConsumer
from studio.sockets.consumers import StudioConsumer
from studio.words.errors import Refused

log = logging.getLogger(__name__)

PROGRAMS, COMFY = "/ws/api/", "/comfy/"


class SameOrigin:
    """Refuses (403 at the handshake) a socket that another site's page tries to open with a person's cookies.

    Channels' own validator compares hosts without ports and lets everybody in when ALLOWED_HOSTS is `*`; here the
    Origin must be exactly the host that was asked for, or one of CSRF_TRUSTED_ORIGINS.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        headers = {name: value.decode("latin1") for name, value in scope["headers"]}
        if not cors.is_ours(headers.get(b"origin", ""), headers.get(b"host", "")):
            return await WebsocketDenier()(scope, receive, send)
        return await self.inner(scope, receive, send)


class AnyOrKnown:
    """For who comes with a key: no page has one by itself, so a page of any site could do no more than a program. Still
    the sites that may are chosen (CORS_ORIGINS); what is no page sends no Origin."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        headers = {name: value.decode("latin1") for name, value in scope["headers"]}
        origin = headers.get(b"origin", "")
        if origin and not cors.is_ours(origin, headers.get(b"host", "")) and not cors.is_allowed(origin):
            return await WebsocketDenier()(scope, receive, send)
        return await self.inner(scope, receive, send)


class UnlessAway:
    """Refuses a socket, too, when the database does not say whose it is; its page tries again by itself."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        try:
            return await self.inner(scope, receive, send)
        except Error as error:
            if not outage.is_outage(error):
                raise
            log.warning("a socket was ended, the database is away: %s", outage.first_line(error))
            return await WebsocketDenier()(scope, receive, send)


class Web:
    """HTTP: the event streams are our own application, everything else is Django's."""

    def __init__(self, pages: Any) -> None:
        self.pages = pages
        self.by_key = keydoor.KeyDoor(_streaming)
        self.by_cookie = AuthMiddlewareStack(_streaming)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        if scope["path"] != streams.PATH and not textstreams.PATH.fullmatch(scope["path"]):
            return await self.pages(scope, receive, send)
        headers = {name: value.decode("latin1") for name, value in scope["headers"]}
        by_key = b"authorization" in headers or scope.get("cors")
        if not by_key and _is_foreign(headers):
            return await streams.refuse(scope, send, Refused("csrf_failed"))
        try:
            return await (self.by_key if by_key else self.by_cookie)(scope, receive, send)
        except Error as error:
            if not outage.is_outage(error):
                raise
            log.warning("an event stream was refused, the database is away: %s", outage.first_line(error))
            return await streams.refuse(scope, send, Refused("db_busy", retry_after=outage.COME_AGAIN))


async def _streaming(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The stream that is asked for: of all that happens, or of one text."""
    asked = streams.event_stream if scope["path"] == streams.PATH else textstreams.text_stream
    return await asked(scope, receive, send)


def _is_foreign(headers: dict[bytes, str]) -> bool:
    """Whether another site's page asks. An EventSource of our own sends no Origin."""
    origin, site = headers.get(b"origin", ""), headers.get(b"sec-fetch-site", "")
    return site == "cross-site" or (bool(origin) and not cors.is_ours(origin, headers.get(b"host", "")))


class Sockets:
    """The sockets of our own pages, who have cookies, and those of programs, who have keys.

    ComfyUI's clients may come with any Origin: many are no browsers and send what they like, and without the key or the
    code, which no page has by itself, nothing opens.
    """

    def __init__(self) -> None:
        comfy = ComfyConsumer.as_asgi()
        addresses = URLRouter([path("comfy/ws", comfy), path("comfy/api/ws", comfy)])
        self.comfy = UnlessAway(keydoor.KeyDoor(addresses, "comfy"))
        page, program = StudioConsumer.as_asgi(), StudioConsumer.as_asgi()
        addresses = URLRouter([path("ws/studio/", page), path("ws/boards/<uuid:board>/", RoomConsumer.as_asgi())])
        self.pages = SameOrigin(UnlessAway(AuthMiddlewareStack(addresses)))
        self.programs = AnyOrKnown(UnlessAway(keydoor.KeyDoor(program)))

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        if scope["path"].startswith(COMFY):
            return await self.comfy(scope, receive, send)
        return await (self.programs if scope["path"] == PROGRAMS else self.pages)(scope, receive, send)


sockets = Sockets()
