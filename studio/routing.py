"""The address of the socket, and who may knock: our own pages only."""

from typing import Any
from urllib.parse import urlsplit

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.urls import path

from studio.consumers import StudioConsumer


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


sockets = SameOrigin(AuthMiddlewareStack(URLRouter([path("ws/studio/", StudioConsumer.as_asgi())])))
