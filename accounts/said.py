"""Names and words about oneself, which everybody can read: rooms above say here what they may not be."""

from collections.abc import Callable

# Each takes the words and raises ValidationError. Registered when the apps are ready; empty where no app has rules.
_checks: list[Callable[[str], object]] = []


def register(check: Callable[[str], object]) -> None:
    """Have `check` asked about all such words from now on; it raises ValidationError for what may not be said."""
    if check not in _checks:
        _checks.append(check)


def ask(words: str) -> None:
    """Raises ValidationError, in the language of this moment, when others must not be shown `words`."""
    for check in _checks:
        check(words)
