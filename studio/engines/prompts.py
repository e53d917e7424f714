"""The marks people write in prompts: (word), (word:1.3), [word], BREAK. Text to pieces; no tokens, no torch here."""

import re
from dataclasses import dataclass
from typing import Any

STEP = 1.1
# Beyond this a weight only makes noise, and in half precision no number at all.
HEAVIEST = 10.0

_BREAK = re.compile(r"\s*(?<!\w)BREAK(?!\w)\s*")
_WEIGHT = re.compile(r":\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*$")
_LORA = re.compile(r" *<lora:([\w-]{1,64})(?::([+-]?(?:\d+\.?\d*|\.\d+)))?> *")
_ESCAPED = "()[]\\"


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that is read with one `weight`; 1 is as it stands."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class _Pair:
    """Brackets from `start` to `end`; `weight` multiplies what is between them, which ends at `until`."""

    start: int
    end: int
    until: int
    weight: float


def parse(prompt: str) -> list[list[Piece]]:
    """The pieces of `prompt`, one list for each part between BREAKs: at least one, and a list may be empty.

    The marks are those that AUTOMATIC1111's web UI made common: `(x)` is 1.1, `[x]` 1 / 1.1, `(x:1.3)` 1.3, nested ones
    multiply, a backslash makes a bracket text. A bracket without its partner is text as well, never an error.
    """
    parts: list[list[Piece]] = [[]]
    for text, weight in _weighted(prompt):
        first, *more = _BREAK.split(text)
        _add(parts[-1], first, weight)
        for after in more:
            parts.append([])
            _add(parts[-1], after, weight)
    return parts


def is_plain(parts: list[list[Piece]]) -> bool:
    """Whether nothing in it was marked: one part, and no weight but 1."""
    return len(parts) == 1 and all(piece.weight == 1 for piece in parts[0])


def plain(prompt: str) -> str:
    """`prompt` without its marks, for models that know no weights."""
    return " ".join("".join(piece.text for piece in part) for part in parse(prompt)).strip()


def heaviest(prompt: str) -> float:
    """The largest weight in `prompt`, without its sign."""
    return max((abs(piece.weight) for part in parse(prompt) for piece in part), default=1.0)


def take_loras(prompt: str) -> tuple[str, list[dict[str, Any]]]:
    """`prompt` without its `<lora:name:0.8>` marks, and what they say: name and weight, None where it has none."""
    found = [{"name": name, "weight": float(weight) if weight else None} for name, weight in _LORA.findall(prompt)]
    return (_LORA.sub(" ", prompt).strip() if found else prompt), found


def _add(pieces: list[Piece], text: str, weight: float) -> None:
    """Text of the weight before it joins that: whether there were brackets in between must not change its tokens."""
    if text and pieces and pieces[-1].weight == weight:
        pieces[-1] = Piece(pieces[-1].text + text, weight)
    elif text:
        pieces.append(Piece(text, weight))


def _weighted(prompt: str) -> list[tuple[str, float]]:
    """Runs of text with their weights, brackets and backslashes gone."""
    pairs = _pairs(prompt)
    starts, ends = {pair.start: pair for pair in pairs}, {pair.until: pair for pair in pairs}
    runs: list[tuple[str, float]] = []
    weights = [1.0]
    text, at = "", 0
    while at < len(prompt):
        if at in starts or at in ends:
            runs.append((text, weights[-1]))
            text = ""
        if at in ends:
            weights.pop()
            at = ends[at].end + 1
        elif at in starts:
            weights.append(weights[-1] * starts[at].weight)
            at += 1
        else:
            at += _is_escape(prompt, at)
            text += prompt[at]
            at += 1
    return [*runs, (text, weights[-1])]


def _pairs(prompt: str) -> list[_Pair]:
    """The brackets that belong together: each closing one with the nearest of its kind that is open before it."""
    pairs: list[_Pair] = []
    opened: list[int] = []
    waiting = {"(": 0, "[": 0}
    at = 0
    while at < len(prompt):
        letter = prompt[at]
        if _is_escape(prompt, at):
            at += 1
        elif letter in waiting:
            waiting[letter] += 1
            opened.append(at)
        elif letter in ")]" and waiting[partner := "(" if letter == ")" else "["]:
            while prompt[start := opened.pop()] != partner:
                waiting[prompt[start]] -= 1  # it stays alone between the two, so it is text
            waiting[partner] -= 1
            pairs.append(_pair(prompt, start, at))
        at += 1
    return pairs


def _pair(prompt: str, start: int, end: int) -> _Pair:
    if prompt[start] == "[":
        return _Pair(start, end, end, 1 / STEP)
    given = _WEIGHT.search(prompt, start + 1, end)
    if given is None:
        return _Pair(start, end, end, STEP)
    return _Pair(start, end, given.start(), float(given[1]))


def _is_escape(prompt: str, at: int) -> bool:
    return prompt[at] == "\\" and prompt[at + 1 : at + 2] in tuple(_ESCAPED)
