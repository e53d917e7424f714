"""Connections to the very address that was checked: a name is resolved once, and nobody resolves it again.

Who checks a name and lets a library connect to it has resolved it twice, and its owner may answer differently the
second time (DNS rebinding). TLS and the Host header still speak of the name.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import cache
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx

from studio.engines.remote.allow import Address, Allowlist, unmapped
from studio.engines.remote.errors import RemoteError, of_status

CONNECT_SECONDS = 5.0
# What one WebSocket message may hold: a preview of a large picture fits.
WEBSOCKET_MOST = 16 * 2**20


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses of `host`, the system's favourite first. Raises OSError where there are none."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(unmapped(ip_address(str(place[0]).partition("%")[0])) for *_kind, place in found))


async def checked(host: str, port: int, allow: Allowlist) -> list[Address]:
    """The addresses of `host`, all of them allowed. Raises RemoteError: `engine_unreachable`, `engine_not_allowed`."""
    if not allow.names(host.strip("[]"), port):
        raise RemoteError("engine_not_allowed", sent=False)
    try:
        addresses = await resolve(host.strip("[]"), port)
    except (OSError, UnicodeError, ValueError):
        raise RemoteError("engine_unreachable", sent=False) from None
    if not addresses or not all(allow.allows(host.strip("[]"), port, address) for address in addresses):
        raise RemoteError("engine_not_allowed", sent=False)
    return addresses


async def connect(host: str, port: int, allow: Allowlist, seconds: float = CONNECT_SECONDS) -> socket.socket:
    """A non-blocking socket, connected to an allowed address of `host`; the addresses are tried one after the other.

    Takes `seconds` at most, looking up included. Raises RemoteError as `checked` does.
    """
    try:
        async with asyncio.timeout(seconds):
            addresses = await checked(host, port, allow)
            for number, address in enumerate(addresses, 1):
                try:
                    async with asyncio.timeout(seconds / len(addresses)):
                        return await _connect(address, port)
                except OSError:  # TimeoutError is one
                    if number == len(addresses):
                        raise
    except OSError:
        pass
    raise RemoteError("engine_unreachable", sent=False)


async def _connect(address: Address, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(made, (str(address), port))
    except BaseException:
        made.close()
        raise
    return made


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """httpcore's way to the network: asks `allow`, and connects to what was checked."""

    def __init__(self, allow: Allowlist) -> None:
        self._allow = allow
        self._below = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """See httpcore. Raises RemoteError as `connect` does."""
        seconds = CONNECT_SECONDS if timeout is None else timeout
        try:
            async with asyncio.timeout(seconds):
                addresses = await checked(host, port, self._allow)
        except TimeoutError:
            raise RemoteError("engine_unreachable", sent=False) from None
        for address in addresses:
            try:
                return await self._below.connect_tcp(str(address), port, timeout=seconds / len(addresses))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        raise RemoteError("engine_unreachable", sent=False)

    async def connect_unix_socket(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        """Never: servers are reached by address."""
        raise RemoteError("engine_not_allowed", sent=False)

    async def sleep(self, seconds: float) -> None:
        """See httpcore."""
        await asyncio.sleep(seconds)


class PinnedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport on a PinnedBackend. No proxy, no HTTP/2, no second try."""

    def __init__(self, allow: Allowlist) -> None:
        super().__init__(verify=tls(), trust_env=False)
        # The only way to give httpx 0.28 another network: its own pool is replaced before it has opened anything.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls(), max_connections=10, keepalive_expiry=5.0, network_backend=PinnedBackend(allow)
        )


@cache
def tls() -> ssl.SSLContext:
    """Certificates are checked, by SSL_CERT_FILE or SSL_CERT_DIR where they are set; reading them takes a while."""
    return httpx.create_ssl_context()


@asynccontextmanager
async def open_websocket(
    url: str, allow: Allowlist, *, headers: dict[str, str] | None = None, most: int = WEBSOCKET_MOST
) -> AsyncIterator[Any]:
    """A WebSocket (`websockets.asyncio.client.ClientConnection`) to `url` (ws or wss), on an address that was checked.

    `most` is how many bytes one message may have. Redirects are refused; pings show that the server lives. Raises
    RemoteError while it is opened; afterwards what `websockets` raises (ConnectionClosed).
    """
    from websockets.asyncio.client import connect as following
    from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI, WebSocketException
    from websockets.uri import parse_uri

    class Direct(following):
        def process_redirect(self, exc: Exception) -> Exception | str:
            return exc  # whoever is asked must not choose whom we talk to

    try:
        place = parse_uri(url)
    except InvalidURI:
        raise RemoteError("engine_not_allowed", sent=False) from None
    sock = await connect(place.host, place.port, allow)
    secure: dict[str, Any] = {"ssl": tls(), "server_hostname": place.host} if place.secure else {}
    try:
        connection = await Direct(
            url, sock=sock, additional_headers=headers or {}, max_size=most, max_queue=32, proxy=None, compression=None,
            open_timeout=CONNECT_SECONDS, ping_interval=20, ping_timeout=20, close_timeout=2, **secure,
        )  # fmt: skip
    except InvalidStatus as error:
        sock.close()
        raise of_status(max(300, error.response.status_code)) from None
    except (InvalidHandshake, WebSocketException, ValueError):
        sock.close()
        raise RemoteError("engine_broken") from None
    except OSError:  # TimeoutError and ssl.SSLError are such
        sock.close()
        raise RemoteError("engine_unreachable") from None
    except BaseException:
        sock.close()
        raise
    try:
        yield connection
    finally:
        await connection.close()
