"""Captions: a scene as a person would say it, in English or Chinese: synonyms, free order, things left out."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from starter.scene.spec import Spec, Thing
from starter.scene.words import Words
from starter.scene.words_en import ENGLISH
from starter.scene.words_zh import CHINESE, MEASURES

LANGUAGES: dict[str, Words] = {"en": ENGLISH, "zh": CHINESE}
CHINESE_SHARE = 0.42
# Long ranges of letters and characters that mean nothing to the model, so that it learns to read past them.
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CHARACTERS = 0x4E00, 0x8FFF


def plain(spec: Spec, language: str) -> str:
    """The plainest full prompt for `spec`, always the same: what evaluation asks for."""
    words = LANGUAGES[language]
    name, colour = words.objects[spec.thing.kind][0], words.colours[spec.thing.colour][0]
    parts = [] if spec.sky == "space" else [words.grounds[spec.ground][0]]
    parts += [words.skies[spec.sky][0], words.styles[spec.style][0]]
    if language == "zh":
        return ",".join([f"{colour}的{name}", *parts])
    return ", ".join([f"{_article(colour)} {colour} {name}", *parts])


def caption(spec: Spec, rng: random.Random, language: str | None = None) -> str:
    """One of very many ways to ask for `spec`. Some say less than there is; none says what is not there."""
    language = language or ("zh" if rng.random() < CHINESE_SHARE else "en")
    return _Speaker(LANGUAGES[language], rng, language == "zh").say(spec)


def noisy(text: str, rng: random.Random) -> str:
    """`text` with one to three words in it that mean nothing."""
    parts = text.split(" ")
    for _ in range(rng.randint(1, 3)):
        parts.insert(rng.randrange(len(parts) + 1), _nonsense(rng))
    return " ".join(parts)


def _nonsense(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.5:
        return "".join(rng.choice(_LETTERS) for _ in range(rng.randint(2, 8)))
    if kind < 0.75:
        return "".join(chr(rng.randint(*_CHARACTERS)) for _ in range(rng.randint(1, 3)))
    return rng.choice(ENGLISH.fillers + CHINESE.fillers)


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Somebody with a language and a mood."""

    words: Words
    rng: random.Random
    chinese: bool

    def say(self, spec: Spec) -> str:
        if self.rng.random() < 0.08:
            return self.rng.choice(self.words.objects[spec.thing.kind])
        parts = self._surroundings(spec)
        self.rng.shuffle(parts)
        if self.rng.random() < 0.3:
            parts.insert(self.rng.randrange(len(parts) + 1), self.rng.choice(self.words.fillers))
        style = self.rng.choice(self.words.styles[spec.style]) if self.rng.random() < 0.9 else ""
        join: Callable[[str, list[str], str], str] = self._in_chinese if self.chinese else self._in_english
        return join(self._things(spec), parts, style)

    def _surroundings(self, spec: Spec) -> list[str]:
        rng, words = self.rng, self.words
        parts = []
        if spec.sky != "space" and rng.random() < 0.8:
            parts.append(rng.choice(words.grounds[spec.ground]))
        if rng.random() < 0.85:
            parts.append(rng.choice(words.skies[spec.sky]))
        seen = [extra for extra in ("moon", "sun", "clouds") if getattr(spec, extra)]
        parts += [rng.choice(words.extras[extra]) for extra in seen if rng.random() < 0.45]
        if spec.other is None and rng.random() < (0.08 if spec.place == "center" else 0.5):
            parts.append(rng.choice(words.places[spec.place]))
        return parts

    def _things(self, spec: Spec) -> str:
        size = spec.size if spec.size != "normal" and self.rng.random() < 0.5 else "normal"
        thing = self._noun(spec.thing, size, coloured=self.rng.random() < 0.88)
        if spec.other is None or self.rng.random() < 0.12:
            return thing
        other = self._noun(spec.other, "normal", coloured=self.rng.random() < 0.6)
        if self.rng.random() < 0.75:
            return self.rng.choice(self.words.relations[spec.relation]).format(thing=thing, other=other)
        return thing + self.rng.choice(self.words.together) + other

    def _noun(self, thing: Thing, size: str, *, coloured: bool) -> str:
        rng, words = self.rng, self.words
        name = rng.choice(words.objects[thing.kind])
        colour = rng.choice(words.colours[thing.colour]) if coloured else ""
        large = rng.choice(words.sizes[size]) if words.sizes[size] else ""
        if self.chinese:
            if len(colour) > 1 and rng.random() < 0.75:
                colour += "的"
            count = "一" + rng.choice(MEASURES[thing.kind]) if rng.random() < 0.6 else ""
            return count + large + colour + name
        phrase = " ".join(word for word in (large, colour, name) if word)
        return f"{_article(phrase)} {phrase}" if rng.random() < 0.75 else phrase

    def _in_chinese(self, things: str, parts: list[str], style: str) -> str:
        rng = self.rng
        if parts and rng.random() < 0.4:
            things = parts.pop(rng.randrange(len(parts))) + rng.choice(["的", "", "有"]) + things
        comma = rng.choice([",", ",", " ", "，", "、"])
        text = comma.join([things, *parts])
        if not style:
            return text
        return text + comma + style if rng.random() < 0.7 else style + comma + text

    def _in_english(self, things: str, parts: list[str], style: str) -> str:
        rng = self.rng
        comma = ", " if rng.random() < 0.6 else " "
        text = comma.join([things, *parts])
        if not style:
            return text
        form = rng.random()
        if form < 0.6:
            return f"{text}, {style}"
        return f"{style} of {text}" if form < 0.8 else f"{style}, {text}"
