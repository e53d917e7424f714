"""`manage.py protocol_js [--check]`: writes static/js/studio/protocol.js from studio/protocol.py."""

import json
from typing import Any, get_args

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from pydantic import BaseModel

from studio import protocol
from studio.management.generate import write_or_check

HEAD = """// Generated from studio/protocol.py by `manage.py protocol_js`. Do not edit.
// Every message of the studio's socket: names, fields, limits and close codes.
"""


class Command(BaseCommand):
    help = "Generates the JavaScript side of the protocol."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only fail when the file is stale")

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "static" / "js" / "studio" / "protocol.js"
        self.stdout.write(write_or_check(path, _source(), check=options["check"]))


def _source() -> str:
    constants = {
        "SUBPROTOCOL": protocol.SUBPROTOCOL,
        "VERSION": protocol.VERSION,
        "MAX_MESSAGE": protocol.MAX_MESSAGE,
        "WATCH_LASTS": protocol.WATCH_LASTS,
        "CLOSE": protocol.CLOSE,
        "COMMANDS": _fields(get_args(protocol.Command)),
        "EVENTS": _fields(get_args(protocol.Event)),
    }
    parts = [HEAD, *(f"export const {name} = {json.dumps(value, indent=2)};\n" for name, value in constants.items())]
    messages = (protocol.WorkView, protocol.ErrorView, protocol.WaitView, protocol.GenerationView)
    parts += [_typedef(message) for message in (*messages, *get_args(protocol.Command), *get_args(protocol.Event))]
    return "\n".join(parts)


def _fields(messages: tuple[type[BaseModel], ...]) -> dict[str, list[str]]:
    return {
        message.model_fields["type"].annotation.__args__[0]: [n for n in message.model_fields if n != "type"]  # type: ignore[union-attr]
        for message in messages
    }


def _typedef(message: type[BaseModel]) -> str:
    lines = [
        f" * {(message.__doc__ or message.__name__).strip().splitlines()[0]}",
        f" * @typedef {{object}} {message.__name__}",
    ]
    schema = message.model_json_schema(mode="serialization")
    lines += [f" * @property {{{_js_type(spec)}}} {name}" for name, spec in schema["properties"].items()]
    return "\n".join(["/**", *lines, " */", ""])


def _js_type(spec: dict[str, Any]) -> str:
    if "const" in spec:
        return json.dumps(spec["const"])
    if "enum" in spec:
        return "|".join(json.dumps(value) for value in spec["enum"])
    if "$ref" in spec:
        return str(spec["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in spec:
        return "|".join(_js_type(option) for option in spec["anyOf"])
    if spec.get("type") == "array":
        return f"{_js_type(spec.get('items', {}))}[]"
    names = {"integer": "number", "number": "number", "string": "string", "boolean": "boolean", "null": "null"}
    return names.get(spec.get("type", ""), "object")
