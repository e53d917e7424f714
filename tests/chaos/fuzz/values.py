"""Values that fit a JSON schema, and values that nobody expects. All chance comes from the `Random` handed in."""

import copy
import json
import random
import uuid
from collections.abc import Callable, Iterator
from typing import Any

Json = Any
# What breaks programs: ends of number ranges, text that is none, shapes that are too deep or too long.
STRANGE: tuple[Json, ...] = (
    None, True, False, 0, -1, 1, -0.0, 0.1, 2**31, 2**53, 2**63, -(2**63) - 1, 10**30, 1e308, 1e-320,
    "", " ", "0", "-1", "1e9", "NaN", "null", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\ufeff", "\u202e\u2066",
    "🦊" * 40, "é" * 3000, "x" * 5000, "../../etc/passwd", "<script>alert(1)</script>", "'; DROP TABLE x; --",
    "%s%n{0}", "__class__", "1" * 5000, [], {}, [None], [[]], {"": {}}, {"type": "submit"}, {"__proto__": 1}, [0] * 300,
    "00000000-0000-0000-0000-000000000000", "{12345678-1234-5678-1234-567812345678}", "2026-02-30T25:61:00Z",
)  # fmt: skip
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_-."


def strange(chance: random.Random) -> Json:
    """Something that nobody expects."""
    if chance.random() < 0.03:
        return _deep(chance.randint(5, 300))
    if chance.random() < 0.1:
        return chance.randint(-(2**70), 2**70)
    if chance.random() < 0.1:
        return "".join(chr(chance.randrange(0x11000)) for _ in range(chance.randint(1, 30)))
    return copy.deepcopy(chance.choice(STRANGE))  # what comes out is damaged further


def fitting(schema: dict[str, Any], chance: random.Random, root: dict[str, Any] | None = None) -> Json:
    """A value that fits `schema`, as pydantic writes them: references, choices, objects, lists, texts and numbers."""
    root = root or schema
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    for kinds in ("oneOf", "anyOf"):
        if kinds in schema:
            return fitting(chance.choice(schema[kinds]), chance, root)
    if "const" in schema or "enum" in schema:
        return chance.choice(schema.get("enum") or [schema["const"]])
    return _MAKERS[schema.get("type", "anything")](schema, chance, root)


def _object(schema: dict[str, Any], chance: random.Random, root: dict[str, Any]) -> dict[str, Any]:
    required = schema.get("required", [])
    made = {
        name: fitting(each, chance, root)
        for name, each in schema.get("properties", {}).items()
        if name in required or chance.random() < 0.5
    }
    more = schema.get("additionalProperties")
    for _ in range(chance.randint(0, 2) if isinstance(more, dict) or more is True else 0):
        value = fitting(more, chance, root) if isinstance(more, dict) else strange(chance)
        made["".join(chance.choices(LETTERS[:26], k=chance.randint(1, 8)))] = value
    return made


def _array(schema: dict[str, Any], chance: random.Random, root: dict[str, Any]) -> list[Json]:
    count = chance.randint(schema.get("minItems", 0), min(schema.get("maxItems", 3), 3))
    return [fitting(schema.get("items", {}), chance, root) for _ in range(count)]


def _text(schema: dict[str, Any], chance: random.Random, root: dict[str, Any]) -> str:
    if schema.get("format") == "uuid":
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))
    if "pattern" in schema:  # all of the protocol's are names
        return chance.choice(LETTERS[:26]) + "".join(chance.choices(LETTERS[:37], k=chance.randint(0, 12)))
    return "".join(chance.choices(LETTERS + "      ÄÖ猫🦊", k=chance.randint(0, 40)))


_MAKERS: dict[str, Callable[[dict[str, Any], random.Random, dict[str, Any]], Json]] = {
    "object": _object,
    "array": _array,
    "string": _text,
    "integer": lambda schema, chance, _: chance.randint(
        schema.get("minimum", -3), min(schema.get("maximum", 9), 2**53)
    ),
    "number": lambda schema, chance, _: chance.uniform(schema.get("minimum", -3), schema.get("maximum", 9)),
    "boolean": lambda schema, chance, _: chance.random() < 0.5,
    "null": lambda schema, chance, _: None,
    "anything": lambda schema, chance, _: strange(chance),
}
# What stands where no JSON may have it.
_JUNK = ("NaN", "Infinity", ",", "}", "\\ud83d", "\x00", "//", '"', "1e999", "🦊")


def damaged(value: Json, chance: random.Random) -> Json:
    """`value` with one thing wrong with it, anywhere in it."""
    places = list(_places(value))
    if not places:
        return strange(chance)
    container, key = chance.choice(places)
    match chance.randrange(4 if isinstance(container, dict) else 3):
        case 0:
            container[key] = strange(chance)
        case 1:
            del container[key]
        case 2:
            container[key] = [container[key]] if chance.random() < 0.5 else {str(key): container[key]}
        case 3:
            container[chance.choice(["x", "", "__class__", f"{key} ", str(key).upper()])] = strange(chance)
    return value


def _places(value: Json) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) in it."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


def spelt(value: Json, chance: random.Random) -> str:
    """`value` as JSON; now and then as JSON that is none, or that says a thing twice."""
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5)
    how = chance.random()
    if how < 0.03:
        return text[: chance.randint(0, len(text))]
    if how < 0.06:
        at = chance.randint(0, len(text))
        return text[:at] + chance.choice(_JUNK) + text[at:]
    if how < 0.08 and text.startswith("{") and len(text) > 2:
        return text[:-1] + "," + text[1:]
    if how < 0.09:
        return chance.choice(
            ["\ufeff" + text, f" \t\n{text}\r\n", "[" * chance.choice([50, 5000]) + text, "-0", "", "{}"]
        )
    return text


def _deep(levels: int) -> Json:
    value: Json = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value
