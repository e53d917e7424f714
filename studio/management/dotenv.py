"""Writes `.env` with a fresh secret key on the first start. Runs before the settings load, so it knows no Django."""

import os
import secrets
from pathlib import Path

TEXT = """# Written by the first start. Every variable is explained in deploy/env.example.
SECRET_KEY={key}
"""


def ensure_secret_key(folder: Path) -> None:
    """Give `folder`/.env a SECRET_KEY, readable by its owner only, unless there is one there or in the environment."""
    path = folder / ".env"
    if os.environ.get("SECRET_KEY") or _has_key(path):
        return
    text = TEXT.format(key=secrets.token_urlsafe(50))
    if path.exists():
        text = path.read_text().rstrip("\n") + "\n" + text
    # Written beside and renamed: a start that is cut off leaves no half a file. The mode comes before the key.
    draft = folder / f".env.{os.getpid()}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def _has_key(path: Path) -> bool:
    if not path.is_file():
        return False
    names = [line.removeprefix("export ").partition("=") for line in path.read_text().splitlines()]
    return any(name.strip() == "SECRET_KEY" and value.strip() for name, _, value in names)
