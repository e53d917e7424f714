"""Text as rules see it: what looks alike is the same. Knows no rules (gallery/rules/prompts.py) and no database.

Folding is by character: NFKD (so full-width, circled and mathematical letters are plain ones), accents and invisible
characters dropped, letters of other scripts that look Latin made Latin, casefold. Every folded character knows which
original one it came from, so that a match can be cut out of the text as it was written.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

# Scripts written without spaces: their words are found as substrings.
WIDE = "\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[^\W_{WIDE}]+")
_LEETY = re.compile(rf"(?:[^\W_{WIDE}]|[@$!|])+")
_WIDE = re.compile(f"[{WIDE}]")
# What may stand between the characters of a word without parting it: 法*轮, 法 轮. Clause marks (，。、；) do part.
_NOISE = frozenset(" \t\r\n*_-.·•~|/\\^`'\"+=")

_ALIKE = dict(
    zip("АВЕКМНОРСТУХІЈЅҺԚԜаеорсухіјѕһԁԛԝӏкмтвн", "abekmhopctyxijshqwaeopcyxijshdqwlkmtbh", strict=True)
) | dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχ", "abezhikmnoptyxaeikvoptux", strict=True))
_ALIKE |= dict(zip("ıɑɡøłđħŧƙɩʟꜱʀɴ", "iagoldhtkilsrn", strict=True))
# Letters in dark circles and boxes, and the halves of flags: NFKD leaves them as they are.
for _first in (0x1F150, 0x1F170, 0x1F1E6):
    _ALIKE |= {chr(_first + n): chr(ord("a") + n) for n in range(26)}

_LEET = str.maketrans("01!|l345$7@8962", "oiiiieasstabggz")
_LEET_SIGNS = frozenset("0123456789@$!|")


@dataclass(frozen=True, slots=True)
class Folded:
    """`at[i]` is the place in the original text of the folded character i."""

    text: str
    at: Sequence[int]


@dataclass(frozen=True, slots=True)
class Token:
    """A word of folded text at [start, end). `leet` is what it may stand for (skeleton), or empty."""

    word: str
    start: int
    end: int
    leet: str = ""


def fold(text: str) -> Folded:
    """`text` as rules see it."""
    if text.isascii():
        return Folded(text.lower(), range(len(text)))
    parts, at = [], []
    for place, character in enumerate(text):
        folded = _fold(character)
        parts.append(folded)
        at.extend([place] * len(folded))
    return Folded("".join(parts), at)


@cache
def _fold(character: str) -> str:
    if unicodedata.category(character) == "Cf" or character in "\u115f\u1160\u3164\uffa0" or _selects(character):
        return ""
    plain = [c for c in unicodedata.normalize("NFKD", character) if not "\u0300" <= c <= "\u036f"]
    return "".join(_ALIKE.get(c) or _ALIKE.get(c.casefold()) or c.casefold() for c in plain)


def _selects(character: str) -> bool:
    """Variation selectors: they change how the character before looks, if anything."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def is_wide(text: str) -> bool:
    """Whether `text` has characters of a script without spaces."""
    return bool(_WIDE.search(text))


def words(text: str) -> list[str]:
    """The words of folded text, for a pattern."""
    return _WORD.findall(text)


def tokens(text: str) -> Iterator[Token]:
    """The words of folded text; then letters that stand alone, three or more in a row, as the word they spell; then
    words with digits or signs in the place of letters, with the skeleton of what they may stand for."""
    alone: list[Token] = []
    for match in _WORD.finditer(text):
        token = Token(match[0], match.start(), match.end())
        yield token
        if len(token.word) == 1:
            alone.append(token)
            continue
        yield from _spelled(alone)
        alone = []
    yield from _spelled(alone)
    if not _LEET_SIGNS.isdisjoint(text):
        for match in _LEETY.finditer(text):
            word = match[0].rstrip("!|")
            if not _LEET_SIGNS.isdisjoint(word) and any(c.isalpha() for c in word):
                yield Token("", match.start(), match.start() + len(word), skeleton(word))


def _spelled(letters: list[Token]) -> Iterator[Token]:
    if len(letters) >= 3:
        yield Token("".join(one.word for one in letters), letters[0].start, letters[-1].end)


def skeleton(word: str) -> str:
    """`word` with one letter for all that stand for each other: 1, !, | and l are i; 0 is o; $ is s."""
    return word.translate(_LEET)


def squashed(folded: Folded) -> Folded:
    """Without what may stand between the characters of a word."""
    if _NOISE.isdisjoint(folded.text):
        return folded
    kept = [i for i, c in enumerate(folded.text) if c not in _NOISE]
    return Folded("".join(folded.text[i] for i in kept), [folded.at[i] for i in kept])
