"""The API key of a connection that stays open, a socket or an event stream: read once, at its beginning.

Cookies are not looked at, so no other site's page has any power of its own here. A browser, which cannot set headers on
a socket, names the key as a sub-protocol: `new WebSocket(url, ["brushwire.v1", "bearer.<key>"])`. Never in an address,
where only connect codes may stand (studio/gates/pathcodes.py).
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser

from accounts import keys
from accounts.addresses import address_of_socket, network_of
from studio.gates import pathcodes, rates
from studio.sockets import openpages
from studio.sockets.handshake import language_of
from studio.words.errors import Refused

SPOKEN = "bearer."


class KeyDoor:
    """An ASGI application around `inner`, which finds `user`, `api_key` and, where that is None, `refused` in its
    scope: the Refused that says why."""

    def __init__(self, inner: Any, scope: str = "read") -> None:
        self.inner, self.wanted = inner, scope

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        found: dict[str, Any] = {"user": AnonymousUser(), "api_key": None, "session": None, "cookies": {}}
        secret = secret_of(scope)
        if scope["type"] == "websocket":
            spoken = scope.get("subprotocols") or []
            found["subprotocols"] = [each for each in spoken if not each.startswith(SPOKEN)]
        try:
            if secret is None:
                raise Refused("auth_required")
            key = await openpages.in_pool(language_of(scope), self._find, secret, address_of_socket(scope))
            found |= {"user": key.owner, "api_key": key}
        except Refused as refused:
            found["refused"] = refused
        return await self.inner(scope | found, receive, send)

    def _find(self, secret: str, address: str) -> Any:
        try:
            return keys.find(secret, scope=self.wanted, address=address)
        except keys.KeyRefused as refused:
            knocked = rates.take("knock", rates.address(network_of(address)))
            if not knocked.allowed:
                raise Refused("rate_limited", retry_after=knocked.again) from None
            raise Refused(refused.code, **refused.params) from None


def secret_of(scope: dict[str, Any]) -> str | None:
    """What the connection names as its key; None where it names none."""
    for name, value in scope["headers"]:
        kind, _space, told = value.decode("latin1").partition(" ")
        if name == b"authorization" and kind.lower() == "bearer":
            return str(told.strip())
        if name == b"authorization" and kind == pathcodes.KIND:
            return str(told) if keys.is_code(told) else ""  # a key that stands in an address opens nothing
    spoken = [each for each in scope.get("subprotocols") or [] if each.startswith(SPOKEN)]
    return spoken[0].removeprefix(SPOKEN) if spoken else None
