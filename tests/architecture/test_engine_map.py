"""The map of an engine in its package's own words names every module, and nothing that is gone."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from studio.engines import board, comfyui, local


@pytest.mark.parametrize("package", [local, comfyui, board], ids=lambda package: package.__name__)
def test_map_of_the_engine_names_every_module(package: ModuleType) -> None:
    folder = Path(str(package.__file__)).parent
    packages = {file.parent.name for file in folder.glob("*/__init__.py")}
    modules = {file.stem for file in folder.glob("*.py")} - {"__init__"} | packages
    words = (package.__doc__ or "").partition("The admin's page")[0]
    assert set(re.findall(r"`(\w+)`", words)) == modules
