"""Which other sites' pages may speak with the API: CORS_ORIGINS, never with cookies.

Everything else gets no such header. Around the whole application: a preflight costs neither a session nor the database.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

# Where programs come in (studio/gates/keyring.py).
PATHS = ("/api/", "/v1/", "/sdapi/", "/comfy/")
METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
# What a page may ask to send: any header's name, since none of them opens anything but a key.
NAMES = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+(, ?[A-Za-z0-9!#$%&'*+.^_`|~-]+)*")
NAMES_MAX = 1000
EXPOSED = (
    b"ETag, Link, Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Request-Id, "
    b"Content-Disposition"
)
REMEMBER = b"600"


class Cors:
    """An ASGI application around `inner`, for HTTP."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        if not scope["path"].startswith(PATHS):
            return await self.inner(scope, receive, send)
        headers = dict(scope["headers"])
        origin, host = (headers.get(name, b"").decode("latin1") for name in (b"origin", b"host"))
        foreign = is_allowed(origin) and not is_ours(origin, host)
        wanted = headers.get(b"access-control-request-headers", b"")
        if foreign and scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            return await _preflight(origin, wanted, send)
        if foreign:
            kept = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
            scope = scope | {"headers": kept, "cors": True}

        async def told(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = message | {"headers": _answered(message.get("headers", ()), origin if foreign else "")}
            await send(message)

        return await self.inner(scope, receive, told)


def is_ours(origin: str, host: str) -> bool:
    """Whether `origin` is exactly the host that was asked for, or one of CSRF_TRUSTED_ORIGINS."""
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return False
    return parts.netloc == host or origin in settings.CSRF_TRUSTED_ORIGINS


def is_origin(text: str) -> bool:
    """Whether a browser could say `text` as the origin of a page."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    usual = port is None or port != {"http": 80, "https": 443}.get(parts.scheme)
    plain = text == f"{parts.scheme}://{parts.netloc}" and text == text.lower()
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None and plain and usual


def is_allowed(origin: str) -> bool:
    """Whether CORS_ORIGINS names it; `*` names every site."""
    return bool(origin) and (origin in settings.CORS_ORIGINS or "*" in settings.CORS_ORIGINS)


async def _preflight(origin: str, wanted: bytes, send: Any) -> None:
    headers = [
        (b"access-control-allow-origin", origin.encode("latin1")),
        (b"access-control-allow-methods", METHODS),
        (b"access-control-max-age", REMEMBER),
        (b"vary", b"Origin, Access-Control-Request-Headers"),
        (b"content-length", b"0"),
    ]
    if len(wanted) <= NAMES_MAX and NAMES.fullmatch(wanted):
        headers.append((b"access-control-allow-headers", wanted))
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _answered(headers: Any, origin: str) -> list[tuple[bytes, bytes]]:
    """The answer's headers; those for `origin`, if any, instead of cookies. Only this module says what others may."""
    dropped = (b"access-control-", b"set-cookie") if origin else (b"access-control-",)
    kept = [(name, value) for name, value in headers if not name.lower().startswith(dropped)]
    kept.append((b"vary", b"Origin"))
    if origin:
        told = origin.encode("latin1")
        kept += [(b"access-control-allow-origin", told), (b"access-control-expose-headers", EXPOSED)]
    return kept
