"""JSON from outside, read without mercy: what two readers could understand differently is not understood at all."""

import json
import math
from typing import Any, NoReturn

DEEPEST = 32


def loads(data: str | bytes) -> Any:
    """The value that `data` (UTF-8, no byte order mark) says.

    Raises ValueError for what is no JSON, for NaN, infinities and numbers beyond a float, for a name that stands twice
    in an object, for more than DEEPEST levels, and for half a surrogate pair, which no database keeps.
    """
    text = data if isinstance(data, str) else data.decode()
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("too deep") from None
    # Both are rare: the walk is spared where the text itself shows that it is not needed.
    if "\\u" in text or text.count("[") + text.count("{") > DEEPEST or not _whole(text):
        _check(value, 1)
    return value


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if not _whole(value):
            raise ValueError("half a surrogate pair")
    elif isinstance(value, list | dict):
        if depth > DEEPEST:
            raise ValueError("too deep")
        for each in value if isinstance(value, list) else (*value.keys(), *value.values()):
            _check(each, depth + 1)


def _whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are not JSON
