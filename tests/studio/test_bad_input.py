"""Bad input has a clear answer: one entry for each row of research/reliability.md §6.2, none left out.

HERE are the rows that are tried in this file and in test_bad_requests.py, over HTTP and as frames of the socket.
ELSEWHERE names the tests of others, and OTHERS who will have the rest. The research suggests codes; where the house has
one for the same thing ours stands: invalid (with `fields`) for invalid_field, invalid_size and invalid_prompt,
too_large for file_too_large, auth_required for invalid_token, quota_exceeded for too_expensive, studio_full for
queue_full.
"""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import Role, User
from studio import tools
from studio.commands import generations
from studio.models import Generation, Model
from studio.protocol import Submit
from studio.queue import lifecycle
from studio.values.frames import ProtocolError, decode
from studio.words.errors import Refused

ROOT = Path(__file__).resolve().parents[2]
STYLES, INPUTS = "/api/v1/presets", "/api/v1/inputs"
PARAMS = {"prompt": "x", "steps": 2, "count": 1}
STYLE = {"name": "a", "prompt": "{prompt} in ink"}
NOBODYS = "00000000-0000-0000-0000-000000000000"

HERE = {
    "not JSON, wrong charset, BOM, NaN/Infinity, duplicate keys, depth > 32",
    "unknown field, wrong type, bool for int, 1e9, -0, 2^63",
    "width/height not in steps of 8, 0, 8200, 1 x 100000",
    "steps x MP x n over the cap",
    "prompt empty / too long / control or bidi override / lone surrogate",
    "unknown or disabled model/LoRA/engine",
    "body > 20 MB",
    "upload is SVG/HTML/GIF/TIFF/EPS/ZIP/PDF, wrong extension, wrong MIME",
    "truncated, CRC error, zero size, CMYK/16-bit odd modes",
    "path tricks in names",
    "foreign private id, deleted id, id of other type, negative id, other UUID form",
    "missing/wrong CSRF; foreign Origin",
    "WS binary where text, unknown type, __class__, _private, seq from the future",
    "cancel of a finished job",
    "wrong method / Accept",
    "no/expired/revoked log-in; token in query",
    "broken forms: 1,000 form parts, no boundary, foreign host",
}
QUOTAS = "tests/studio/commands/test_quotas.py"
INTAKE = "tests/studio/files/test_intake.py"
ELSEWHERE = {
    "> 33 MP, > 8192 px, > 1 frame": f"{INTAKE}::test_too_many_pixels_are_refused_before_decoding",
    "decode > 10 s CPU or > 1 GB": "tests/studio/process/test_decoding.py::",
    "polyglot, EXIF GPS, comment payload": f"{INTAKE}::test_metadata_and_appended_bytes_stay_outside",
    "no Content-Length; chunked": "tests/flows/test_raw_http.py::test_a_body_without_a_length_is_read_up_to_the_limit",
    "banned": "tests/accounts/test_standing.py::",
    "WS foreign/absent/null Origin": "tests/flows/test_refusals.py::test_a_foreign_origin_is_refused_at_the_handshake",
    "WS bad messages five times": "tests/flows/test_refusals.py::test_protocol_abuse_is_closed",
    "WS message too large": "tests/flows/test_refusals.py::test_a_garbage_frame_is_answered_and_the_socket_lives_on",
    "WS > 20 msg/s": "tests/flows/test_refusals.py::test_a_flood_of_messages_is_closed",
    "WS > 6 sockets": "tests/flows/test_refusals.py::test_windows_are_counted_over_all_web_processes",
    "rate limit": "tests/studio/gates/test_rates.py::test_a_program_that_asks_too_often_is_told_when_to_come_again",
    "quota / credits": f"{QUOTAS}::",
    "queue full": f"{QUOTAS}::test_a_full_studio_says_so_to_everybody_and_when_to_come_again",
    "mask of other size / not single channel": "tests/studio/engines/test_exact_tools.py::",
    "engine fault": "tests/studio/engines/test_faults.py::",
    "login brute force": "tests/accounts/test_second_factor.py::test_one_address_can_try_only_so_often",
}
OTHERS = {
    "scope missing": "issue 9: keys of the API and their scopes",
    "same idempotency key, other body": "issue 9: REST; the socket's ids are in tests/chaos/test_once.py",
    "remote image URL in the API": "issue 9: the OpenAI-compatible address",
    "engine fault of a synchronous call": "issue 9: no call waits for an engine yet",
    "GPU offline": "nothing to refuse: a request waits in the database until a worker comes; /readyz says so",
    "header 1 MB, 10,000 headers, slow-loris": "issue 11: nginx",
    "user enumeration by time": "issue 10: accounts",
}


def test_every_row_has_its_place_and_every_named_test_is_there() -> None:
    for place in ELSEWHERE.values():
        file, _, name = place.partition("::")
        assert (ROOT / file).is_file(), place
        assert f"def {name}" in (ROOT / file).read_text(), place
    assert not HERE & set(ELSEWHERE) and not set(ELSEWHERE) & set(OTHERS)


@pytest.fixture
def browser(alice: User, models: None) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    return client


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """What every refusal of the API is: the status, JSON of one shape, a sentence, no traceback."""
    assert answer["Content-Type"].startswith("application/json"), answer.content[:200]
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["code"]) == (status, code)
    assert sorted(told) == ["code", "fields", "message", "params", "request_id"]
    assert told["message"] and "Traceback" not in answer.content.decode() and '.py"' not in answer.content.decode()
    return told


# JSON, over HTTP and on the socket -----------------------------------------------------------------------------------

NO_JSON: list[bytes] = [
    b"nope",
    b"",
    b"{",
    b"\xef\xbb\xbf{}",
    json.dumps(STYLE).encode("utf-16"),
    b'{"name": "\xe9"}',
    b'{"name": NaN}',
    b'{"name": -Infinity}',
    b'{"name": 1e999}',
    b'{"name": "a", "name": "b", "prompt": "{prompt}"}',
    b'{"params": {"steps": 1, "steps": 2}, "name": "a", "prompt": "{prompt}"}',
    b"[" * 100_000,
    b'{"params": ' + b"[" * 40 + b"]" * 40 + b"}",
    b'{"name": "\\ud800", "prompt": "{prompt}"}',
    b'{"\\udfff": 1}',
    b'{"name": ' + b"9" * 5000 + b"}",
]


@pytest.mark.django_db
@pytest.mark.parametrize("body", NO_JSON)
def test_what_is_no_json_is_told_over_http_and_on_the_socket(browser: Client, body: bytes) -> None:
    if body:
        refused(browser.post(STYLES, body, content_type="application/json"), 400, "invalid_json")
    header = body.replace(b'"name"', b'"type"')
    with pytest.raises(ProtocolError) as error:
        decode(None, len(header).to_bytes(4, "big") + header)
    assert error.value.code in ("invalid_json", "bad_frame")
    with pytest.raises(ProtocolError) as error:
        decode(header.decode("utf-8", "replace"), None)
    assert error.value.code in ("invalid_json", "bad_message")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"zzz": 1}, "zzz"),
        ({"name": 5}, "name"),
        ({"name": None}, "name"),
        ({"name": "a\u0000b"}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "a\u0007b"}, "name"),
        ({"params": []}, "params"),
        ({"params": {"steps": True}}, "steps"),
        ({"params": {"steps": "12"}}, "steps"),
        ({"params": {"steps": "1e9"}}, "steps"),
        ({"params": {"steps": 2**63}}, "steps"),
        ({"params": {"guidance_scale": -1}}, "guidance_scale"),
        ({"prompt": "{prompt} \u202e evil"}, "prompt"),
        ({"prompt": "no place"}, "prompt"),
    ],
)
def test_a_wrong_field_is_named(browser: Client, change: dict[str, Any], field: str) -> None:
    told = refused(browser.post(STYLES, STYLE | change, content_type="application/json"), 422, "invalid")
    assert field in told["fields"] and told["fields"][field]["message"]


# What is asked for ---------------------------------------------------------------------------------------------------


def ask(user: User, params: dict[str, Any], **about: Any) -> Refused:
    wanted = Submit(type="submit", id=uuid4().hex, tool="text_to_image", model="fake", params={"prompt": "x"} | params)
    with pytest.raises(Refused) as refused:
        generations.submit(user, wanted.model_copy(update=about))
    assert not Generation.objects.exists()
    return refused.value


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"width": 100}, "width"),
        ({"width": 0}, "width"),
        ({"height": 8200}, "height"),
        ({"width": 1, "height": 100_000}, "height"),
        ({"width": -0.0}, "width"),
        ({"steps": True}, "steps"),
        ({"seed": 2**63}, "seed"),
        ({"steps": 1e9}, "steps"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 4001}, "prompt"),
        ({"prompt": "a\u202eb"}, "prompt"),
        ({"prompt": "a\u0000b"}, "prompt"),
        ({"prompt": "a\ud800b"}, "prompt"),
        ({"negative_prompt": "\u202d"}, "negative_prompt"),
        ({"surprise": 1}, "params"),
    ],
)
def test_a_wrong_parameter_is_named(alice: User, models: None, params: dict[str, Any], field: str) -> None:
    error = ask(alice, params)
    assert error.code == "invalid" and field in error.fields


@pytest.mark.django_db
def test_what_is_too_dear_or_not_there_is_refused(alice: User, models: None) -> None:
    Role.objects.filter(group=Group.objects.get(name="member")).update(max_megapixels=0.1)
    error = ask(alice, {"width": 512, "height": 512})
    assert (error.code, error.params["what"]) == ("quota_exceeded", "size")
    Model.objects.filter(name="starter").update(enabled=False)
    assert ask(alice, {}, model="starter").code == "model_unavailable"
    assert ask(alice, {}, model="not-there").code == "model_unavailable"
    assert ask(alice, {}, tool="not_there").code == "unknown_tool"
    assert "loras" in ask(alice, {"prompt": "a house <lora:not there:0.8>", "loras": [{"name": "x"}]}).fields


# Frames of the socket that are none of ours --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        b"\0\0\0\x02{}",
        b"text where bytes would be",
        "{}",
        "null",
        '{"type": "__class__"}',
        '{"type": "_private"}',
        '{"type": "websocket.receive"}',
        '{"type": "sync", "last_seq": 1e3}',
        '{"type": "sync", "last_seq": true}',
        '{"type": "sync", "last_seq": "9"}',
        '{"type": "seen", "frames": 0}',
        '{"type": "seen", "frames": 1, "frames ": 1}',
        '{"type": ["hello"]}',
        '{"type": "cancel", "generation": -1}',
    ],
)
def test_a_frame_that_says_nothing_is_told(frame: str | bytes) -> None:
    with pytest.raises(ProtocolError) as error:
        decode(*((None, frame) if isinstance(frame, bytes) else (frame, None)))
    assert error.value.code in ("bad_message", "bad_frame")


@pytest.mark.django_db
def test_an_end_that_has_come_and_a_number_from_the_future(alice: User, models: None) -> None:
    fake = Model.objects.get(name="fake")
    made = lifecycle.submit(alice.pk, "one", tool=tools.find("text_to_image"), model=fake, params=PARAMS, inputs={})
    generations.cancel(alice, made.pk)
    with pytest.raises(Refused) as refused:
        generations.cancel(alice, made.pk)
    assert refused.value.code == "already_finished"
    assert generations.catch_up(alice, 10**15) is None, "a snapshot tells where it stands"
