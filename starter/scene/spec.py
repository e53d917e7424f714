"""What is in a scene: the words a prompt can say, drawn at random so that likely things meet more often."""

import random
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from starter.scene.objects import CORE, KINDS
from starter.scene.palette import COLOURS

SKIES = ("day", "night", "sunset", "storm", "space", "dawn", "rainbow", "aurora")
GROUNDS = ("grass", "sand", "snow", "sea", "city", "mountain", "forest", "field")
STYLES = ("cartoon", "realistic", "oil", "watercolor", "pixel", "ink")
PLACES = ("center", "left", "right")
SIZES = ("normal", "big", "small")
# Where the other thing is, seen from the main one.
RELATIONS = ("left", "right", "behind")

_SKY_WEIGHTS = (24, 18, 15, 10, 9, 9, 7, 8)
_STYLE_WEIGHTS = (20, 18, 17, 17, 14, 14)


@dataclass(frozen=True, slots=True)
class Thing:
    """An object and its colour, both words of the vocabulary."""

    kind: str
    colour: str


@dataclass(frozen=True, slots=True)
class Spec:
    """One scene. `other` stands `relation` of `thing`; `moon`, `sun` and `clouds` are in the sky besides."""

    thing: Thing
    sky: str
    ground: str
    style: str
    place: str = "center"
    size: str = "normal"
    other: Thing | None = None
    relation: str = ""
    moon: bool = False
    sun: bool = False
    clouds: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `Spec.from_dict` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Spec":
        """Raises KeyError or TypeError when a field is missing or unknown."""
        rest = {f.name: values[f.name] for f in fields(cls)}
        rest["thing"] = Thing(**values["thing"])
        rest["other"] = Thing(**values["other"]) if values["other"] else None
        return cls(**rest)


@dataclass(frozen=True, slots=True)
class Domain:
    """A narrower world, for training with little time: the words that may be drawn."""

    kinds: tuple[str, ...] = tuple(KINDS)
    skies: tuple[str, ...] = SKIES
    grounds: tuple[str, ...] = GROUNDS
    styles: tuple[str, ...] = STYLES
    core: float = 0.6
    """Share of scenes whose main object is one of the twelve of the core."""
    others: float = 0.3
    """Share of scenes with a second object."""


EVERYTHING = Domain()


@dataclass(slots=True)
class _Draft:
    """The spec while it is made likelier."""

    kind: str
    sky: str
    ground: str
    extras: dict[str, bool] = field(default_factory=dict)


def sample_spec(rng: random.Random, domain: Domain = EVERYTHING) -> Spec:
    """A random scene of `domain`."""
    core = [k for k in domain.kinds if k in CORE]
    rest = [k for k in domain.kinds if k not in CORE]
    kind = rng.choice(core if core and (not rest or rng.random() < domain.core) else rest)
    draft = _Draft(kind, _weighted(rng, SKIES, _SKY_WEIGHTS, domain.skies), rng.choice(domain.grounds))
    _make_likely(draft, rng, domain)
    _put_in_sky(draft, rng)
    thing = Thing(kind, _colour(kind, rng))
    other, relation = None, ""
    if rng.random() < domain.others:
        second = rng.choice([k for k in domain.kinds if k != kind] or [kind])
        other, relation = Thing(second, _colour(second, rng)), rng.choice(RELATIONS)
    return Spec(
        thing=thing,
        sky=draft.sky,
        ground=draft.ground,
        style=_weighted(rng, STYLES, _STYLE_WEIGHTS, domain.styles),
        place="center" if other else rng.choices(PLACES, (60, 20, 20))[0],
        size="normal" if other else rng.choices(SIZES, (60, 22, 18))[0],
        other=other,
        relation=relation,
        **draft.extras,
    )


def _weighted(rng: random.Random, words: tuple[str, ...], weights: tuple[int, ...], allowed: tuple[str, ...]) -> str:
    chosen = [(w, n) for w, n in zip(words, weights, strict=True) if w in allowed]
    return rng.choices([w for w, _ in chosen], [n for _, n in chosen])[0]


def _colour(kind: str, rng: random.Random) -> str:
    # The colours that such things have, and often any other: a prompt may ask for a blue tree.
    return rng.choice(KINDS[kind].colours) if rng.random() < 0.45 else rng.choice(tuple(COLOURS))


def _make_likely(draft: _Draft, rng: random.Random, domain: Domain) -> None:
    usual = KINDS[draft.kind]
    if usual.sky and usual.sky in domain.skies and rng.random() < 0.5:
        draft.sky = usual.sky
    if usual.ground and usual.ground in domain.grounds and rng.random() < 0.6:
        draft.ground = usual.ground
    dry = [g for g in ("grass", "sand") if g in domain.grounds]
    if draft.ground == "sea" and not usual.flies and usual.ground != "sea" and dry and rng.random() < 0.75:
        draft.ground = rng.choice(dry)


def _put_in_sky(draft: _Draft, rng: random.Random) -> None:
    sky = draft.sky
    draft.extras = {
        "sun": rng.random() < {"day": 0.45, "sunset": 0.7, "dawn": 0.6}.get(sky, 0.0),
        "moon": rng.random() < {"night": 0.6}.get(sky, 0.0),
        "clouds": rng.random() < {"day": 0.5, "rainbow": 0.6, "dawn": 0.2}.get(sky, 0.0),
    }
