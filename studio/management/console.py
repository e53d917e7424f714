"""What `manage.py up` prints: the lines of every process behind its name, and the few lines for people as they are."""

import os
import sys
from typing import TextIO

WIDTH = 10
COLOURS = (36, 33, 35, 32, 34, 31)  # cyan, yellow, magenta, green, blue, red


class Console:
    """Writes whole lines to `stream`; colours only for a terminal (or FORCE_COLOR), and never with NO_COLOR."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._colours: dict[str, int] = {}
        wanted = self._stream.isatty() or bool(os.environ.get("FORCE_COLOR"))
        self._coloured = wanted and not os.environ.get("NO_COLOR")

    def log(self, name: str, line: str) -> None:
        """One line of the process `name`."""
        prefix = f"{name:<{WIDTH}} |"
        if self._coloured:
            colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        self.say(f"{prefix} {line}")

    def say(self, line: str) -> None:
        """One line as it is."""
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (BrokenPipeError, ValueError):  # whoever read us is gone; the studio is not
            pass
