"""What was found in a file, in our own words, and the careful reading of single values. Nothing here is trusted."""

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

# The largest integer that every JSON reader keeps exact, as for our own seeds (RFC 8259 §6).
WHOLE_MAX = 2**53 - 1
LORA = re.compile(r"<lora:([^:<>]{1,200})(?::(-?[0-9.]{1,8}))?(?::[^<>]{0,20})?>")
MOST_LORAS = 12
MOST_LEFT = 20


@dataclass(frozen=True, slots=True)
class Found:
    """Settings by the names of our own parameters; None where the file says nothing.

    `source`: brushwire, a1111, invokeai or comfyui. `model` as it is called there. `left` names what the file says
    besides and we have no place for.
    """

    source: str
    params: dict[str, Any]
    model: str = ""
    tool: str = ""
    left: list[str] = field(default_factory=list)


def loads(text: str) -> Any:
    """Decoded JSON, None for what is none: nested too deeply, or numbers too long as well."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def whole(value: Any) -> int | None:
    """A whole number from 0, told as a number or as text."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,16}", value.strip(), re.ASCII):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= WHOLE_MAX else None


def decimal(value: Any) -> float | None:
    """A finite number, told as a number or as text."""
    if isinstance(value, str) and len(value) <= 30:
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if isinstance(value, int | float) and _is_plain(value) else None


def words(value: Any) -> str:
    """Text, or nothing."""
    return value if isinstance(value, str) else ""


def take_loras(prompt: str) -> tuple[str, list[dict[str, Any]]]:
    """`prompt` without its `<lora:name:0.8>` marks, and what they say."""
    found = [{"name": name, "weight": decimal(weight) or 1.0} for name, weight in LORA.findall(prompt)]
    return re.sub(" {2,}", " ", LORA.sub(" ", prompt)).strip() if found else prompt, found[:MOST_LORAS]


def _is_plain(value: float) -> bool:
    return not isinstance(value, bool) and abs(value) < 1e9 and math.isfinite(value)
