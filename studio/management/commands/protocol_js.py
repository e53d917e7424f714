"""`manage.py protocol_js [--check]`: writes static/js/studio/protocol.js and room/protocol.js from studio/protocol."""

import json
from collections.abc import Iterable
from typing import Any, get_args

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from pydantic import BaseModel

from studio import protocol
from studio.management.generate import write_or_check
from studio.protocol import comments, rooms

HEAD = """// Generated from {source} by `manage.py protocol_js`. Do not edit.
// Every message of {whose} socket: names, fields, limits and close codes.
"""


class Command(BaseCommand):
    help = "Generates the JavaScript side of the protocols."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only fail when a file is stale")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.BASE_DIR / "static" / "js" / "studio"
        for path, text in ((folder / "protocol.js", _studio()), (folder / "room" / "protocol.js", _room())):
            path.parent.mkdir(exist_ok=True)
            self.stdout.write(write_or_check(path, text, check=options["check"]))


def _studio() -> str:
    constants = {
        "SUBPROTOCOL": protocol.SUBPROTOCOL,
        "VERSION": protocol.VERSION,
        "MAX_MESSAGE": protocol.MAX_MESSAGE,
        "WATCH_LASTS": protocol.WATCH_LASTS,
        "CLOSE": protocol.CLOSE,
        "COMMANDS": _fields(get_args(protocol.Command)),
        "EVENTS": _fields(get_args(protocol.Event)),
    }
    values = (protocol.WorkView, protocol.ErrorView, protocol.WaitView, protocol.GenerationView)
    messages = (*values, *get_args(protocol.Command), *get_args(protocol.Event))
    return _source(HEAD.format(source="studio/protocol.py", whose="the studio's"), constants, messages)


def _room() -> str:
    constants = {
        "SUBPROTOCOL": rooms.SUBPROTOCOL,
        "VERSION": rooms.VERSION,
        "MAX_UPDATE": rooms.MAX_UPDATE,
        "MAX_INK": rooms.MAX_INK,
        "CLOSE": rooms.CLOSE,
        "COMMANDS": _fields(get_args(rooms.Command)),
        "EVENTS": _fields(get_args(rooms.Event)),
    }
    shared = (comments.Author, comments.PlaceView, comments.CommentView)
    values = (rooms.Person, rooms.RoomBoard, rooms.RoomRights, *shared)
    messages = (*values, *get_args(rooms.Command), *get_args(rooms.Event))
    return _source(HEAD.format(source="studio/protocol/rooms.py", whose="a room's"), constants, messages)


def _source(head: str, constants: dict[str, Any], messages: Iterable[type[BaseModel]]) -> str:
    parts = [head, *(f"export const {name} = {json.dumps(value, indent=2)};\n" for name, value in constants.items())]
    return "\n".join([*parts, *map(_typedef, messages)])


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
