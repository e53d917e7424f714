"""Taking a port, and asking behind it whether everything is ready."""

import asyncio
import socket

import pytest

from studio.management.door import HOST, NoPort, ask_ready, take_port


def test_a_taken_port_gives_the_next_free_one() -> None:
    with take_port(0) as first:
        port = first.getsockname()[1]
        with take_port(port) as second:
            assert second.getsockname()[1] != port
            assert socket.create_connection(second.getsockname(), 2).fileno() > 0


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
def test_a_number_that_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(NoPort, match="not a port"):
        take_port(port)


def test_the_last_port_of_all_is_still_a_port() -> None:
    with take_port(65535) as door:
        assert door.getsockname()[1] > 0


def answer(text: bytes) -> tuple[int, str]:
    async def scene() -> tuple[int, str]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(text)
            writer.close()

        server = await asyncio.start_server(serve, HOST, 0)
        async with server:
            return await ask_ready(server.sockets[0].getsockname()[1], "localhost")

    return asyncio.run(scene())


def test_a_ready_studio_says_so() -> None:
    assert answer(b"HTTP/1.1 200 OK\r\n\r\nfine") == (200, "fine")


def test_a_studio_that_is_not_ready_says_why() -> None:
    assert answer(b'HTTP/1.1 503 Service Unavailable\r\n\r\n{"worker": false}') == (503, '{"worker": false}')


@pytest.mark.parametrize("text", [b"", b"nonsense", b"HTTP/1.1 abc\r\n\r\n"])
def test_garbage_counts_as_no_answer(text: bytes) -> None:
    assert answer(text) == (0, "no answer")


def test_a_silent_port_counts_as_no_answer() -> None:
    with take_port(0) as door:
        status, _ = asyncio.run(ask_ready(door.getsockname()[1], "localhost", within=0.2))
    assert status == 0
