"""Restarts and losses behind nginx: one web process is missed by nobody, open sockets outlive a reload."""

import asyncio
import signal
import socket
import ssl
import time
from contextlib import ExitStack
from typing import Any

import httpx

from tests.deploy.certificate import HOST
from tests.deploy.test_drawing import picture
from tests.deploy.topology import Topology
from tests.deploy.visitor import Visitor, json_of
from tests.stack import PATIENCE


def statuses(visitor: Visitor, count: int = 12) -> set[int]:
    """Of some requests one after another, on both web processes."""
    return {visitor.get("/explore/").status_code for _ in range(count)}


async def test_a_reload_of_nginx_leaves_open_sockets_alone(topology: Topology, alice: Visitor) -> None:
    async with alice.page() as page:
        await page.hello()
        topology.reload_nginx()
        assert await asyncio.to_thread(statuses, alice) == {200}
        await picture(page, "22222222-2222-4222-8222-222222222222")
        assert page.closed is None


def test_a_killed_web_process_is_missed_by_nobody(topology: Topology, nobody: Visitor, alice: Visitor) -> None:
    topology.kill("web-1")
    assert statuses(nobody) == {200}
    assert alice.get("/studio/").status_code == 200
    topology.start("web-1")


async def test_a_web_process_that_is_restarted_sends_its_pages_to_the_other(
    topology: Topology, alice: Visitor, nobody: Visitor
) -> None:
    topology.until((topology.folder / "run" / "web-1.sock").exists, "web-1 is back")
    pages = [alice.page() for _ in range(4)]
    for page in pages:
        await page.open()
        await page.hello()
    ending = asyncio.create_task(asyncio.to_thread(topology.kill, "web-2", signal.SIGTERM))
    # The least-connections rule put half of them there: those are told to come back, and find the other process.
    await asyncio.wait(
        {asyncio.create_task(page.wait_closed()) for page in pages}, timeout=PATIENCE, return_when="FIRST_COMPLETED"
    )
    told = [page for page in pages if page.closed is not None]
    assert told and {page.closed for page in told} == {1012}
    assert await asyncio.to_thread(statuses, nobody) == {200}
    await told[0].open()
    await told[0].hello()
    await ending
    for page in pages:
        if page.closed is None:
            await page.close()


def test_who_asks_too_fast_for_the_log_in_is_slowed_down(topology: Topology, nobody: Visitor) -> None:
    # More than may come in a burst, on connections that are open before the first one asks: however slow the studio
    # answers, they are too fast. An address that it answers cheaply.
    request = f"GET /accounts/nothing/ HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
    slowed, until = b"", time.monotonic() + PATIENCE
    while not slowed and time.monotonic() < until:
        with ExitStack() as open_ones:
            lines = [open_ones.enter_context(_connected(topology)) for _ in range(160)]
            for line in lines:
                line.sendall(request)
            answers = [_all_of(line) for line in lines]
        slowed = next((answer for answer in answers if answer.startswith(b"HTTP/1.1 429")), b"")
    head, _, body = slowed.partition(b"\r\n\r\n")
    assert b"retry-after: 1\r\n" in head.lower() + b"\r\n"
    assert "A little slower" in body.decode() and "请慢一点" in body.decode()
    assert nobody.get("/healthz").status_code == 200, "other addresses are not slowed down"


def _connected(topology: Topology) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", topology.https), timeout=PATIENCE)
    return topology.tls.wrap_socket(plain, server_hostname=HOST)


def _all_of(line: ssl.SSLSocket) -> bytes:
    """Everything that comes, until nginx closes."""
    answer = b""
    while part := line.recv(65536):
        answer += part
    return answer


def test_without_any_web_process_the_answer_is_calm(topology: Topology, nobody: Visitor, people: Any) -> None:
    for name in ("web-1", "web-2"):
        if name in topology.processes:
            topology.kill(name)
    answers: dict[str, httpx.Response] = {path: nobody.get(path) for path in ("/gallery/", "/api/v1/generations")}
    assert {answer.status_code for answer in answers.values()} <= {502, 503}
    assert {answer.headers["retry-after"] for answer in answers.values()} == {"3"}
    assert "Back in a moment" in answers["/gallery/"].text and "马上就好" in answers["/gallery/"].text
    assert json_of(answers["/api/v1/generations"])["code"] == "busy"
