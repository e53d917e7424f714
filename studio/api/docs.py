"""`/api/v1/docs`: the OpenAPI document as a page for people. No script draws it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from studio.api.schema import schema

# The chapters in their order. What has another tag comes last, under that.
TITLES: dict[str, str | Promise] = {
    "account": _("Who you are"),
    "catalogue": _("Tools and models"),
    "generations": _("Making pictures"),
    "events": _("News as it happens"),
    "works": _("Works"),
    "collections": _("Collections"),
    "boards": _("Boards"),
    "presets": _("Styles"),
    "timelapses": _("Time-lapses"),
    "webhooks": _("Webhooks"),
    "keys": _("API keys"),
}
EXAMPLES = {"uuid": "6f1c…", "string": "…", "integer": 1, "number": 1.0, "boolean": True}


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter or one property of a shape. `link` names the shape that it holds, if it is one."""

    name: str
    kind: str
    link: str
    required: bool
    words: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked."""

    name: str
    method: str
    path: str
    title: str
    words: str
    scopes: list[str]
    session: bool
    parameters: list[Field]
    body: Field | None
    fields: list[Field]
    answer: Field | None
    status: str
    example: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """The operations of one tag."""

    name: str
    title: str | Promise
    operations: list[Operation]


@dataclass(frozen=True, slots=True)
class Shape:
    """A named object that operations take or give."""

    name: str
    words: str
    fields: list[Field]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """For everybody: it tells what can be asked, nothing of what is here."""
    context = {"chapters": chapters(), "shapes": shapes(), "origin": request.build_absolute_uri("/").rstrip("/")}
    return render(request, "studio/api_docs.html", context)


@cache
def chapters() -> list[Chapter]:
    """Everything that can be asked, by tag."""
    found: dict[str, list[Operation]] = {name: [] for name in TITLES}
    for path, methods in schema()["paths"].items():
        for method, told in methods.items():
            tag = (told.get("tags") or ["generations"])[0]
            found.setdefault(tag, []).append(_operation(path, method, told))
    return [Chapter(name, TITLES.get(name, name), each) for name, each in found.items() if each]


@cache
def shapes() -> list[Shape]:
    """The named objects, by name."""
    known = schema()["components"]["schemas"]
    return [Shape(name, _words(known[name]), list(_fields(known[name]))) for name in sorted(known)]


def _operation(path: str, method: str, told: dict[str, Any]) -> Operation:
    content: dict[str, Any] = told.get("requestBody", {}).get("content", {})
    nothing: dict[str, Any] = {}
    kind, body = next(iter(content.items()), ("", nothing))
    own = _resolved(body.get("schema", {}))
    status, answer = next(
        ((code, each) for code, each in told["responses"].items() if code.startswith("2")), ("200", nothing)
    )
    given = next(iter(answer.get("content", {}).values()), nothing).get("schema")
    scopes = [scope for each in told.get("security", []) for scope in each.get("Key", [])]
    return Operation(
        name=told["operationId"],
        method=method.upper(),
        path=path,
        title=told["summary"],
        words=_plain(told["description"]),
        scopes=scopes,
        session=any("Session" in each for each in told.get("security", [])),
        parameters=[
            _field(each["name"], each["schema"], each.get("required", False), each)
            for each in told.get("parameters", [])
        ],
        body=_field("", body["schema"], True, {"description": _words(own)}) if body else None,
        fields=list(_fields(own)) if body else [],
        answer=_field("", given, True) if given else None,
        status=status,
        example=_example(path, method, kind, own, told),
    )


def _example(path: str, method: str, kind: str, body: dict[str, Any], told: dict[str, Any]) -> str:
    """How curl asks it. `$URL` and `$KEY` are the reader's."""
    lines = [f'curl "$URL{path}"', '-H "Authorization: Bearer $KEY"']
    if method not in ("get", "post") or (method == "post" and not body):
        lines.append(f"-X {method.upper()}")
    if kind == "application/json":
        wanted = {
            name: _value(each) for name, each in body.get("properties", {}).items() if name in body.get("required", [])
        }
        lines += ['-H "Content-Type: application/json"', f"-d '{json.dumps(wanted, ensure_ascii=False)}'"]
    elif kind == "multipart/form-data":
        lines += [
            f"-F {name}=@picture.png" if each.get("format") == "binary" else f"-F {name}=…"
            for name, each in body.get("properties", {}).items()
            if name in body.get("required", [])
        ]
    return " \\\n  ".join(lines)


def _value(told: dict[str, Any]) -> Any:
    told = _resolved(told)
    if "enum" in told:
        return told["enum"][0]
    if told.get("type") == "array":
        return [_value(told.get("items", {}))]
    if told.get("type") == "object" or "properties" in told:
        return {}
    return EXAMPLES.get(told.get("format", ""), EXAMPLES.get(told.get("type", "string"), "…"))


def _fields(told: dict[str, Any]) -> Iterator[Field]:
    wanted = told.get("required", [])
    for name, each in told.get("properties", {}).items():
        yield _field(name, each, name in wanted)


def _field(name: str, told: dict[str, Any], required: bool, about: dict[str, Any] | None = None) -> Field:
    words = (about or {}).get("description") or told.get("description", "")
    place = (about or {}).get("in", "")
    return Field(name, _kind(told), _link(told), required, _plain(words), place)


def _link(told: dict[str, Any]) -> str:
    """The shape that is named somewhere in it."""
    if "$ref" in told:
        return str(told["$ref"].rpartition("/")[2])
    inner = [told.get("items", {}), *told.get("anyOf", [])]
    return next((found for each in inner if isinstance(each, dict) and each and (found := _link(each))), "")


def _kind(told: dict[str, Any]) -> str:
    """What it is, in short: "integer 1–200", "list of string", "string (uuid) or null"."""
    if "$ref" in told:
        return str(told["$ref"].rpartition("/")[2])
    if "anyOf" in told:
        return " | ".join(_kind(each) for each in told["anyOf"])
    if "enum" in told:
        return " | ".join(json.dumps(each, ensure_ascii=False) for each in told["enum"])
    if "const" in told:
        return json.dumps(told["const"])
    kind = str(told.get("type", "any"))
    if kind == "array":
        return f"[{_kind(told['items'])}, …]" if told.get("items") else "[…]"
    notes = [told["format"]] if "format" in told else []
    if "minimum" in told or "maximum" in told:
        notes.append(f"{told.get('minimum', '')}–{told.get('maximum', '')}")
    if "maxLength" in told:
        notes.append(f"≤ {told['maxLength']}")
    return f"{kind} ({', '.join(notes)})" if notes else kind


def _words(told: dict[str, Any]) -> str:
    return _plain(told.get("description", ""))


def _plain(text: str) -> str:
    """A docstring as running text."""
    return " ".join(text.replace("`", "").split())


def _resolved(told: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in told:
        return told
    found: dict[str, Any] = schema()["components"]["schemas"][told["$ref"].rpartition("/")[2]]
    return found
