"""Through nginx to a picture and back: log-in, socket, event stream, media, the interface that waits."""

import asyncio
import base64
import re
from typing import Any

import psycopg
import pytest
import websockets

from tests.deploy.topology import Topology
from tests.deploy.visitor import Visitor, json_of
from tests.stack.page import Page
from tests.stack.stream import Reader

STARTER = {"model": "starter", "steps": 4, "width": 128, "height": 128}


async def picture(page: Page, id: str) -> str:
    """The id of the work that an open page has made."""
    generation = await page.submit(id, prompt="a red house", seed=7, **STARTER)
    ended = await page.ended(generation)
    return str(ended["works"][0]["id"])


async def test_a_picture_is_drawn_through_the_socket_and_sent_by_nginx(
    alice: Visitor, bob: Visitor, nobody: Visitor, topology: Topology
) -> None:
    async with alice.page() as page:
        first = await page.hello()
        assert first["type"] in ("hello", "snapshot")
        work = await picture(page, "11111111-1111-4111-8111-111111111111")
        assert [header for header, _ in page.previews if header["type"] == "preview"]
    address = f"/media/works/{work}/image"
    answer = alice.get(address)
    assert answer.status_code == 200
    assert answer.content.startswith(b"\x89PNG")
    check_media(answer.headers)
    assert "inline" in answer.headers["content-disposition"]
    assert "attachment" in alice.get(f"{address}?download=1").headers["content-disposition"]
    # nginx sends the file itself: the studio, which has said where it lies, knows no ranges of it.
    part = alice.get(address, headers={"Range": "bytes=0-7"})
    assert (part.status_code, part.content) == (206, answer.content[:8])
    check_media(part.headers)
    same = {"Range": "bytes=8-", "If-Range": answer.headers["etag"]}
    assert alice.get(address, headers=same).content == answer.content[8:]
    assert alice.get(address, headers=same | {"If-Range": '"other"'}).content == answer.content
    assert alice.head(address).headers["content-length"] == str(len(answer.content))
    known = alice.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    # Only its owner, and never by the place where it lies.
    assert bob.get(address).status_code == 404
    assert nobody.get(address).status_code == 404
    digest = answer.headers["etag"].strip('"')
    assert (topology.folder / "var/media/works" / digest[:2] / digest[2:4] / digest).is_file()
    for path in (f"/_protected/works/{digest[:2]}/{digest[2:4]}/{digest}", "/media/works/", "/_answers/413.html"):
        assert alice.get(path).status_code == 404


def check_media(headers: Any) -> None:
    """The headers of every file of a work, each once, whoever sends it."""
    once = {name: headers.get_list(name) for name in headers}
    assert once["content-type"] == ["image/png"]
    assert once["x-content-type-options"] == ["nosniff"]
    assert once["content-security-policy"] == ["default-src 'none'; sandbox"]
    assert once["cross-origin-resource-policy"] == ["same-origin"]
    assert once["cache-control"] == ["private, no-cache"]
    assert re.fullmatch(r'"[0-9a-f]{64}"', once["etag"][0])
    assert once["strict-transport-security"][0].startswith("max-age=31536000")
    assert not {"x-accel-redirect", "last-modified", "set-cookie"} & set(once)


async def test_the_event_stream_comes_at_once_and_unpacked(alice: Visitor) -> None:
    def listen() -> tuple[Reader, Any]:
        reader = Reader()
        with alice.stream("GET", "/api/v1/events", headers={"Accept-Encoding": "gzip"}) as answer:
            for chunk in answer.iter_raw():
                reader.feed(chunk)
                if reader.events:
                    return reader, answer.headers
        raise AssertionError("the stream ended")

    reader, headers = await asyncio.wait_for(asyncio.to_thread(listen), 120)
    assert reader.kinds()
    assert headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in headers
    assert "x-accel-buffering" not in headers


def test_a_program_waits_for_its_picture_in_the_same_request(program: Visitor) -> None:
    answer = program.post(
        "/v1/images/generations", json={"model": "starter", "prompt": "a boat", "size": "128x128", "steps": 4}
    )
    assert answer.status_code == 200, answer.text
    assert base64.b64decode(json_of(answer)["data"][0]["b64_json"]).startswith(b"\x89PNG")


async def test_another_sites_page_opens_no_socket(alice: Visitor) -> None:
    for origin in ("https://evil.example", "http://studio.example.org"):
        with pytest.raises(websockets.InvalidStatus) as refused:
            await alice.page(Origin=origin).open()
        assert refused.value.response.status_code == 403


def test_both_redis_do_what_they_are_for(topology: Topology, alice: Visitor) -> None:
    broker, channels = topology.redis("broker"), topology.redis("channels")
    databases = {int(name.removeprefix("db")) for name in broker.info("keyspace")}
    assert databases <= {1}, "only Celery's"
    assert broker.config_get("appendonly")["appendonly"] == "yes"
    assert channels.config_get("appendonly")["appendonly"] == "no"
    assert 1 not in {int(name.removeprefix("db")) for name in channels.info("keyspace")}
    assert any(client["db"] == "0" for client in channels.client_list()), "the sockets' layer"


def test_what_was_made_is_in_postgresql(topology: Topology) -> None:
    place = {"host": topology.env["PGHOST"], "user": topology.env["PGUSER"], "dbname": "postgres"}
    with psycopg.connect(**place) as database:
        states = {row[0] for row in database.execute("SELECT DISTINCT state FROM studio_generation")}
        assert states == {"finished"}
    assert not list(topology.folder.rglob("*.sqlite3*"))
