"""The names of the colours that rule a picture."""

import pytest
from PIL import Image

from gallery.pixels import colours


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("#d22", "red"), ("#f80", "orange"), ("#fd2", "yellow"), ("#2a3", "green"), ("#0aa", "teal"), ("#23d", "blue"),
        ("#83c", "purple"), ("#f9c", "pink"), ("#7a4b22", "brown"), ("#050505", "black"), ("#888", "grey"),
        ("#fff", "white"),
    ],
)  # fmt: skip
def test_a_colour_has_the_name_people_give_it(colour: str, name: str) -> None:
    assert colours.ruling(Image.new("RGB", (40, 30), colour)) == [name]


def test_the_strongest_colour_comes_first_and_specks_do_not_count() -> None:
    picture = Image.new("RGB", (100, 100), "#2233dd")
    picture.paste("#dd2222", (0, 0, 100, 30))
    picture.paste("#ffdd22", (0, 0, 10, 10))
    assert colours.ruling(picture) == ["blue", "red"]


def test_what_is_transparent_is_white_paper() -> None:
    assert colours.ruling(Image.new("RGBA", (9, 9), (200, 0, 0, 0))) == ["white"]
