"""Connections to other servers: only where the list says, to the very address that was checked, within limits."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from studio.apps import engine_hosts
from studio.engines.remote import pinned
from studio.engines.remote.allow import Allowlist
from studio.engines.remote.client import Client, Limits
from studio.engines.remote.errors import RemoteError
from tests.servers.hosting import Host, hosted
from tests.servers.openai_images import ImagesServer

ALL = ("0.0.0.0/0", "::/0")
METADATA = [
    "169.254.169.254", "169.254.0.1", "fe80::1", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16",
    "192.0.0.192", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "::ffff:169.254.169.254",
]  # fmt: skip
SPECIAL = [
    "127.0.0.1", "::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "::127.0.0.1",
    "2001:0:7f00:1::", "240.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", METADATA)
def test_link_local_and_metadata_addresses_are_refused_whatever_the_list_says(address: str) -> None:
    for entries in (ALL, ["gpu"], ["public"], [address]):
        assert not Allowlist(entries).allows("gpu", 80, ip_address(address))


@pytest.mark.parametrize("address", SPECIAL)
def test_special_addresses_are_refused_to_names_and_need_an_entry_of_their_own(address: str) -> None:
    assert not Allowlist(["gpu", "public"]).allows("gpu", 80, ip_address(address))


@pytest.mark.parametrize(
    ("entries", "host", "port", "address", "allowed"),
    [
        (["gpu"], "gpu", 9997, "10.0.0.7", True),
        (["gpu"], "GPU.", 9997, "8.8.8.8", True),
        (["gpu"], "gpu.evil.org", 80, "8.8.8.8", False),
        (["gpu:9997"], "gpu", 9997, "10.0.0.7", True),
        (["gpu:9997"], "gpu", 22, "10.0.0.7", False),
        (["10.0.0.0/8"], "any.name", 80, "10.1.2.3", True),
        (["10.0.0.0/8"], "any.name", 80, "11.1.2.3", False),
        (["10.0.0.7:80"], "10.0.0.7", 81, "10.0.0.7", False),
        (["localhost"], "localhost", 80, "127.0.0.1", True),
        (["localhost"], "localhost", 80, "::1", True),
        (["localhost"], "gpu", 80, "127.0.0.1", False),
        (["127.0.0.1"], "127.0.0.1", 80, "127.0.0.1", True),
        (["[::1]:80"], "::1", 80, "::1", True),
        (["::1"], "::1", 443, "::1", True),
        (["127.0.0.0/8"], "x", 80, "::ffff:127.0.0.1", True),
        (["public"], "x.org", 443, "93.184.216.34", True),
        (["public"], "x.org", 443, "10.0.0.1", False),
        (["public"], "x.org", 443, "100.64.0.1", False),
        (["public:443"], "x.org", 80, "93.184.216.34", False),
        ([], "gpu", 80, "10.0.0.7", False),
    ],
)
def test_list_says_what_may_be_reached(entries: list[str], host: str, port: int, address: str, allowed: bool) -> None:
    assert Allowlist(entries).allows(host, port, ip_address(address)) is allowed


@pytest.mark.parametrize("entry", ["http://gpu", "gpu/path", "a b", "gpu:port", "10.0.0.0/40", "[::1"])
def test_entry_that_is_none_is_told(entry: str) -> None:
    with pytest.raises(ValueError, match="no host"):
        Allowlist([entry])


def test_entry_that_is_none_keeps_the_studio_from_starting(settings: Any) -> None:
    settings.ENGINE_ALLOWED_HOSTS = ["gpu", "http://gpu"]
    (error,) = engine_hosts(None)
    assert "BRUSHWIRE_ENGINE_HOSTS" in error.msg
    settings.ENGINE_ALLOWED_HOSTS = ["gpu"]
    assert engine_hosts(None) == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "017700000001", "localhost", "127.0.0.1"])
async def test_other_ways_to_write_loopback_lead_nowhere(host: str) -> None:
    for entries in (["gpu"], [host] if host[0].isdigit() and host != "127.0.0.1" else ["gpu"]):
        with pytest.raises(RemoteError) as caught:
            await pinned.connect(host, 80, Allowlist(entries))
        assert caught.value.code in ("engine_not_allowed", "engine_unreachable") and not caught.value.sent


@pytest.fixture(scope="module")
def server() -> ImagesServer:
    return ImagesServer()


@pytest.fixture(scope="module")
def host(server: ImagesServer) -> Iterator[Host]:
    with hosted(server) as host:
        yield host


class Names:
    """A name server that answers differently each time, as one of an attacker would."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> list[Any]:
        self.asked += 1
        return [ip_address(each) for each in self.answers.pop(0)]


async def test_name_is_resolved_once_and_its_host_header_stays(
    host: Host, server: ImagesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    monkeypatch.setattr(pinned, "resolve", names)
    async with Client(f"http://gpu.example:{host.port}/v1", Allowlist(["127.0.0.0/8"])) as client:
        for _turn in range(2):
            assert (await client.get_json("models"))["object"] == "list"
    assert names.asked == 1
    assert server.calls[-1].headers["host"] == f"gpu.example:{host.port}"


async def test_name_that_changes_to_a_forbidden_address_is_refused_at_the_next_connection(
    host: Host, server: ImagesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinned, "resolve", Names(["127.0.0.1"], ["169.254.169.254"]))
    seen = len(server.calls)
    for turn in range(2):
        async with Client(f"http://gpu.example:{host.port}/v1", Allowlist(["127.0.0.0/8"])) as client:
            if turn == 0:
                await client.get_json("models")
            else:
                with pytest.raises(RemoteError) as caught:
                    await client.get_json("models")
                assert caught.value.code == "engine_not_allowed" and not caught.value.sent
    assert len(server.calls) == seen + 1


async def test_one_forbidden_address_among_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "resolve", Names(["127.0.0.1", "10.0.0.1"]))
    with pytest.raises(RemoteError) as caught:
        await pinned.connect("gpu.example", 80, Allowlist(["127.0.0.0/8"]))
    assert caught.value.code == "engine_not_allowed"


async def test_second_address_is_tried_when_the_first_does_not_answer(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinned, "resolve", Names(["127.0.0.9"], ["127.0.0.9", "127.0.0.1"], ["127.0.0.9", "127.0.0.1"]))
    allow = Allowlist(["127.0.0.0/8"])
    with pytest.raises(RemoteError) as caught:
        await pinned.connect("gpu.example", host.port, allow)
    assert caught.value.code == "engine_unreachable"
    with await pinned.connect("gpu.example", host.port, allow) as made:
        assert made.getpeername()[0] == "127.0.0.1"
    async with Client(f"http://gpu.example:{host.port}/v1", allow) as client:
        assert await client.get_json("models")


async def test_lookup_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(host: str, port: int) -> list[Any]:
        await asyncio.sleep(30)
        return []

    monkeypatch.setattr(pinned, "resolve", never)
    with pytest.raises(RemoteError) as caught:
        await pinned.connect("gpu", 80, Allowlist(["gpu"]), seconds=0.05)
    assert caught.value.code == "engine_unreachable"
    async with Client("http://gpu/", Allowlist(["gpu"]), limits=Limits(connect=0.05)) as client:
        with pytest.raises(RemoteError) as caught:
            await client.get_json("models")
    assert caught.value.code == "engine_unreachable"


async def test_tls_asks_for_the_name_and_not_for_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda _connection, name, _context: heard.append(name)
    served = await asyncio.start_server(lambda _r, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    port = served.sockets[0].getsockname()[1]
    monkeypatch.setattr(pinned, "resolve", Names(["127.0.0.1"], ["127.0.0.1"]))
    allow = Allowlist(["127.0.0.1"])
    async with Client(f"https://gpu.example:{port}", allow) as client:
        with pytest.raises(RemoteError) as caught:
            await client.get_json("models")
    assert caught.value.code == "engine_unreachable"
    with pytest.raises(RemoteError):
        async with pinned.open_websocket(f"wss://gpu.example:{port}/ws", allow):
            pass
    served.close()
    assert heard == ["gpu.example", "gpu.example"]


async def test_proxies_of_the_environment_are_not_asked(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with Client(f"{host.url}/v1", Allowlist(["127.0.0.1"])) as client:
        assert await client.get_json("models")


async def test_secret_stays_with_its_server_and_other_schemes_are_refused(host: Host, server: ImagesServer) -> None:
    async with Client(host.url, Allowlist(ALL), headers={"Authorization": "Bearer x"}) as client:
        for url in ("ftp://127.0.0.1/a", "http://127.0.0.1:1/a", "//127.0.0.2/a", "javascript:1"):
            with pytest.raises(RemoteError) as caught:
                await client.fetch(url)
            assert caught.value.code == "engine_not_allowed"
    async with Client("ftp://127.0.0.1", Allowlist(ALL)) as client:
        with pytest.raises(RemoteError) as caught:
            await client.get_json("models")
        assert caught.value.code == "engine_not_allowed"


@pytest.fixture
def echo() -> Iterator[Host]:
    """A WebSocket that says what it hears, then something long; `/moved` leads elsewhere."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/moved":
            place = b"HTTP/1.1 307 Moved\r\nlocation: ws://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"
            return await scope["extensions"]["wire"].raw(place)
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": (await receive())["text"]})
        await send({"type": "websocket.send", "bytes": b"x" * 2000})
        return await asyncio.sleep(0.05)

    with hosted(app) as host:
        yield host


async def test_websocket_goes_to_the_checked_address_and_follows_no_redirect(
    echo: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(["127.0.0.1"], ["127.0.0.1"], ["169.254.169.254"])
    monkeypatch.setattr(pinned, "resolve", names)
    allow, place = Allowlist(["127.0.0.1"]), f"ws://gpu.example:{echo.port}"
    async with pinned.open_websocket(f"{place}/ws", allow, most=1000) as connection:
        await connection.send("hello")
        assert await asyncio.wait_for(connection.recv(), 60) == "hello"
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(connection.recv(), 60)
        assert closed.value.sent and closed.value.sent.code == 1009
    codes = []
    for path in ("moved", "ws"):
        with pytest.raises(RemoteError) as caught:
            async with pinned.open_websocket(f"{place}/{path}", allow):
                pass
        codes.append(caught.value.code)
    assert codes == ["engine_not_allowed", "engine_not_allowed"] and names.asked == 3


async def test_unix_sockets_are_refused() -> None:
    with pytest.raises(RemoteError):
        await pinned.PinnedBackend(Allowlist(ALL)).connect_unix_socket("/run/docker.sock")


def test_httpx_still_has_the_place_where_the_network_is_put_in() -> None:
    transport = pinned.PinnedTransport(Allowlist([]))
    assert isinstance(transport._pool._network_backend, pinned.PinnedBackend)  # type: ignore[attr-defined]
    assert isinstance(httpx.AsyncHTTPTransport()._pool, type(transport._pool)) and socket.AF_INET
