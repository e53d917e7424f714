"""What the rules say of a text: `check(text) -> Verdict`. One compiled set a process, asked without a query.

Plain words cost the same however many rules there are: words are looked up by their first word, Chinese by its first
two characters (python -m benchmarks.prompt_rules). The set is looked after every PROMPT_RULES_FRESH seconds: one small
query, whether its token is still the newest.
"""

import hashlib
import hmac
import re
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from gallery import folding, rule_patterns
from gallery.models.rules import PromptHit, PromptRule, PromptRuleSet, RuleAction

ORDER = (RuleAction.SOFTEN, RuleAction.FLAG, RuleAction.BLOCK)
# Skeletons of shorter words stand for too much: "a55" is more often a number than a word.
LEET_FROM = 4
HITS_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Rule:
    """A PromptRule as plain values."""

    id: int
    action: str
    category: str
    replacement: str
    negative: bool


@dataclass(frozen=True, slots=True)
class Match:
    """`rule` met the characters [start, end) of the original text."""

    rule: Rule
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """`action` is the gravest that applies ("" none, then soften, flag, block); `text` is what may be used: softened,
    or as it was. `categories` belong to that action."""

    action: str
    text: str
    categories: tuple[str, ...] = ()
    matches: tuple[Match, ...] = ()

    @property
    def softened(self) -> bool:
        return any(match.rule.action == RuleAction.SOFTEN for match in self.matches)


@dataclass(frozen=True, slots=True)
class _Phrase:
    rule: Rule
    words: tuple[str, ...]
    open_end: bool


@dataclass(slots=True)
class Compiled:
    """All enabled rules, arranged for looking up. Pure; `Compiled.of(rules)` makes it."""

    phrases: dict[str, list[_Phrase]] = field(default_factory=lambda: defaultdict(list))
    stems: dict[str, list[_Phrase]] = field(default_factory=lambda: defaultdict(list))
    stem_lengths: tuple[int, ...] = ()
    skeletons: dict[str, list[Rule]] = field(default_factory=lambda: defaultdict(list))
    pieces: dict[str, list[tuple[str, Rule]]] = field(default_factory=lambda: defaultdict(list))
    regexes: list[tuple[re.Pattern[str], Rule]] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Iterable[PromptRule]) -> "Compiled":
        made = cls()
        for row in rows:
            made._take(row, Rule(row.pk, row.action, row.category, row.replacement, row.negative))
        made.stem_lengths = tuple(sorted({len(stem) for stem in made.stems}))
        # Looking up must not fill them.
        made.phrases, made.stems = dict(made.phrases), dict(made.stems)
        made.skeletons, made.pieces = dict(made.skeletons), dict(made.pieces)
        return made

    def _take(self, row: PromptRule, rule: Rule) -> None:
        if row.regex:
            self.regexes.append((rule_patterns.compile_bounded(row.pattern), rule))
            return
        folded = folding.fold(row.pattern.removesuffix("*"))
        if row.found_anywhere:
            if piece := folding.squashed(folded).text:
                self.pieces[piece[:2]].append((piece, rule))
            return
        words = tuple(folding.words(folded.text))
        if not words:
            return
        phrase = _Phrase(rule, words, row.pattern.endswith("*"))
        (self.stems if phrase.open_end and len(words) == 1 else self.phrases)[words[0]].append(phrase)
        if len(words) == 1 and len(words[0]) >= LEET_FROM and not phrase.open_end:
            self.skeletons[folding.skeleton(words[0])].append(rule)

    def matches(self, text: str) -> list[Match]:
        """Every rule that `text` meets, with where."""
        folded = folding.fold(text)
        found = [Match(rule, folded.at[a], folded.at[b - 1] + 1) for rule, a, b in self._words(folded.text)]
        if self.pieces:
            squashed = folding.squashed(folded)
            found += [Match(rule, squashed.at[a], squashed.at[b - 1] + 1) for rule, a, b in self._wide(squashed.text)]
        for pattern, rule in self.regexes:
            spans = (match.span() for match in pattern.finditer(folded.text))
            found += [Match(rule, folded.at[a], folded.at[b - 1] + 1) for a, b in spans if b > a]
        return found

    def _words(self, text: str) -> Iterator[tuple[Rule, int, int]]:
        tokens = list(folding.tokens(text))
        for place, token in enumerate(tokens):
            if token.leet:
                yield from ((rule, token.start, token.end) for rule in self.skeletons.get(token.leet, ()))
                continue
            for phrase in self.phrases.get(token.word, ()):
                if (end := _reaches(phrase, tokens, place)) is not None:
                    yield phrase.rule, token.start, end
            for length in self.stem_lengths:
                if length > len(token.word):
                    break
                for phrase in self.stems.get(token.word[:length], ()):
                    yield phrase.rule, token.start, token.end

    def _wide(self, text: str) -> Iterator[tuple[Rule, int, int]]:
        pieces = self.pieces
        for place, character in enumerate(text):
            for key in (text[place : place + 2], character):
                for piece, rule in pieces.get(key, ()):
                    if text.startswith(piece, place):
                        yield rule, place, place + len(piece)
                if place + 1 == len(text):
                    break  # both keys are the last character

    def verdict(self, text: str, *, negative: bool = False) -> Verdict:
        """See `check`."""
        found = [match for match in self.matches(text) if match.rule.negative or not negative]
        if not found:
            return Verdict("", text)
        action = max((match.rule.action for match in found), key=ORDER.index)
        categories = tuple(dict.fromkeys(match.rule.category for match in found if match.rule.action == action))
        used = text if action == RuleAction.BLOCK else _softened(text, found)
        return Verdict(action, used, categories, tuple(found))


def _reaches(phrase: _Phrase, tokens: list[folding.Token], place: int) -> int | None:
    """Where the phrase ends when it begins at tokens[place]; None when it is another one."""
    last = place + len(phrase.words) - 1
    if last >= len(tokens):
        return None
    for word, token in zip(phrase.words[1:], tokens[place + 1 : last + 1], strict=True):
        ends = phrase.open_end and token is tokens[last] and token.word.startswith(word)
        if token.word != word and not ends:
            return None
    return tokens[last].end


def _softened(text: str, found: list[Match]) -> str:
    """`text` with the replacements in; where two overlap, the one that begins first and is longer counts."""
    parts, reached = [], 0
    for match in sorted(found, key=lambda m: (m.start, -m.end)):
        if match.rule.action == RuleAction.SOFTEN and match.start >= reached:
            parts += [text[reached : match.start], match.rule.replacement]
            reached = match.end
    return "".join([*parts, text[reached:]])


# The set of this process -----------------------------------------------------------------------------------------

_lock = threading.Lock()
_kept: tuple[uuid.UUID | None, Compiled] | None = None
_looked_at = 0.0


def check(text: str, *, negative: bool = False) -> Verdict:
    """What the rules say of `text`. `negative`: of a negative prompt, where only the rules for those count."""
    return _current().verdict(text, negative=negative)


def rules_changed() -> None:
    """Call it in the transaction that changes rules: every process takes the new ones within PROMPT_RULES_FRESH."""
    PromptRuleSet.objects.update_or_create(pk=1, defaults={"token": uuid.uuid4()})
    transaction.on_commit(_look_again)


def on_rule_change(sender: Any, **rest: Any) -> None:
    """For Django's signals about PromptRule."""
    rules_changed()


def _look_again() -> None:
    global _looked_at  # noqa: PLW0603  one set a process
    _looked_at = 0.0


def _current() -> Compiled:
    global _kept, _looked_at  # noqa: PLW0603  one set a process
    kept = _kept
    if kept is not None and time.monotonic() - _looked_at < settings.PROMPT_RULES_FRESH:
        return kept[1]
    with _lock:
        token = PromptRuleSet.objects.filter(pk=1).values_list("token", flat=True).first()
        if _kept is None or _kept[0] != token:
            _kept = token, Compiled.of(PromptRule.objects.filter(enabled=True).order_by("pk"))
        _looked_at = time.monotonic()
        return _kept[1]


# What is remembered -----------------------------------------------------------------------------------------------


def digest(text: str) -> str:
    """The same for the same words, and nothing to guess them by without our key."""
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def remember(user: User, text: str, verdict: Verdict) -> None:
    """Count in the person's record that rules were met; softened words are nobody's fault and are not counted."""
    met = {m.rule.id: m.rule.action for m in verdict.matches if m.rule.action != RuleAction.SOFTEN}
    for rule_id, action in met.items():
        row = {"user_id": user.pk, "rule_id": rule_id, "digest": digest(text)}
        if not PromptHit.objects.filter(**row).update(times=F("times") + 1, last_at=timezone.now()):
            PromptHit.objects.get_or_create(**row, defaults={"action": action})


def forget() -> int:
    """Drop what was met longest ago (HITS_KEPT); returns how many. For housekeeping."""
    return PromptHit.objects.filter(last_at__lt=timezone.now() - HITS_KEPT).delete()[0]
