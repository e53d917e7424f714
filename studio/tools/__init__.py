"""The tools of this instance, by name, as settings TOOLS lists them."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from studio.tools.base import Tool
from studio.words.errors import Refused


@cache
def registry() -> dict[str, Tool]:
    """Every tool by its name, in the order of settings."""
    tools = [import_string(path)() for path in settings.TOOLS]
    return {tool.name: tool for tool in tools}


def find(name: str) -> Tool:
    """The tool called `name`; Refused("unknown_tool") when there is none."""
    try:
        return registry()[name]
    except KeyError:
        raise Refused("unknown_tool") from None
