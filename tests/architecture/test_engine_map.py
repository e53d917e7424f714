"""The map of the local engine in its package's own words names every module, and nothing that is gone."""

import re
from pathlib import Path

from studio.engines import local


def test_map_of_the_local_engine_names_every_module() -> None:
    folder = Path(local.__file__).parent
    packages = {file.parent.name for file in folder.glob("*/__init__.py")}
    modules = {file.stem for file in folder.glob("*.py")} - {"__init__"} | packages
    assert set(re.findall(r"`(\w+)`", local.__doc__ or "")) == modules
