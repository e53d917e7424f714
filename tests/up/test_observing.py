"""Logs that many processes share, errors to Sentry, spans to OpenTelemetry: each by a setting, none by default."""

import gzip
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import observing
from config.masking import MaskedJson
from studio.process import loglines, requestid, tracing

ROOT = Path(__file__).resolve().parents[2]
SECRET = "bw_0123456789_" + "A" * 40


def record(message: str = "made %s", *args: object, **extra: object) -> logging.LogRecord:
    made = logging.getLogger("studio.test").makeRecord("studio.test", logging.ERROR, "f", 1, message, args, None)
    made.__dict__.update(extra)
    assert requestid.Mark().filter(made)
    return made


# Log lines -----------------------------------------------------------------------------------------------------------


def test_a_line_in_json_has_both_ids_and_no_secret() -> None:
    with requestid.making("generation-1", "request-1"):
        line = json.loads(MaskedJson("worker").format(record("key %s", SECRET)))
    assert (line["request_id"], line["generation"], line["process"]) == ("request-1", "generation-1", "worker")
    assert line["level"] == "ERROR" and line["message"] == "key bw_0123456789_***" and line["time"].endswith("+00:00")
    outside = json.loads(MaskedJson("web").format(record('quotes " and 中文\nlines')))
    assert "generation" not in outside and outside["message"] == 'quotes " and 中文\nlines'


def test_what_a_record_says_of_itself_stands_above_the_context() -> None:
    with requestid.making("generation-1", "request-1"):
        made = record("x", generation="generation-2", request_id="request-2")
    assert (made.generation, made.request_id, made.mark) == ("generation-2", "request-2", " [request-2]")


def test_an_error_stands_in_the_same_line() -> None:
    try:
        raise ZeroDivisionError("of ours")
    except ZeroDivisionError:
        made = logging.getLogger("x").makeRecord("x", logging.ERROR, "f", 1, "failed", (), sys.exc_info())
    line = loglines.JsonLine("engine").format(made)
    assert "\n" not in line and "ZeroDivisionError: of ours" in json.loads(line)["error"]


@pytest.mark.parametrize("form", ["json", "line"])
def test_the_engines_process_says_its_lines_alike(form: str) -> None:
    code = (
        "import logging; from studio.process import loglines; loglines.configure_engine();"
        "logging.getLogger('e').error('Generation failed', extra={'generation': 'g-1', 'request_id': 'r-1'})"
    )
    env = {"PATH": "", "BRUSHWIRE_LOG_FORMAT": form}
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=180, check=True)
    line = said.stderr.strip()
    if form == "line":
        assert line.endswith("ERROR/engine] Generation failed")
    else:
        told = json.loads(line)
        assert (told["process"], told["generation"], told["request_id"]) == ("engine", "g-1", "r-1")


# Sentry --------------------------------------------------------------------------------------------------------------


class Receiver(BaseHTTPRequestHandler):
    """Keeps what is posted to it."""

    got: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        zipped = self.headers.get("Content-Encoding") == "gzip"
        self.got.append((self.path, gzip.decompress(body) if zipped else body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    got: list[tuple[str, bytes]] = []
    server = HTTPServer(("127.0.0.1", 0), type("Own", (Receiver,), {"got": got}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_an_error_reaches_sentry_with_its_ids_and_without_people(receiver: Any) -> None:
    import sentry_sdk

    place, got = receiver
    observing.begin_sentry(f"http://key@{place}/7")
    try:
        with requestid.making("generation-1", "request-1"):
            prompt = " ".join(["a", "private", "wish"])
            try:
                raise RuntimeError(f"with {SECRET}")
            except RuntimeError:
                logging.getLogger("studio.worker.runner").exception("generation failed")
            assert prompt
        sentry_sdk.flush(30)
    finally:
        sentry_sdk.get_global_scope().set_client(None)
        sentry_sdk.init()
    (sent,) = [body for path, body in got if path.startswith("/api/7/")][:1]
    text = sent.decode()
    event = json.loads(text.splitlines()[2])
    assert event["tags"]["generation"] == "generation-1" and event["tags"]["request_id"] == "request-1"
    assert "RuntimeError" in text and "bw_0123456789_***" in text and SECRET not in text
    assert "a private wish" not in text and "user" not in event


def test_a_request_is_told_by_its_address_only() -> None:
    request = {"url": "http://x/s/secretcode/", "method": "POST", "cookies": "c", "data": "d", "headers": {"a": "b"}}
    told = observing.discreet({"request": request, "user": {"id": 1}, "tags": {"mine": "x"}}, {})
    assert told["request"] == {"url": "http://x/s/***/", "method": "POST"} and "user" not in told
    assert told["tags"]["mine"] == "x"


# OpenTelemetry -------------------------------------------------------------------------------------------------------


@pytest.fixture
def spans() -> Iterator[Any]:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    observing.begin_tracing("http://nowhere.example:4318", exporter)
    yield exporter
    tracing.use(None)


def test_a_generation_is_one_trace_over_all_processes(spans: Any) -> None:
    generation = uuid4()
    tracing.took_in(generation, "text_to_image", "fake", "gpu", 0.01)
    stages = [("loading", 0.2), ("denoising", 1.5), ("saving", 0.1)]
    tracing.made(generation, {"tool": "text_to_image"}, 1_700_000_000.0, stages, "finished")
    tracing.delivered(generation, 1_700_000_010.0)
    tracing.answered("gallery/", "GET", 200, 0.05)
    found = {span.name: span for span in spans.get_finished_spans()}
    assert set(found) == {
        "submit",
        "generation",
        "waiting",
        "loading",
        "denoising",
        "saving",
        "delivery",
        "GET gallery/",
    }
    ours = [span for name, span in found.items() if name != "GET gallery/"]
    assert {span.context.trace_id for span in ours} == {generation.int}
    assert found["denoising"].parent.span_id == found["generation"].context.span_id
    assert found["denoising"].end_time - found["denoising"].start_time == pytest.approx(1.5e9, abs=2e6)
    assert found["waiting"].start_time == 1_700_000_000 * 10**9
    assert found["GET gallery/"].context.trace_id != generation.int
    assert found["GET gallery/"].attributes["http.response.status_code"] == 200


def test_spans_reach_a_collector(receiver: Any) -> None:
    place, got = receiver
    observing.begin_tracing(f"http://{place}")
    try:
        tracing.delivered(uuid4(), 1_700_000_000.0)
        provider = tracing._tracer.span_processor
        assert provider.force_flush(30_000)
    finally:
        tracing.use(None)
    assert [path for path, _body in got] == ["/v1/traces"] and b"delivery" in got[0][1]


def test_without_a_collector_nothing_is_made() -> None:
    tracing.use(None)
    tracing.made(uuid4(), {}, 0.0, [], "finished")
    tracing.answered("x", "GET", 200, 0.1)


@pytest.mark.parametrize(
    ("begin", "module", "variable"),
    [
        (observing.begin_sentry, "sentry_sdk", "BRUSHWIRE_SENTRY_DSN"),
        (observing.begin_tracing, "opentelemetry.sdk.trace", "BRUSHWIRE_OTEL_ENDPOINT"),
    ],
)
def test_a_setting_without_its_package_is_a_clear_error(
    begin: Any, module: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImproperlyConfigured, match=f"{variable} is set.*requirements-observing.txt"):
        begin("http://x")


def test_nothing_of_it_is_loaded_by_default() -> None:
    code = (
        "import sys, django; django.setup(); import config.asgi;"
        "from studio.process import tracing; assert tracing._tracer is None; assert 'sentry_sdk' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)


def test_a_dsn_that_is_none_is_told(settings: Any) -> None:
    settings.SENTRY_DSN = "no address"
    with pytest.raises(ImproperlyConfigured, match="BRUSHWIRE_SENTRY_DSN"):
        observing.begin()
