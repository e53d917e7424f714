"""HTTP to one other server: limits on time and size, no redirects, nothing from the environment, one kind of error."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx

from studio.engines.remote.allow import Allowlist, bare
from studio.engines.remote.errors import RemoteError, of_status
from studio.engines.remote.pinned import CONNECT_SECONDS, PinnedTransport
from studio.values import strictjson

JSON_MOST = 2 * 2**20
# A longer one is read in a thread: the loop has other jobs.
LONG_JSON = 256 * 1024
LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to connect, between two pieces of an answer, and for a request as a whole; bytes of an answer."""

    connect: float = CONNECT_SECONDS
    read: float = 60.0
    whole: float = 900.0
    answer: int = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `status` is below 300 unless the caller wanted to see the others (`any_status`)."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """What the body says. Raises RemoteError `engine_broken` for what is no strict JSON of at most 32 levels."""
        try:
            return strictjson.loads(self.body)
        except ValueError:
            raise RemoteError("engine_broken", status=self.status) from None

    async def read_json(self, kind: type = dict) -> Any:
        """`json`, in a thread where it is long, and of the `kind` wanted, else RemoteError `engine_broken`."""
        value = await asyncio.to_thread(self.json) if len(self.body) > LONG_JSON else self.json()
        if not isinstance(value, kind):
            raise RemoteError("engine_broken", status=self.status)
        return value


class Client:
    """Requests to the server at `base_url`; `async with` it. Addresses outside of it are reached by `fetch` only.

    `headers` go with every request to that server (a secret, say) and never to another host. Every method raises
    RemoteError and nothing else but cancellation.
    """

    def __init__(
        self,
        base_url: str,
        allow: Allowlist,
        *,
        headers: Mapping[str, str] | None = None,
        limits: Limits = Limits(),
    ) -> None:
        self._base = base_url.rstrip("/") + "/"
        self._limits = limits
        self._headers = dict(headers or {})
        times = httpx.Timeout(limits.read, connect=limits.connect)
        self._http = httpx.AsyncClient(
            transport=PinnedTransport(allow),
            timeout=times,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "Brushwire", "Accept-Encoding": "identity"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def request(
        self, method: str, path: str, *, most: int | None = None, any_status: bool = False, **sent: Any
    ) -> Answer:
        """Send and read the whole answer. `sent` is httpx's: json, data, files, content, params, headers.

        `most` bytes (default: Limits.answer) are read; a longer answer is `engine_broken`. An answer of 300 and above
        is an error unless `any_status`.
        """
        async with self.stream(method, path, any_status=any_status, **sent) as answer:
            body = await answer.read(self._limits.answer if most is None else most)
            return Answer(answer.status, answer.headers, body)

    async def get_json(self, path: str, kind: type = dict, *, most: int = JSON_MOST, **sent: Any) -> Any:
        """The JSON value at `path`, of the `kind` wanted."""
        return await (await self.request("GET", path, most=most, **sent)).read_json(kind)

    async def fetch(self, url: str, *, most: int | None = None) -> Answer:
        """A file that an answer of the server names: by a path, or by a full address on the very same host and port.

        Any other host is `engine_not_allowed`: an answer must not choose whom we talk to.
        """
        if not self.owns(url):
            raise RemoteError("engine_not_allowed")
        return await self.request("GET", urljoin(self._base, url), most=most)

    def owns(self, url: str) -> bool:
        """Whether this path or address is on the very server that we talk to."""
        try:
            return _origin(urljoin(self._base, url)) == _origin(self._base)
        except ValueError:
            return False

    @asynccontextmanager
    async def stream(
        self, method: str, path: str, *, any_status: bool = False, **sent: Any
    ) -> AsyncIterator["Incoming"]:
        """The answer while it comes. Everything until the block ends counts for Limits.whole."""
        url = path if "://" in path else urljoin(self._base, path.lstrip("/"))
        headers = self._headers | dict(sent.pop("headers", None) or {})
        try:
            async with asyncio.timeout(self._limits.whole):
                async with self._http.stream(method, url, headers=headers, **sent) as response:
                    if response.status_code >= 300 and not any_status:
                        raise of_status(response.status_code, _after(response))
                    yield Incoming(response, self._limits.answer)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise RemoteError("engine_unreachable", sent=False) from None
        except (httpx.TimeoutException, TimeoutError):
            raise RemoteError("engine_timeout") from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL):
            raise RemoteError("engine_not_allowed", sent=False) from None
        except (httpx.HTTPError, httpx.StreamError):
            raise RemoteError("engine_broken") from None


class Incoming:
    """An answer that is still coming."""

    def __init__(self, response: httpx.Response, most: int) -> None:
        self._response, self._most = response, most
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers

    async def read(self, most: int | None = None) -> bytes:
        """All of it, `most` bytes at most, else RemoteError `engine_broken`."""
        whole = bytearray()
        async for piece in self.pieces(most):
            whole += piece
        return bytes(whole)

    async def pieces(self, most: int | None = None) -> AsyncIterator[bytes]:
        """What comes as it comes, `most` bytes at most."""
        left = self._most if most is None else most
        length = self.headers.get("content-length", "0")
        if self.headers.get("content-encoding", "identity") != "identity" or not length.isdecimal():
            raise RemoteError(
                "engine_broken", status=self.status
            )  # nobody asked for packed bytes: they could be a bomb
        if int(length) > left:
            raise RemoteError("engine_broken", status=self.status)
        async for piece in self._response.aiter_raw():
            left -= len(piece)
            if left < 0:
                raise RemoteError("engine_broken", status=self.status)
            yield piece

    async def lines(self, most: int | None = None) -> AsyncIterator[str]:
        """Its lines, without their ends: for server-sent events."""
        rest = b""
        async for piece in self.pieces(most):
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line.removesuffix(b"\r").decode(errors="replace")
        if rest:
            yield rest.decode(errors="replace")


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, bare(parts.hostname or ""), parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _after(response: httpx.Response) -> float | None:
    """Retry-After in seconds. A date is not read: what matters are seconds."""
    text = response.headers.get("retry-after", "")
    return min(float(text), LONGEST_WAIT) if text.isdecimal() and len(text) < 10 else None
