"""Holds the fake engine half way: what a test does meanwhile happens in the middle of the work, on any machine."""

from pathlib import Path


class Hold:
    """`prompt` makes the fake engine stay half way until `let_go`, telling its last step again and again, unless it is
    stopped; `prompt_of(1)` only in the second picture."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "go-on"

    @property
    def prompt(self) -> str:
        return f"until:{self._file}"

    def prompt_of(self, index: int) -> str:
        return f"{self.prompt}@{index}"

    def let_go(self) -> None:
        """Everything goes on, and nothing is held any more."""
        self._file.touch()
