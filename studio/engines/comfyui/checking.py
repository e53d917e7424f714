"""Whether a server has the nodes and inputs that a template needs, by its `/object_info`, and which models it has."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from studio.engines.comfyui import answers, library
from studio.engines.comfyui.template import Template
from studio.engines.remote.client import Client
from studio.engines.remote.errors import RemoteError

# Bytes of what a server says about one class: lists of files are in it.
MOST = 4 * 2**20
MODELS_MOST = 2000
# Loaders besides those that templates name.
LOADERS = (("CheckpointLoaderSimple", "ckpt_name"), ("DDColor_Colorize", "checkpoint"))


@dataclass(frozen=True, slots=True)
class Problem:
    """`code`: unknown_node, unknown_input, missing_input, unknown_value, bad_output; `node` is its id, `kind` its
    class, `input` which of its inputs, `value` what is not known."""

    code: str
    node: str
    kind: str
    input: str = ""
    value: str = ""

    def plain(self) -> dict[str, str]:
        """As JSON."""
        return asdict(self)


class Classes:
    """What a server says of its node classes, each asked for once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, Mapping[str, Any] | None] = {}

    async def of(self, kind: str) -> Mapping[str, Any] | None:
        """None for one that the server does not have. Raises RemoteError."""
        if kind not in self._known:
            path = f"object_info/{quote(kind, safe='')}"
            answer = await self._client.request("GET", path, most=MOST, any_status=True)
            if answer.status == 404:
                self._known[kind] = None
            elif answer.status >= 300:
                raise RemoteError("engine_error", status=answer.status)
            else:
                found = (await answers.value(answer)).get(kind)
                self._known[kind] = found if isinstance(found, dict) else None
        return self._known[kind]


async def problems(classes: Classes, template: Template) -> list[Problem]:
    """What of `template` the server does not have. Raises RemoteError."""
    found: list[Problem] = []
    slots = {(place.node, place.input) for places in template.slots.values() for place in places}
    for node, each in template.graph.items():
        kind = each["class_type"]
        about = await classes.of(kind)
        if about is None:
            found.append(Problem("unknown_node", node, kind))
            continue
        if node == template.result and about.get("output_node") is not True:
            found.append(Problem("bad_output", node, kind))
        found += _of_inputs(node, each, about, slots)
    return found


def _of_inputs(
    node: str, each: Mapping[str, Any], about: Mapping[str, Any], slots: set[tuple[str, str]]
) -> Iterator[Problem]:
    kind, given = each["class_type"], each["inputs"]
    required, optional = _inputs(about, "required"), _inputs(about, "optional")
    # Some classes take inputs that they do not list; they say so by a word of their own.
    open_ended = any(str(spec[:1]).find("AUTOGROW") >= 0 for spec in (required | optional).values())
    for name in given:
        if name not in required | optional and not open_ended:
            yield Problem("unknown_input", node, kind, name)
    for name, spec in required.items():
        if name not in given:
            yield Problem("missing_input", node, kind, name)
            continue
        values = _values(spec)
        value = given[name]
        if values and (node, name) not in slots and not isinstance(value, list) and value not in values:
            yield Problem("unknown_value", node, kind, name, str(value)[:200])


def _inputs(about: Mapping[str, Any], which: str) -> dict[str, list[Any]]:
    inputs = about.get("input")
    found = inputs.get(which) if isinstance(inputs, dict) else None
    specs = found if isinstance(found, dict) else {}
    return {str(name): spec if isinstance(spec, list) else [] for name, spec in specs.items()}


def _values(spec: list[Any]) -> list[Any]:
    """What may be chosen for an input; newer servers say it among the options."""
    if spec and isinstance(spec[0], list):
        return spec[0]
    options = spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}
    values = options.get("options")
    return values if spec and spec[0] == "COMBO" and isinstance(values, list) else []


async def offers(client: Client) -> list[str]:
    """The names of the models that the server has for the templates there are. Raises RemoteError."""
    await answers.ask(client, "system_stats", MOST)
    classes = Classes(client)
    places = set(LOADERS)
    for each in await asyncio.to_thread(library.known):
        places |= {(each.class_of(place.node), place.input) for place in each.slots.get("checkpoint", ())}
    found: set[str] = set()
    for kind, name in sorted(places):
        about = await classes.of(kind)
        found |= {each for each in _values(_inputs(about or {}, "required").get(name, [])) if isinstance(each, str)}
    return sorted(found)[:MODELS_MOST]
