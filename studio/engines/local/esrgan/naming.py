"""The parameters' names of older ESRGAN files, put into those of today. Knows names only, no numbers."""

import re
from collections.abc import Iterable

# The first release: RRDB_trunk.0.RDB1.conv1.weight, trunk_conv, upconv1, HRconv.
_TRUNK = re.compile(r"RRDB_trunk\.(\d+)\.RDB(\d)\.")
_PLAIN = {"trunk_conv": "conv_body", "upconv1": "conv_up1", "upconv2": "conv_up2", "HRconv": "conv_hr"}
# The training programme before it: model.0, model.1.sub.0.RDB1.conv1.0, and then by position.
_BLOCK = re.compile(r"model\.1\.sub\.(\d+)\.RDB(\d)\.(conv\d)\.0\.(weight|bias)")
_AFTER = re.compile(r"model\.1\.sub\.(\d+)\.(weight|bias)")
_OUTER = re.compile(r"model\.(\d+)\.(weight|bias)")


def today(names: Iterable[str]) -> dict[str, str]:
    """Each of `names` by the name of today; names that no older file has stay as they are."""
    given = list(names)
    if any(name.startswith("model.1.sub.") for name in given):
        return _by_position(given)
    return {name: _renamed(name) for name in given}


def _renamed(name: str) -> str:
    first, dot, rest = name.partition(".")
    return _PLAIN[first] + dot + rest if first in _PLAIN else _TRUNK.sub(r"body.\1.rdb\2.", name)


def _by_position(names: list[str]) -> dict[str, str]:
    """The outer layers have numbers; what each is follows from their order: first, doublings, two last ones."""
    outer = sorted({int(found[1]) for name in names if (found := _OUTER.fullmatch(name))})
    ends = dict(zip(outer[-2:], ("conv_hr", "conv_last"), strict=False))
    doublings = {number: f"conv_up{at}" for at, number in enumerate(outer[1:-2], start=1)}
    roles = doublings | ends | {0: "conv_first"}

    def renamed(name: str) -> str:
        if found := _BLOCK.fullmatch(name):
            return f"body.{found[1]}.rdb{found[2]}.{found[3]}.{found[4]}"
        if found := _AFTER.fullmatch(name):
            return f"conv_body.{found[2]}"
        if found := _OUTER.fullmatch(name):
            return f"{roles[int(found[1])]}.{found[2]}"
        return name

    return {name: renamed(name) for name in names}
