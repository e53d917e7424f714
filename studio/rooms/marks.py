"""Values in a board's document, checked: marks, and the fields of layers, settings and acts. Knows no places in it."""

import re
from typing import Any

from pydantic import TypeAdapter, ValidationError

from studio.rooms import packing
from studio.values import drawing

NAME = re.compile(r"[\w-]{1,40}")
ACT = re.compile(r"[\w:.-]{1,80}")
PLACE = re.compile(r"[0-9A-Za-z]{1,200}")
FIELD = re.compile(r"[A-Za-z][\w.-]{0,63}")
# Bytes of a setting, and how many ids one act may take away.
SETTING_MOST, GONE_MOST = 8192, 60_000
PROMPT_MOST = 4000
POINTS_MOST, OUTLINE_MOST, LOOPS_MOST = 300_000, 200_000, 20_000
FARTHEST = 100_000.0
# No clock is set later than this (ms since 1970: the year 2100). Wrong ones are common, and harm nobody.
LATEST = 4_102_444_800_000

_MARK: TypeAdapter[Any] = TypeAdapter(drawing.Mark)


def mark(value: Any, by: int) -> str:
    """The id of a new mark that person `by` made. Raises ValueError for what is none, or somebody else's."""
    if not isinstance(value, dict):
        raise ValueError("no mark")
    if value.get("by") != by or isinstance(value.get("by"), bool):
        raise ValueError("it is by somebody else")
    if "t" not in value:
        raise ValueError("no time")
    try:
        found = _MARK.validate_python(_thin(value, 0))
    except ValidationError as error:
        raise ValueError(str(error.errors()[0]["msg"])) from None
    name: str = found.id
    return name


def _thin(value: Any, depth: int) -> Any:
    """A packed mark with a point in place of its many, which are looked at here and not one by one."""
    if not isinstance(value, dict) or depth > drawing.MAX_DEPTH:
        raise ValueError("no mark")
    made = dict(value)
    if "points" in made:
        _check(made["points"], packing.POINTS, POINTS_MOST, 1)
        made["points"] = [0.0, 0.0, 0.0]
    if "loops" in made:
        loops = made["loops"]
        if not isinstance(loops, list) or not 1 <= len(loops) <= LOOPS_MOST:
            raise ValueError("no outlines")
        for loop in loops:
            _check(loop, packing.OUTLINE, OUTLINE_MOST, 2)
        made["loops"] = [[0.0, 0.0, 0.0, 0.0]]
    for author in ("by", "t"):
        if author in made:
            made[author] = _whole(made[author])
    if "marks" in made:
        if not isinstance(made["marks"], list):
            raise ValueError("no group")
        made["marks"] = [_thin(each, depth + 1) for each in made["marks"]]
    return made


def _whole(value: Any) -> int:
    """A whole number, whose bytes may be those of a float (beyond 31 bits they are)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LATEST or value % 1:
        raise ValueError("no author, or no time")
    return int(value)


def _check(data: Any, units: tuple[float, ...], most: int, fewest: int) -> None:
    if not isinstance(data, bytes | bytearray):
        raise ValueError("points that are not packed")
    count = packing.count(data, units, FARTHEST)
    if not fewest * len(units) <= count <= most:
        raise ValueError("too many or too few points")


def gone(act: str, value: Any) -> None:
    """Raises ValueError for what is no list of ids that an act takes away."""
    if not ACT.fullmatch(act):
        raise ValueError("no act")
    if not isinstance(value, list) or len(value) > GONE_MOST:
        raise ValueError("no list of what is gone")
    if not all(isinstance(each, str) and NAME.fullmatch(each) for each in value):
        raise ValueError("no id")


def layer_field(name: str, value: Any) -> None:
    """Raises ValueError for a field that no layer has."""
    fine = {
        "kind": lambda: value in ("paint", "mask", "hints"),
        "name": lambda: isinstance(value, str) and len(value) <= 80,
        "visible": lambda: isinstance(value, bool),
        "locked": lambda: isinstance(value, bool),
        "opacity": lambda: _number(value, 0, 1),
        "at": lambda: isinstance(value, str) and PLACE.fullmatch(value) is not None,
        "inside": lambda: value is None or (isinstance(value, str) and NAME.fullmatch(value) is not None),
    }
    if name not in fine or not fine[name]():
        raise ValueError(f"no {name[:20]} of a layer")


def board_field(name: str, value: Any) -> None:
    """Raises ValueError for what is no measure of a board; None is the one of a board that says nothing."""
    if name not in ("width", "height") or not (value is None or _number(value, 16, 512)):
        raise ValueError("no size of a board")


def setting(name: str, value: Any) -> None:
    """Raises ValueError for what is no shared parameter."""
    if not FIELD.fullmatch(name) or _weight(value, 0) > SETTING_MOST:
        raise ValueError("no setting")


def _weight(value: Any, depth: int) -> int:
    """About how many bytes a plain value takes. Raises ValueError for bytes, and for what is nested."""
    if depth > 4 or isinstance(value, bytes | bytearray):
        raise ValueError("no plain value")
    if isinstance(value, str):
        return len(value) + 2
    if isinstance(value, list):
        return 2 + sum(_weight(each, depth + 1) for each in value)
    if isinstance(value, dict):
        return 2 + sum(len(key) + _weight(each, depth + 1) for key, each in value.items())
    return 8


def _number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
