"""Takes the scene out of what a chat model answered. Text only: nothing here is ever run."""

import re

from studio.engines.base import EngineError

# Bytes of a scene in UTF-8; the answer may be this much longer (words around it, thinking aloud).
MOST = 200_000
AROUND = 100_000

THOUGHTS = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
# A block opens at the start of a line, and ends at the same fence or with the answer.
FENCE = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n`]*\n(?P<code>.*?)(?:^ {0,3}(?P=fence)[`~]*[ \t]*$|\Z)", re.M | re.S
)
MADE = re.compile(r"^\s*export\s+(?:default\b|\{[^}]*\bas\s+default\b)", re.MULTILINE)


def of(answer: str) -> str:
    """The module in `answer`: the longest fenced block that exports a scene, or the whole of it without any block.

    Raises EngineError: `scene_missing` where there is none, `scene_too_long` above MOST bytes.
    """
    words = THOUGHTS.sub("", answer).replace("\r\n", "\n").replace("\x00", "")
    blocks = [match["code"] for match in FENCE.finditer(words)] or [words]
    scenes = [block for block in blocks if MADE.search(block)]
    if not scenes:
        raise EngineError("scene_missing")
    found = max(scenes, key=len).strip() + "\n"
    if len(found.encode()) > MOST:
        raise EngineError("scene_too_long", limit=MOST // 1000)
    return found


def is_whole(answer: str) -> bool:
    """Whether a fenced block was closed: the answer has its scene though it does not say that it has ended."""
    matches = list(FENCE.finditer(answer))
    return bool(matches) and answer.rstrip().endswith(matches[-1]["fence"])
