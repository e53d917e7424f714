"""Frames of the socket: text is a message; binary is a 4-byte big-endian header length, a message, and its bytes.

The bytes are a drawing on the way in and a preview on the way out. Never base64: it would cost a third more.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from studio import protocol
from studio.protocol import MAX_HEADER, Cancel, Command, Draw, Message, Pin, Submit
from studio.protocol import rooms as room_protocol
from studio.values import strictjson


@dataclass(frozen=True)
class Wire:
    """A protocol of ours: its name, its messages, how large one may be, and with which numbers it closes.

    `carries` says of a message whether its frame has bytes: True, False, or None where it may.
    """

    subprotocol: str
    commands: TypeAdapter[Any]
    largest: int
    close: dict[str, int]
    carries: Callable[[Any], bool | None]


def _in_room(command: Any) -> bool | None:
    if command.type in room_protocol.CARRYING:
        return True
    return None if command.type in room_protocol.MAY_CARRY else False


STUDIO = Wire(
    protocol.SUBPROTOCOL,
    TypeAdapter(Annotated[Command, Field(discriminator="type")]),
    protocol.MAX_MESSAGE,
    protocol.CLOSE,
    lambda command: None if getattr(command, "attached", None) is not None else False,
)
ROOM = Wire(
    room_protocol.SUBPROTOCOL,
    TypeAdapter(Annotated[room_protocol.Command, Field(discriminator="type")]),
    room_protocol.MAX_MESSAGE,
    room_protocol.CLOSE,
    _in_room,
)


class ProtocolError(Exception):
    """A frame that is no message. `code` is one of studio/words/errors.py; `id` is the command's own, if it has one."""

    def __init__(self, code: str, *, id: str | None = None, fields: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.id = id
        self.fields = fields or {}


def decode(text: str | None, data: bytes | None, wire: Wire = STUDIO) -> tuple[Any, bytes | None]:
    """A frame as (command, attached bytes or None). Raises ProtocolError; nothing in a frame can raise another."""
    size = len(data) if data is not None else len((text or "").encode("utf-8", "surrogatepass"))
    if size > wire.largest:
        raise ProtocolError("too_large")
    header, blob = _split(data) if data is not None else (text or "", None)
    command = _command(header, wire)
    carries = wire.carries(command)
    if carries is not None and carries != (blob is not None):
        raise ProtocolError("bad_frame")
    return command, blob


def encode_frame(header: Message, blob: bytes) -> bytes:
    """A binary frame: header length (4 bytes, big-endian), JSON header, bytes."""
    text = header.model_dump_json().encode()
    return len(text).to_bytes(4, "big") + text + blob


def taken_apart(frame: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and bytes of a frame of ours; what comes from outside goes through `decode`."""
    end = 4 + int.from_bytes(frame[:4], "big")
    header: dict[str, Any] = json.loads(frame[4:end])
    return header, frame[end:]


def encode_text(value: dict[str, Any]) -> str:
    """A text frame."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parts(frame: bytes) -> tuple[dict[str, Any], bytes]:
    """A binary frame of ours as (header, bytes)."""
    length = int.from_bytes(frame[:4], "big")
    return json.loads(frame[4 : 4 + length]), frame[4 + length :]


def _split(data: bytes) -> tuple[str, bytes]:
    length = int.from_bytes(data[:4], "big")
    if len(data) < 4 or length > MAX_HEADER or len(data) < 4 + length:
        raise ProtocolError("bad_frame")
    try:
        return data[4 : 4 + length].decode(), data[4 + length :]
    except UnicodeDecodeError as error:
        raise ProtocolError("bad_frame") from error


def _command(text: str, wire: Wire) -> Any:
    try:
        value = strictjson.loads(text)
    except ValueError as error:
        raise ProtocolError("invalid_json") from error
    command_id = value.get("id") if isinstance(value, dict) else None
    command_id = command_id if isinstance(command_id, str) and len(command_id) <= 64 else None
    try:
        return wire.commands.validate_python(value)
    except ValidationError as error:
        fields = {".".join(map(str, e["loc"][1:])): {"code": e["type"]} for e in error.errors() if len(e["loc"]) > 1}
        raise ProtocolError("bad_message", id=command_id, fields=fields) from error


def about(command: Command | None) -> dict[str, Any]:
    """What a refusal of `command` must name, so that the page knows which one is meant."""
    if isinstance(command, Submit | Pin):
        return {"id": command.id}
    if isinstance(command, Draw):
        return {"board": command.board, "revision": command.revision}
    return {"generation": command.generation} if isinstance(command, Cancel) else {}
