"""The API's OpenAPI document: ninja's, with what holds for every operation: errors, headers, scopes of keys."""

import json
import re
from collections import defaultdict
from functools import cache
from typing import Any

from ninja.operation import Operation

from studio.api.answers import api
from studio.api.auth import Key
from studio.api.generations import SubmitForm
from studio.api.repeated import HEADER
from studio.words.errors import ERRORS

PREFIX = "/api/v1"
ABOUT = """Everything that the studio's pages do, for programs.

Send an API key as `Authorization: Bearer bw_…`. Lists are `{"items": […], "next": "…"}`; `?cursor=<next>` is what comes
after. Errors are `{"code", "message", "fields", "params", "request_id"}` with a stable code. A POST with an
`Idempotency-Key` is carried out once within a day, however often it is sent."""
# What may be refused anywhere; 404, 409 and the like depend on the operation.
STATUSES = (400, 401, 403, 404, 405, 409, 411, 413, 415, 422, 429, 500, 503, 504, 507)
HEADERS = {
    "X-Request-ID": ("string", "Names this request, also in our log."),
    "RateLimit-Limit": ("integer", "Requests that may be saved up."),
    "RateLimit-Remaining": ("integer", "Requests that are left now."),
    "RateLimit-Reset": ("integer", "Seconds until all are there again."),
}
ERROR = {
    "title": "Error",
    "type": "object",
    "required": ["code", "message", "fields", "params", "request_id"],
    "properties": {
        "code": {"type": "string", "description": "Stable: one of docs/errors.md.", "enum": sorted(ERRORS)},
        "message": {"type": "string", "description": "For people, in the language of Accept-Language."},
        "fields": {"type": "object", "description": "What is wrong with which field: its code and message."},
        "params": {"type": "object", "description": "What the message is filled with: limit, retry_after, …"},
        "request_id": {"type": "string"},
    },
}
PICTURES = {"image/png", "image/webp"}
# What an operation that answers with bytes gives, by its name.
BYTES = {
    "own_input": "image/png", "show_caption": "image/png", "board_picture": "image/webp",
    "board_thumbnail": "image/webp", "make_timelapse": "image/webp", "open_board": "application/json",
    "board_version": "application/json",
}  # fmt: skip


@cache
def schema() -> dict[str, Any]:
    """The whole document. The same in every language: names and codes, and our own words in English."""
    text = json.dumps(api.get_openapi_schema(path_prefix=f"{PREFIX}/"))
    # A page of works is a WorkDetailPage; pydantic's name for it is Page_WorkDetail_.
    document: dict[str, Any] = json.loads(re.sub(r"\bPage_(\w+)_(?=\")", r"\1Page", text))
    document["info"]["description"] = ABOUT
    parts = document["components"]
    parts["schemas"]["Error"] = ERROR
    # Read by the operation itself, which takes JSON and forms: ninja does not see it.
    own = SubmitForm.model_json_schema(ref_template="#/components/schemas/{model}")
    parts["schemas"] |= own.pop("$defs", {}) | {"SubmitForm": own}
    parts["headers"] = {
        name: {"schema": {"type": kind}, "description": words} for name, (kind, words) in HEADERS.items()
    }
    parts["responses"] = {f"Error{status}": _error(status) for status in STATUSES}
    parts["securitySchemes"]["Key"]["description"] = "An API key, made on the page “API keys” of your account."
    known = _operations()
    for methods in document["paths"].values():
        for method, told in methods.items():
            _complete(method, told, known[told["operationId"]])
    document["paths"] |= {"/media/works/{work_id}/{role}": {"get": _media()}, f"{PREFIX}/events": {"get": _events()}}
    return document


def _operations() -> dict[str, Operation]:
    return {
        operation.operation_id or api.get_openapi_operation_id(operation): operation
        for bound in api._get_bound_routers()
        for view in bound.path_operations.values()
        for operation in view.operations
    }


def _complete(method: str, told: dict[str, Any], operation: Operation) -> None:
    """Add to one operation what ninja does not know of it."""
    name = operation.view_func.__name__
    told["operationId"] = name
    told["summary"], told["description"] = _words(operation.view_func.__doc__ or "")
    keys = [each for each in operation.auth_callbacks if isinstance(each, Key)]
    others = [each for each in told.get("security", []) if "Key" not in each]
    told["security"] = [{"Key": [scope]} for key in keys for scope in key.scopes] + others
    answers: dict[str, Any] = {str(status): answer for status, answer in told["responses"].items()}
    for answer in answers.values():
        answer["headers"] = {header: {"$ref": f"#/components/headers/{header}"} for header in HEADERS}
    if name in BYTES:
        kind = BYTES[name]
        answers["200"]["content"] = {kind: {"schema": {} if kind == "application/json" else _binary()}}
    if method == "get":
        answers["304"] = {"description": "Not changed since the answer whose ETag is in If-None-Match"}
    if getattr(operation.view_func, "idempotent", False):
        told.setdefault("parameters", []).append(_once())
    answers |= {str(status): {"$ref": f"#/components/responses/Error{status}"} for status in STATUSES}
    told["responses"] = answers


def _words(doc: str) -> tuple[str, str]:
    """The first sentence as it stands, and the whole."""
    text = " ".join(doc.split())
    return text.partition(". ")[0].rstrip("."), text


def _error(status: int) -> dict[str, Any]:
    codes: dict[int, list[str]] = defaultdict(list)
    for code, kind in ERRORS.items():
        codes[kind.status].append(code)
    headers = {header: {"$ref": f"#/components/headers/{header}"} for header in HEADERS}
    if status in (429, 503):
        headers["Retry-After"] = {"schema": {"type": "integer"}, "description": "Seconds until it may go"}  # type: ignore[dict-item]
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": ", ".join(codes[status]) or "refused", "headers": headers, "content": content}


def _binary() -> dict[str, Any]:
    return {"type": "string", "format": "binary"}


def _once() -> dict[str, Any]:
    words = "Your name for this request. Sent again within a day with it, the same request gets the same answer."
    form = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
    return {"in": "header", "name": HEADER, "required": False, "schema": form, "description": words}


def _media() -> dict[str, Any]:
    """The address of files, which is not ninja's."""
    one = {"in": "path", "required": True}
    return {
        "operationId": "work_file",
        "summary": "One file of a work",
        "description": "One file of a work, as its `files` name it. Knows ETag and Range; `?download=1` saves it.",
        "tags": ["works"],
        "parameters": [
            one | {"name": "work_id", "schema": {"type": "string", "format": "uuid"}},
            one | {"name": "role", "schema": {"type": "string"}},
        ],
        "security": [{"Key": ["read"]}, {"Key": ["generate"]}, {"Key": ["gallery"]}, {"Session": []}],
        "responses": {
            "200": {
                "description": "The file",
                "content": {kind: {"schema": _binary()} for kind in sorted(PICTURES)},
            },
            "304": {"description": "Not changed"},
            "404": {"description": "No such file, or not yours to see"},
        },
    }


def _events() -> dict[str, Any]:
    """The stream of news (studio/sockets/streams.py), which is not ninja's either."""
    words = "The number of the last event that you saw: everything after it comes first, if it is still kept."
    seen = {"in": "header", "name": "Last-Event-ID", "required": False, "schema": {"type": "string"}}
    told = "text/event-stream: `id` is the event's number, `event` its type, `data` the same JSON as on the socket."
    refused = {str(status): {"$ref": f"#/components/responses/Error{status}"} for status in (401, 403, 429, 503)}
    return {
        "operationId": "events",
        "summary": "What happens, as it happens",
        "description": f"Server-Sent Events until you go: what the socket tells, too. {told}",
        "tags": ["events"],
        "parameters": [seen | {"description": words}],
        "security": [{"Key": ["read"]}, {"Session": []}],
        "x-endless": True,
        "responses": {"200": {"description": "News", "content": {"text/event-stream": {"schema": {"type": "string"}}}}}
        | refused,
    }
