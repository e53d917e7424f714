"""Text cut into the words that search compares, for Chinese and English alike. Pure: no database, no Django.

Neither SQLite's nor PostgreSQL's own tokenizer knows where a Chinese word ends. So a run of CJK characters becomes its
overlapping pairs and its last character, 猫咪睡 → 猫咪 咪睡 睡: a word of two characters is one token, a longer one a
phrase of pairs, a single character the beginning of a token. Everything else is letters and digits between whatever is
neither, folded: cases, compatible forms, and accents of Latin letters.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# A query says no more than this: the rest of a longer one is not read.
QUERY_MAX = 200
TERMS_MAX = 12
# Han with its extensions, kana, hangul.
CJK = "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
RUN = re.compile(rf"[{CJK}]+|[^{CJK}]+")
IS_CJK = re.compile(rf"[{CJK}]")
ACCENTS = re.compile(r"(?<=[A-Za-z])[\u0300-\u036f]+")
QUOTED = re.compile(r'["“”„«»「」『』]')


@dataclass(frozen=True, slots=True)
class Term:
    """`tokens` one after another; with `prefix` the last one may go on."""

    tokens: tuple[str, ...]
    prefix: bool


def fold(text: str) -> str:
    """Cases, full-width and other compatible forms, and accents of Latin letters made one."""
    return ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold())).casefold()


def for_index(*texts: str) -> str:
    """All words of `texts` as tokens with single spaces between, ready for either database."""
    return " ".join(token for text in texts for run in _runs(text) for token in _tokens(run))


def terms(query: str) -> list[Term]:
    """What a person typed: every word must be found, a Latin one by its beginning, what stands in quotes as it is.

    Empty when there is no letter and no digit in it.
    """
    found: dict[Term, None] = {}
    for index, part in enumerate(QUOTED.split(query[:QUERY_MAX])):
        # Every second part lies between quotes; a quote that is never closed reaches to the end.
        for term in [_exact(_runs(part))] if index % 2 else map(_typed, _chunks(part)):
            if term:
                found[term] = None
    return list(itertools.islice(found, TERMS_MAX))


def _chunks(text: str) -> Iterator[list[list[str]]]:
    """Each piece between spaces: its CJK runs one by one, its other words together ("e-mail" is a phrase)."""
    for piece in text.split():
        for is_cjk, group in itertools.groupby(_runs(piece), key=_is_cjk):
            runs = list(group)
            yield from ([run] for run in runs) if is_cjk else [runs]


def _typed(runs: list[list[str]]) -> Term | None:
    """As somebody types: the last word may not be whole yet. One Latin letter alone would begin half of all words."""
    exact = _exact(runs)
    if exact is None or _is_cjk(runs[-1]):
        return exact
    return Term(exact.tokens, prefix=len(exact.tokens) > 1 or len(exact.tokens[-1]) > 1)


def _exact(runs: Iterator[list[str]] | list[list[str]]) -> Term | None:
    """These words, one after another."""
    every = list(runs)
    if not every:
        return None
    last = every[-1]
    tokens = [token for run in every[:-1] for token in _tokens(run)]
    if not _is_cjk(last):
        return Term((*tokens, *last), prefix=False)
    # The text may go on after the last character: its pairs, or, of one character, whatever begins with it.
    pairs = _tokens(last)[:-1]
    return Term((*tokens, *pairs), prefix=False) if pairs else Term((*tokens, *last), prefix=True)


def _runs(text: str) -> Iterator[list[str]]:
    """Runs of CJK as lists of their characters, other words as lists of one."""
    folded = "".join(each if _counts(each) else " " for each in unicodedata.normalize("NFC", fold(text)))
    for word in folded.split():
        for run in RUN.findall(word):
            yield list(run) if IS_CJK.match(run) else [run]


def _counts(character: str) -> bool:
    """Letters, digits, and marks that belong to letters."""
    return unicodedata.category(character)[0] in "LNM"


def _is_cjk(run: list[str]) -> bool:
    return bool(IS_CJK.match(run[0]))


def _tokens(run: list[str]) -> list[str]:
    if not _is_cjk(run):
        return run
    return [first + second for first, second in itertools.pairwise(run)] + [run[-1]]
