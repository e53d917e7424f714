"""What the processes' log must not say after a trial: exceptions that nobody caught, errors, ends of processes."""

import re
from pathlib import Path

# What is logged at error level, as settings.LOGGING writes it and as Python and Twisted do by themselves.
BAD = re.compile(r"^(ERROR|CRITICAL)\b|Traceback \(most recent call last\)|Unhandled |Fatal Python error|never awaited")
# Django shows where a refusal (400, 403) was made, and calls a suspicious question (400) an error.
HANDLED = re.compile(r"^(WARNING django\.request|ERROR   django\.security)")


def complaints(log: Path, after: int = 0) -> list[str]:
    """Every bad line after so many bytes with the lines that explain it, the same one only once."""
    lines = log.read_bytes()[after:].decode(errors="replace").splitlines()
    found = [
        "\n".join(lines[max(0, number - 1) : number + 40])
        for number, line in enumerate(lines)
        if BAD.search(line) and not any(HANDLED.search(each) for each in lines[max(0, number - 1) : number + 1])
    ]
    # One trouble makes several bad lines, and the same trouble many.
    return list({re.sub(r"[0-9a-f-]{8,}|\d+", "#", text)[:600]: text for text in found}.values())
