"""The marks in prompts: weights, escapes, BREAK, and that nothing a person writes is an error."""

import time

import pytest

from studio.engines import prompts
from studio.engines.prompts import Piece, parse


@pytest.mark.parametrize(
    ("prompt", "pieces"),
    [
        ("a red house", [("a red house", 1)]),
        ("(red house:1.3)", [("red house", 1.3)]),
        ("a (red) house", [("a ", 1), ("red", 1.1), (" house", 1)]),
        ("a [red] house", [("a ", 1), ("red", 1 / 1.1), (" house", 1)]),
        ("((red))", [("red", 1.1 * 1.1)]),
        ("(a (b:2) c:0.5)", [("a ", 0.5), ("b", 1), (" c", 0.5)]),
        ("[(x)]", [("x", 1)]),
        (r"a \(red\) \[house\] \\ \n", [("a (red) [house] \\ \\n", 1)]),
        (r"(a \(b\):1.2)", [("a (b)", 1.2)]),
        ("(x: 1.25 )", [("x", 1.25)]),
        ("(x:-1)", [("x", -1)]),
        ("(x:0)", [("x", 0)]),
        ("(x:.5)", [("x", 0.5)]),
        ("(at 10:30 pm)", [("at 10:30 pm", 1.1)]),
        ("a (b:1.0) c", [("a b c", 1)]),
        ("", []),
        ("()", []),
    ],
)
def test_marks_are_read_as_people_mean_them(prompt: str, pieces: list[tuple[str, float]]) -> None:
    (found,) = parse(prompt)
    assert [piece.text for piece in found] == [text for text, _ in pieces]
    assert [piece.weight for piece in found] == pytest.approx([weight for _, weight in pieces])


@pytest.mark.parametrize("text", ["(", "a ) b", "(((", "] [", ":-) and :(", "a [b", "（红色：1.3）的房子【树】", "\\"])
def test_brackets_without_a_partner_and_full_width_ones_are_text(text: str) -> None:
    assert parse(text) == [[Piece(text)]]


def test_of_crossed_brackets_the_inner_ones_are_text() -> None:
    assert [(p.text, p.weight) for p in parse("(a [b) c]")[0]] == [("a [b", 1.1), (" c]", 1)]


def test_break_parts_a_prompt_where_it_stands_alone() -> None:
    assert parse("a house BREAK a tree") == [[Piece("a house")], [Piece("a tree")]]
    assert parse("(a BREAK b:1.5) c") == [[Piece("a", 1.5)], [Piece("b", 1.5), Piece(" c")]]
    assert parse("BREAKFAST, break, aBREAK") == [[Piece("BREAKFAST, break, aBREAK")]]


def test_plain_prompts_are_told_from_marked_ones() -> None:
    assert prompts.is_plain(parse("a house")) and prompts.is_plain(parse(""))
    assert prompts.is_plain(parse(r"\(a\)"))
    assert not prompts.is_plain(parse("(a)"))
    assert not prompts.is_plain(parse("a BREAK b"))


def test_heaviest_weight_counts_nesting_and_sign() -> None:
    assert prompts.heaviest("a") == 1
    assert prompts.heaviest("(a:-3) b") == 3
    assert prompts.heaviest("(" * 30 + "a" + ")" * 30) > prompts.HEAVIEST


@pytest.mark.parametrize(
    "text", ["(" * 2000, "[(" * 500 + ")]" * 500, ")" * 2000, "(:" * 1000, "(" * 1000 + ")" * 1000]
)
def test_long_nonsense_is_read_quickly(text: str) -> None:
    began = time.process_time()
    parse(text)
    assert time.process_time() - began < 0.5
