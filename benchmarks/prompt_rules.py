"""What a prompt costs when 5,000 rules are looked at: python -m benchmarks.prompt_rules [--rules N]

The rules are made-up words and phrases in both languages, in the proportions of a real list (one in twenty a phrase,
one in twenty an open end, four in ten Chinese), with ten regular expressions. Prints a table for docs/benchmarks.md.
"""

import argparse
import os
import random
import statistics
import time
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
django.setup()

from gallery.models import PromptRule  # noqa: E402  Django is ready now
from gallery.rules.prompts import Compiled  # noqa: E402

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ENGLISH = (
    "a quiet harbour at dawn with three wooden boats, mist over the water, soft light, watercolour, highly detailed"
)
CHINESE = "清晨的海港，三条木船停在岸边，水面上有薄雾，柔和的光线，水彩画，细节丰富，远处的山和灯塔若隐若现"
PROMPTS = {
    "English, 108 characters": ENGLISH,
    "Chinese, 49 characters": CHINESE,
    "mixed, 2,000 characters": ((ENGLISH + "，" + CHINESE + " ") * 13)[:2000],
    "evasive, 2,000 characters": ("n u d e, 裸*体, ｎ@k3d, " * 100)[:2000],
}


def made_up(count: int, chance: random.Random) -> list[PromptRule]:
    """`count` rules, always the same for the same `chance`."""
    rows = []
    for n in range(count - 10):
        if n % 5 < 2:
            pattern = "".join(chr(chance.randint(0x4E00, 0x9FA5)) for _ in range(chance.randint(2, 5)))
        else:
            words = 2 if n % 20 == 3 else 1
            pattern = " ".join("".join(chance.choices(LETTERS, k=chance.randint(4, 10))) for _ in range(words))
            pattern += "*" if n % 20 == 4 else ""
        rows.append(PromptRule(pk=n + 1, pattern=pattern, action="flag"))
    rows += [
        PromptRule(pk=count - n, pattern=rf"\b(nude|naked)\b.{{0,2}}\W.{{0,1}}x{n}\b", regex=True, action="block")
        for n in range(10)
    ]
    return rows


def microseconds(function: Callable[[], object], rounds: int = 300) -> tuple[float, float]:
    """Median and 95th percentile of one call, in µs."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        function()
        times.append((time.perf_counter() - began) * 1e6)
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=5000)
    wanted = parser.parse_args().rules
    rows = made_up(wanted, random.Random(7))
    began = time.perf_counter()
    compiled = Compiled.of(rows)
    print(f"{wanted} rules arranged in {(time.perf_counter() - began) * 1e3:.0f} ms\n")
    print("| prompt | p50 µs | p95 µs |\n|---|--:|--:|")
    for name, text in PROMPTS.items():
        median, slow = microseconds(lambda text=text: compiled.verdict(text))  # type: ignore[misc]
        print(f"| {name} | {median:.0f} | {slow:.0f} |")


if __name__ == "__main__":
    main()
