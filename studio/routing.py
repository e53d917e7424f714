"""The addresses of what stays open, sockets and event streams, and who may knock: our own pages only."""

import logging
from typing import Any
from urllib.parse import urlsplit

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.db import Error
from django.urls import path

from studio import outage, streams
from studio.consumers import StudioConsumer
from studio.errors import Refused

log = logging.getLogger(__name__)


class SameOrigin:
    """Refuses (403 at the handshake) a socket that another site's page tries to open with a person's cookies.

    Channels' own validator compares hosts without ports and lets everybody in when ALLOWED_HOSTS is `*`; here the
    Origin must be exactly the host that was asked for, or one of CSRF_TRUSTED_ORIGINS.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        headers = {name: value.decode("latin1") for name, value in scope["headers"]}
        if not _is_ours(headers.get(b"origin", ""), headers.get(b"host", "")):
            return await WebsocketDenier()(scope, receive, send)
        return await self.inner(scope, receive, send)


def _is_ours(origin: str, host: str) -> bool:
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return False
    return parts.netloc == host or origin in settings.CSRF_TRUSTED_ORIGINS


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
        self.stream = AuthMiddlewareStack(streams.event_stream)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        if scope["path"] != streams.PATH:
            return await self.pages(scope, receive, send)
        headers = {name: value.decode("latin1") for name, value in scope["headers"]}
        origin, site = headers.get(b"origin", ""), headers.get(b"sec-fetch-site", "same-origin")
        if (origin and not _is_ours(origin, headers.get(b"host", ""))) or site == "cross-site":
            return await streams.refuse(scope, send, Refused("csrf_failed"))
        try:
            return await self.stream(scope, receive, send)
        except Error as error:
            if not outage.is_outage(error):
                raise
            log.warning("an event stream was refused, the database is away: %s", outage.first_line(error))
            return await streams.refuse(scope, send, Refused("db_busy", retry_after=outage.COME_AGAIN))


sockets = SameOrigin(UnlessAway(AuthMiddlewareStack(URLRouter([path("ws/studio/", StudioConsumer.as_asgi())]))))
