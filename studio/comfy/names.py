"""Names of files as ComfyUI's clients know them: weights end as files do, pictures carry the id of their work."""

import re
from uuid import UUID

# Catalogue names look like files, because clients tell models from other things by that. Both forms are understood.
ENDING = ".safetensors"
# How long a name and a folder of a client's picture may be.
NAME_MOST = 120
_MADE = re.compile(r"_([0-9a-f]{32})_\.png(?: \[(?:output|temp)\])?$")
_UNWANTED = re.compile(r"[^\w.\- ()]+")


def plain(name: str) -> str:
    """The name in the catalogue."""
    return name.removesuffix(ENDING)


def of_work(prefix: str, work: UUID) -> tuple[str, str]:
    """(subfolder, filename) of a picture that was saved with `prefix`, which may name folders."""
    *folders, last = prefix.replace("\\", "/").split("/")
    return safe_folder("/".join(folders)), f"{safe_name(last) or 'ComfyUI'}_{work.hex}_.png"


def work_of(filename: str) -> UUID | None:
    """The work that a name of ours means; None for any other name."""
    found = _MADE.search(filename)
    return UUID(found[1]) if found else None


def is_made(filename: str) -> bool:
    """Whether a graph names a picture that was made here, as `name [output]` or `name [temp]`."""
    return filename.endswith(("]",)) and work_of(filename) is not None


def safe_name(name: str) -> str:
    """A file's name with nothing in it that a path or a header could stumble over; "" where nothing is left."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return _UNWANTED.sub("_", last).strip(". ")[-NAME_MOST:].strip(". ")


def safe_folder(folder: str) -> str:
    """A folder inside the person's own, without `..` and the like; "" for the topmost."""
    parts = [safe_name(part) for part in folder.replace("\\", "/").split("/")]
    return "/".join(part for part in parts if part)[:NAME_MOST]
