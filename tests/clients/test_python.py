"""The Python client without a studio: signatures, answers that are lost, streams that cannot be read. With one:
tests/flows/test_same_story.py and the examples of docs/api.md."""

import importlib.util
import json
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from studio.worker.deliveries import sign

FILE = Path(__file__).parents[2] / "clients" / "python" / "brushwire.py"
spec = importlib.util.spec_from_file_location("brushwire", FILE)
assert spec and spec.loader
client = importlib.util.module_from_spec(spec)
sys.modules["brushwire"] = client
spec.loader.exec_module(client)

MADE = {"id": "g", "state": "queued", "stage": "waiting", "step": 0, "total": 4, "index": 0, "count": 1, "share": None}


class Fake:
    """Answers by path: a list of (status, body) each, the last one again and again; a str body is a stream."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, Any]]] = {}
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    monkeypatch.setattr(client, "POLL", 0.01)
    fake = Fake()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fake.asked.append((self.command, path, dict(self.headers.items()), body))
            left = fake.answers.get(path, [(404, {"code": "not_found", "message": "no"})])
            status, told = left.pop(0) if len(left) > 1 else left[0]
            if status == 0:  # the connection is lost
                return self.connection.close()
            data = told.encode() if isinstance(told, str) else json.dumps(told).encode()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(data)
            return None

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    yield fake
    server.shutdown()
    server.server_close()
    thread.join(10)


def studio(fake: Fake) -> Any:
    return client.Brushwire(fake.url, "bw_x", timeout=60)  # type: ignore[attr-defined]


def event(kind: str, **data: Any) -> str:
    number = f"id: {data['seq']}\n" if "seq" in data else ""
    return f"{number}event: {kind}\ndata: {json.dumps({'type': kind} | data)}\n\n"


def test_signatures_are_checked_as_the_studio_makes_them() -> None:
    body, now = b'{"type": "ping"}', int(time.time())
    told = {"brushwire-signature": sign(["old", "new"], now, body.decode())}
    for secret in ("old", "new"):
        assert client.verify_webhook(secret, told, body) == {"type": "ping"}
    late = {"Brushwire-Signature": sign(["new"], now - 400, body.decode())}
    for secret, headers, sent in (
        ("x", told, body),
        ("new", told, body + b" "),
        ("new", late, body),
        ("new", {}, body),
    ):
        with pytest.raises(client.WrongSignature):
            client.verify_webhook(secret, headers, sent)


def test_it_waits_by_the_stream_and_tells_of_progress(fake: Fake) -> None:
    told = {"generation": "g", "stage": "denoising", "step": 1, "total": 4}
    stream = event("snapshot", seq=3, generations=[MADE]) + ": heartbeat\n\n" + event("progress", **told)
    fake.answers["/api/v1/events"] = [(200, stream + event("finished", seq=4, generation="g"))]
    fake.answers["/api/v1/generations"] = [(201, MADE)]
    fake.answers["/api/v1/generations/g"] = [(200, MADE | {"state": "finished", "works": [{"id": "w"}]})]
    heard: list[int] = []
    made = studio(fake).generate("a boat", seed=1, on_progress=lambda state: heard.append(state["step"]))
    assert made["works"] == [{"id": "w"}] and heard == [0, 1]
    asked = json.loads(fake.asked[0][3])
    assert (asked["tool"], asked["params"]) == ("text_to_image", {"prompt": "a boat", "seed": 1})


def test_it_goes_on_after_the_last_event_when_the_stream_ends(fake: Fake) -> None:
    fake.answers["/api/v1/events"] = [
        (200, event("snapshot", seq=3, generations=[MADE])),
        (200, event("failed", seq=4, generation="g")),
    ]
    failed = MADE | {"state": "failed", "error": {"code": "out_of_memory", "message": "too large", "params": {}}}
    fake.answers["/api/v1/generations/g"] = [(200, MADE), (200, failed)]
    with pytest.raises(client.Failed, match="out_of_memory"):
        studio(fake).wait("g")
    streams = [headers.get("Last-Event-Id") for _, path, headers, _ in fake.asked if path == "/api/v1/events"]
    assert streams == [None, "3"]


def test_it_asks_again_and_again_where_no_stream_can_be_read(fake: Fake) -> None:
    running = MADE | {"state": "running", "step": 2}
    fake.answers["/api/v1/generations/g"] = [(200, running), (200, MADE | {"state": "cancelled", "error": None})]
    heard: list[int] = []
    with pytest.raises(client.Failed, match="cancelled"):
        studio(fake).wait("g", on_progress=lambda state: heard.append(state["step"]))
    assert heard == [2] and [path for _, path, _, _ in fake.asked].count("/api/v1/events") == 1


def test_it_asks_instead_when_it_has_to_leave_the_stream(fake: Fake) -> None:
    stream = event("snapshot", seq=3, generations=[MADE]) + event("bye", code="too_many_sockets", message="")
    fake.answers["/api/v1/events"] = [(200, stream)]
    fake.answers["/api/v1/generations/g"] = [(200, MADE), (200, MADE | {"state": "finished", "works": []})]
    assert studio(fake).wait("g")["state"] == "finished"
    assert [path for _, path, _, _ in fake.asked].count("/api/v1/events") == 1


def test_it_does_not_wait_for_longer_than_asked(fake: Fake) -> None:
    fake.answers["/api/v1/generations/g"] = [(200, MADE)]
    with pytest.raises(TimeoutError):
        studio(fake).wait("g", timeout=0.05)


def test_a_lost_answer_is_asked_for_again_with_the_same_key(fake: Fake) -> None:
    fake.answers["/api/v1/generations"] = [(0, None), (201, MADE)]
    studio(fake).submit("text_to_image", prompt="x")
    (_, _, first, body), (_, _, again, same) = fake.asked
    assert first["Idempotency-Key"] == again["Idempotency-Key"] and body == same


def test_a_refusal_tells_its_code_and_is_not_repeated(fake: Fake) -> None:
    told = {"code": "invalid", "message": "No.", "fields": {"steps": {"code": "max_value"}}, "request_id": "r"}
    fake.answers["/api/v1/generations"] = [(422, told)]
    with pytest.raises(client.BrushwireError) as refused:
        studio(fake).submit("text_to_image", steps=1000)
    assert (refused.value.code, refused.value.request_id, len(fake.asked)) == ("invalid", "r", 1)
    assert refused.value.fields == {"steps": {"code": "max_value"}}
