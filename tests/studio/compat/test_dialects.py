"""Refusals in the shape of each interface, from wherever they come."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts import keys
from accounts.models import User
from studio.gates import dialects
from studio.words.errors import ERRORS, Refused


def said(path: str, code: str, **params: Any) -> tuple[int, dict[str, Any], Any]:
    answer = dialects.refusal(path, Refused(code, **params))
    return answer.status_code, json.loads(answer.content), answer


@pytest.mark.parametrize("code", ERRORS)
def test_every_code_has_a_status_that_openai_s_client_knows(code: str) -> None:
    status, body, answer = said("/v1/images/edits", code)
    assert status in (400, 401, 403, 404, 405, 409, 429) or status >= 500
    assert body["error"]["code"] == code and body["error"]["message"] and "type" in body["error"]
    assert answer["x-should-retry"] in ("true", "false")


def test_what_passes_by_itself_may_be_tried_again_and_nothing_else() -> None:
    told = {code: said("/v1/models", code)[2]["x-should-retry"] for code in ERRORS}
    assert {code for code, again in told.items() if again == "true"} == dialects.PASSING
    assert told["quota_exceeded"] == told["cancelled"] == told["out_of_memory"] == "false"
    final = dialects.refusal("/v1/models", Refused("internal"), final=True)
    assert final["x-should-retry"] == "false"


def test_the_first_field_is_named() -> None:
    fields = {"size": {"code": "max_value", "message": "At most 512."}}
    body = json.loads(dialects.refusal("/v1/models", Refused("invalid", fields=fields)).content)
    assert body["error"] | {"type": ""} == {"message": "At most 512.", "type": "", "param": "size", "code": "invalid"}
    body = json.loads(dialects.refusal("/sdapi/v1/txt2img", Refused("invalid", fields=fields)).content)
    assert body == {"error": "invalid", "detail": "size: At most 512.", "body": "", "errors": "size: At most 512."}


@pytest.mark.parametrize("path", ["images/generations", "images/edits", "images/variations"])
def test_nobody_and_a_cookie_make_nothing(client: Client, alice: User, path: str) -> None:
    client.force_login(alice)
    for headers in ({}, {"Authorization": "Bearer bw_x"}, {"Authorization": "Basic eDp5"}):
        answer = client.post(f"/v1/{path}", {}, content_type="application/json", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] in ("auth_required", "key_invalid")
    assert client.get(f"/v1/{path}").status_code == 405


def test_a_key_for_something_else_opens_nothing(client: Client, alice: User) -> None:
    secret = keys.make(alice, keys.Wish(name="test", scopes=["read"]))[1]
    answer = client.post("/v1/images/generations", headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "key_scope")
    for nothing in ("/v1/chat/completions", "/v1/"):
        assert client.get(nothing).json()["error"]["code"] == "not_found"
    assert client.get("/sdapi/").json()["error"] == "not_found"


def test_who_asks_too_often_is_told_in_its_own_language(client: Client, alice: User, settings: Any) -> None:
    settings.RATE_FACTOR = 0.001
    secret = keys.make(alice, keys.Wish(name="test", scopes=["generate"]))[1]
    for path in ("/v1/nothing", "/sdapi/v1/nothing"):
        for _ in range(3):
            answer = client.get(path, headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 429 and int(answer["Retry-After"]) > 0
        told = answer.json()["error"]
        assert (told if isinstance(told, str) else told["code"]) == "rate_limited"
