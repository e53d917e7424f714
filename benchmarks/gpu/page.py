"""What `benchmarks.gpu` found, in words: its section of docs/benchmarks.md."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks import report
from benchmarks.gpu.bench import Found
from benchmarks.gpu.models import TITLES

TITLE = "On a GPU"
COMMAND = "python -m benchmarks.gpu"
HEAD = """
Random weights of the published sizes: the arithmetic is the real one, the pictures show nothing. The serial queue is
one stock diffusers pipeline on the same weights in the same run. Half precision unless said otherwise.
"""
Results = Mapping[str, Found]


def write(results: Results) -> None:
    """Put the section into docs/benchmarks.md, with what was measured so far."""
    where = " and ".join(dict.fromkeys(found["where"] for found in results.values()))
    report.write(TITLE, COMMAND, body(results), where=where)


def body(results: Results) -> str:
    """The section without its head. What could not be measured is said, with its reason."""
    good = {name: found for name, found in results.items() if "error" not in found}
    parts = [HEAD.strip(), *_exact(good), *_steps(good), *_people(good), *_live(good), *_cards(good), *_lost(good)]
    for name, found in results.items():
        if "error" in found:
            parts.append(f"“{name}” could not be measured: {found['error']}")
    return "\n\n".join(parts)


def _of(results: Results, kind: str) -> Iterator[tuple[list[str], Any]]:
    """The results of one kind, with the words after it in their names."""
    for name, found in results.items():
        first, *words = name.split()
        if first == kind:
            yield words, found


def _table(head: str, numbers: int, rows: list[str]) -> Iterator[str]:
    """A table whose last `numbers` columns are numbers; nothing without rows."""
    if rows:
        columns = head.count("|") - 1
        yield "\n".join([head, "|" + "---|" * (columns - numbers) + "--:|" * numbers, *rows])


def _exact(results: Results) -> Iterator[str]:
    rows = [
        f"| {TITLES[name]} | {dtype} | {f['side']} × {f['side']} | {f['cells']} | {f['levels']} | {f['decibels']} |"  # type: ignore[index]
        for (name, dtype), f in _of(results, "exact")
    ]
    yield from _table(
        "| in company of five beside alone | numbers | size | cells | largest difference of 255 | least dB |", 3, rows
    )


def _steps(results: Results) -> Iterator[str]:
    rows = []
    for (name, side, mode), f in _of(results, "steps"):
        times = ", ".join(f"{rows_}: {spent:.1f}" for rows_, spent in f["milliseconds"].items())
        law = f"max({f['floor']:.1f}, {f['fixed']:.1f} + {f['each']:.2f} · rows)"
        ready = f"{f['prepared']:.1f}"
        rows.append(
            f"| {TITLES[name]} | {side} × {side} | {mode} | {times} | {law} | {f['teraflop']:.2f} "  # type: ignore[index]
            f"| {f['teraflops']:.0f} | {ready} |"
        )
    yield from _table(
        "| a step | size | way | rows: ms | law, ms | TFLOP a row | TFLOP/s at best | prepared in s |", 3, rows
    )


def _people(results: Results) -> Iterator[str]:
    rows = []
    for (name, _side, *_), f in _of(results, "people"):
        asked = (
            f"{TITLES[name]}, {f['side']} × {f['side']}, {f['steps']} steps{' with guidance' if f['guided'] else ''}"  # type: ignore[index]
        )
        for people in f["ways"]["shared steps"]:
            for way, found in f["ways"].items():
                if people not in found:
                    continue
                rate, *waits = found[people]
                cells = " | ".join(f"{wait:.2f}" for wait in waits)
                rows.append(f"| {asked} | {people} | {way} | {rate:.2f} | {cells} |")
    yield from _table(
        "| asked for | people at once | way | images/s | wait p50, s | p95 | first preview p50, s | p95 |", 6, rows
    )
    for (name, _side, *_), f in _of(results, "people"):
        ways, most = f["ways"], list(f["ways"]["serial queue"])[-1]
        best = max(found[most][0] for way, found in ways.items() if way != "serial queue")
        alone = max(found["1"][0] for found in ways.values())
        yield (
            f"{TITLES[name]}, {f['side']} × {f['side']}, {f['steps']} steps: {most} people get "  # type: ignore[index]
            f"{best / ways['serial queue'][most][0]:.2f} times the pictures of the serial queue, and "
            f"{best / alone:.2f} times those of the fastest way for one person."
        )


def _live(results: Results) -> Iterator[str]:
    rows = [
        f"| {mode} | {f['people']} | {f['side']} × {f['side']} | {f['strokes']} | "
        + " | ".join(f"{value:.1f}" for value in f["row"])
        + " |"
        for (mode,), f in _of(results, "live")
    ]
    yield from _table(
        "| way | people, a stroke a second each | size | strokes | first preview p50, ms | p99 | frame p50, ms | p99 |",
        5,
        rows,
    )


def _cards(results: Results) -> Iterator[str]:
    for (name,), f in _of(results, "card"):
        told = ", ".join(f"{side}: {code or 'made'}" for side, code in f["told"])
        yield (
            f"On a card held to {f['bytes'] / 1e9:.0f} GB, {TITLES[name]}: {f['made']} of {f['people']} people at once "  # type: ignore[index]
            f"got their picture of {f['side']} × {f['side']}, {f['row'][0]:.2f} a second. The side of a square picture "
            f"that is far too large, then those that it was told would fit: {told}."
        )


def _lost(results: Results) -> Iterator[str]:
    for _, f in _of(results, "lost"):
        yield (
            f"The device lost under a picture ({'told' if f['told'] else 'NOT told'} within {f['heard']:.2f} s): the "
            f"next picture was there after {f['again']:.1f} s, by a new process that loaded libraries and model."
        )
