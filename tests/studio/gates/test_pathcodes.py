"""Connect codes in the address: they open ComfyUI's addresses and nothing else, and no log ever has one."""

import logging

import pytest

from accounts import keys
from accounts.models import ApiKey, User
from config.masking import Masked, mask
from config.server import Server
from studio.gates.pathcodes import without_code

CODE = "bwc_abcdefghij_" + "x" * 43


@pytest.mark.parametrize(
    ("path", "behind"),
    [
        (f"/comfy/c/{CODE}/prompt", "/comfy/prompt"),
        (f"/comfy/c/{CODE}/api/view", "/comfy/api/view"),
        (f"/comfy/c/{CODE}", "/comfy"),
        (f"/comfy/c/{CODE}/c/x", "/comfy/c/x"),
    ],
)
def test_the_code_goes_from_the_path_into_a_header(path: str, behind: str) -> None:
    asked = {"path": path, "raw_path": path.encode(), "headers": [(b"authorization", b"Bearer other"), (b"host", b"h")]}
    scope = without_code(asked)
    assert (scope["path"], scope["raw_path"]) == (behind, behind.encode())
    assert scope["headers"] == [(b"host", b"h"), (b"authorization", f"Code {CODE}".encode())]
    assert asked["path"] == path, "the server keeps its own"


@pytest.mark.parametrize("path", ["/", "/comfy/prompt", "/comfy/c/", "/studio/", "/x/comfy/c/a/prompt"])
def test_other_paths_stay_as_they_are(path: str) -> None:
    scope = {"path": path, "headers": []}
    assert without_code(scope) is scope


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (f"GET /comfy/c/{CODE}/prompt 404", "GET /comfy/c/***/prompt 404"),
        ("Not Found: /comfy/c/guessed/ws?clientId=1", "Not Found: /comfy/c/***/ws?clientId=1"),
        (f"Authorization: Bearer bw_abcdefghij_{'y' * 43}.", "Authorization: Bearer bw_abcdefghij_***."),
        (f"code {CODE} in a sentence", "code bwc_abcdefghij_*** in a sentence"),
        ("/comfy/queue bwc_ nothing else", "/comfy/queue bwc_ nothing else"),
    ],
)
def test_secrets_are_masked_in_logs(line: str, masked: str) -> None:
    assert mask(line) == masked


def test_what_is_put_into_a_line_and_its_traceback_are_masked_too() -> None:
    try:
        raise ValueError(f"/comfy/c/{CODE}/prompt")
    except ValueError as error:
        problem = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "%s failed", (f"/comfy/c/{CODE}/view",), problem)
    told = Masked().format(record)
    assert "x" * 43 not in told and told.count("/comfy/c/***") >= 2


def test_the_access_log_of_daphne_is_masked() -> None:
    seen = []
    server = object.__new__(Server)
    server.action_logger = lambda *told: seen.append(told)
    server.log_action("http", "complete", {"path": f"/comfy/c/{CODE}/prompt", "status": 200})
    server.log_action("websocket", "connecting", {"path": f"/comfy/c/{CODE}/ws".encode(), "client": None})
    assert [told[2]["path"] for told in seen] == ["/comfy/c/***/prompt", "/comfy/c/***/ws"]


@pytest.mark.django_db
def test_a_code_is_kept_as_a_hash_and_opens_one_scope(alice: User) -> None:
    made, secret = keys.make_code(alice, "old tablet")
    assert keys.is_code(secret) and secret.startswith(f"bwc_{made.prefix}_")
    assert made.in_path and made.scopes == ["comfy"] and secret not in str(ApiKey.objects.values().get())
    assert keys.find(secret, scope="comfy", address="192.0.2.1") == made
    for wrong in (secret.replace("bwc_", "bw_"), secret[:-1] + ("0" if secret[-1] != "0" else "1")):
        with pytest.raises(keys.KeyRefused, match="key_invalid"):
            keys.find(wrong, scope="comfy", address="192.0.2.1")
    with pytest.raises(keys.KeyRefused, match="key_scope"):
        keys.find(secret, scope="generate", address="192.0.2.1")
