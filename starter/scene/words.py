"""What a word list must have, and which list belongs to which language."""

from collections.abc import Mapping
from dataclasses import dataclass

Choices = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Words:
    """The vocabulary of one language. Every concept maps to its synonyms, the plainest first.

    `relations`: patterns with {thing} and {other}. `together`: between two things whose relation is not said.
    """

    objects: Choices
    colours: Choices
    skies: Choices
    grounds: Choices
    styles: Choices
    places: Choices
    sizes: Choices
    extras: Choices
    relations: Choices
    together: tuple[str, ...]
    fillers: tuple[str, ...]

    def concepts(self) -> dict[str, Choices]:
        """The lists in which a word says something about the picture, by the name of the field it fills."""
        return {
            "thing": self.objects,
            "colour": self.colours,
            "sky": self.skies,
            "ground": self.grounds,
            "style": self.styles,
            "place": self.places,
            "size": self.sizes,
            "extra": self.extras,
        }
