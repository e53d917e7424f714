"""What a ComfyUI server says on its socket, as plain values. Whatever cannot be understood is nothing."""

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# Longer ones are not read: what interests us is short.
MOST_TEXT = 2 * 2**20
PREVIEW, PREVIEW_WITH_METADATA = 1, 4
MEDIA = {1: "image/jpeg", 2: "image/png"}


@dataclass(frozen=True, slots=True)
class Began:
    """The prompt runs."""

    prompt: str


@dataclass(frozen=True, slots=True)
class AtNode:
    """A node runs; none: the prompt has ended. Without a `prompt` it is told to whoever comes back."""

    prompt: str
    node: str | None


@dataclass(frozen=True, slots=True)
class Progressed:
    """A node has done `value` of `most`."""

    prompt: str
    node: str
    value: int
    most: int


@dataclass(frozen=True, slots=True)
class Result:
    """A node has given its output."""

    prompt: str
    node: str
    output: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The prompt has ended well."""

    prompt: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Somebody ended it."""

    prompt: str


@dataclass(frozen=True, slots=True)
class Broke:
    """A node has raised `kind` with `message`, which are the server's own words."""

    prompt: str
    node: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture: a preview, or what a node sends instead of a file. Not always told by whom and for what."""

    data: bytes = field(repr=False)
    media_type: str = "image/jpeg"
    prompt: str = ""
    node: str = ""


Event = Began | AtNode | Progressed | Result | Succeeded | Interrupted | Broke | Shown


def read(message: str | bytes) -> list[Event]:
    """What a message says that concerns a prompt."""
    try:
        if isinstance(message, bytes):
            return _picture(message)
        if len(message) > MOST_TEXT:
            return []
        told = json.loads(message)
        return _events(told["type"], told["data"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error):
        return []


def _picture(message: bytes) -> list[Event]:
    kind, number = struct.unpack_from(">II", message)
    if kind == PREVIEW and number in MEDIA:
        return [Shown(message[8:], MEDIA[number])]
    if kind == PREVIEW_WITH_METADATA and number <= len(message) - 8:
        about = json.loads(message[8 : 8 + number])
        media = str(about.get("image_type", "image/jpeg"))
        return [Shown(message[8 + number :], media, str(about["prompt_id"]), str(about["node_id"]))]
    return []


def _events(kind: str, data: dict[str, Any]) -> list[Event]:
    prompt = str(data.get("prompt_id") or "")
    known = READERS.get(kind)
    return known(prompt, data) if known else []


def _at_node(prompt: str, data: dict[str, Any]) -> list[Event]:
    node = data["node"]
    return [AtNode(prompt, None if node is None else str(node))]


def _states(prompt: str, data: dict[str, Any]) -> list[Event]:
    running = [(str(node), each) for node, each in data["nodes"].items() if each.get("state") == "running"]
    return [Progressed(prompt, node, int(each["value"]), int(each["max"])) for node, each in running]


def _result(prompt: str, data: dict[str, Any]) -> list[Event]:
    output = data["output"]
    return [Result(prompt, str(data["node"]), output)] if isinstance(output, dict) else []


def _broke(prompt: str, data: dict[str, Any]) -> list[Event]:
    told = str(data.get("exception_type", "")), str(data.get("exception_message", ""))
    return [Broke(prompt, str(data.get("node_id", "")), *told)]


READERS: dict[str, Callable[[str, dict[str, Any]], list[Event]]] = {
    "execution_start": lambda prompt, data: [Began(prompt)],
    "executing": _at_node,
    "progress": lambda prompt, data: [Progressed(prompt, str(data["node"]), int(data["value"]), int(data["max"]))],
    "progress_state": _states,
    "executed": _result,
    "execution_success": lambda prompt, data: [Succeeded(prompt)],
    "execution_interrupted": lambda prompt, data: [Interrupted(prompt)],
    "execution_error": _broke,
}
