"""Captions: two languages, synonyms that mean one thing, never a word for what is not there."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from starter.scene import Spec, Thing, sample_spec
from starter.scene.captions import LANGUAGES, caption, noisy, plain
from starter.scene.objects import KINDS
from starter.scene.palette import COLOURS
from starter.scene.spec import GROUNDS, RELATIONS, SKIES, STYLES
from starter.scene.words_zh import MEASURES

SCENE = Spec(Thing("house", "red"), "night", "grass", "oil")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_concept_has_words(language: str) -> None:
    words = LANGUAGES[language]
    assert set(words.objects) == set(KINDS)
    assert set(words.colours) == set(COLOURS)
    assert set(words.skies) == set(SKIES)
    assert set(words.grounds) == set(GROUNDS)
    assert set(words.styles) == set(STYLES)
    assert set(words.relations) == set(RELATIONS)
    assert set(MEASURES) == set(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_means_two_things(language: str) -> None:
    uses = Counter(
        word
        for choices in LANGUAGES[language].concepts().values()
        for synonyms in choices.values()
        for word in set(synonyms)
    )
    assert [word for word, count in uses.items() if count > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_caption_names_the_object_and_nothing_that_is_not_there(language: str) -> None:
    words, rng = LANGUAGES[language], random.Random(2)
    for _ in range(300):
        spec = sample_spec(rng)
        text = caption(spec, rng, language)
        assert any(word in text for word in words.objects[spec.thing.kind]), text
        # "宇宙飞船" (spaceship) begins with the word for space.
        text = text.replace(max((w for w in words.objects[spec.thing.kind] if w in text), key=len), "")
        if spec.other:
            text = text.replace(max((w for w in words.objects[spec.other.kind] if w in text), key=len, default=""), "")
        for there, choices in ((spec.style, words.styles), (spec.sky, words.skies), (spec.ground, words.grounds)):
            told = {concept for concept, synonyms in choices.items() if _says(text, synonyms)}
            assert told <= {there} | _also(text, choices, there), (spec, text)


def _says(text: str, synonyms: tuple[str, ...]) -> bool:
    return any(word in text for word in synonyms)


def _also(text: str, choices: dict[str, tuple[str, ...]], there: str) -> set[str]:
    """Concepts whose word is only a part of a longer word that was said ("金色" of "金色的麦田")."""
    said = [word for word in choices[there] if word in text]
    others = {name for name, synonyms in choices.items() if name != there}
    return {name for name in others if all(any(w in s for s in said) for w in choices[name] if w in text)}


def test_plain_prompts_say_everything_in_both_languages() -> None:
    assert plain(SCENE, "en") == "a red house, on a grassy hill, at night, oil painting"
    assert plain(SCENE, "zh") == "红色的房子,草地上,夜晚,油画"
    assert (
        plain(replace(SCENE, thing=Thing("tree", "orange"), sky="space"), "en")
        == "an orange tree, in space, oil painting"
    )


def test_captions_are_free_in_words_and_order_but_not_in_their_seed() -> None:
    rng = random.Random(4)
    texts = {caption(SCENE, rng) for _ in range(200)}
    assert len(texts) > 180
    assert any(text.isascii() for text in texts)
    assert any(not text.isascii() for text in texts)
    assert caption(SCENE, random.Random(9)) == caption(SCENE, random.Random(9))


def test_relations_are_said() -> None:
    spec = replace(SCENE, other=Thing("cat", "black"), relation="left")
    texts = [caption(spec, random.Random(k), "en") for k in range(60)]
    assert any("left of" in text for text in texts)
    assert not any("right of" in text or "behind" in text for text in texts)


def test_noise_words_leave_the_caption_in_order() -> None:
    text = "a red house, oil painting"
    noised = noisy(text, random.Random(1))
    left = iter(noised.split(" "))
    assert noised != text
    assert all(word in left for word in text.split(" "))
