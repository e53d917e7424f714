"""Workflow templates: a ComfyUI graph in its API format, with named places (slots) that a job's values are put into.

A person never sees a graph and never sends one: templates are ours or the administrator's, people fill typed fields.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from studio.values import strictjson

# What a whole template may take as JSON (bytes), how many nodes it may have, and how long a text in it may be.
MOST_BYTES = 256 * 1024
MOST_NODES = 300
MOST_TEXT = 20_000
MOST_NAME = 100

# Slot -> what is put there. Pictures are names of uploaded files.
SLOTS: Mapping[str, type] = {
    "prompt": str,
    "negative_prompt": str,
    "seed": int,
    "steps": int,
    "guidance_scale": float,
    "sampler": str,
    "scheduler": str,
    "width": int,
    "height": int,
    "batch_size": int,
    "strength": float,
    "image": str,
    "mask": str,
    "checkpoint": str,
    "network_size": int,
}
# Without these slots a template could not do what the tool is asked for.
NEEDED: Mapping[str, frozenset[str]] = {
    "text_to_image": frozenset({"prompt", "seed", "width", "height"}),
    "image_to_image": frozenset({"prompt", "seed", "strength", "image"}),
    "sketch_to_image": frozenset({"prompt", "seed", "strength", "image"}),
    "inpaint": frozenset({"prompt", "seed", "strength", "image", "mask"}),
    "colorize": frozenset({"image"}),
}
PRESETS = ("person", "building")
# The node that sends its pictures through the socket and keeps no file.
BY_SOCKET = "SaveImageWebsocket"

Graph = dict[str, dict[str, Any]]


class BadTemplate(Exception):
    """A template is not one; `problems` say why, in the reader's language."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Place:
    """An input of a node, written `node.input`."""

    node: str
    input: str


@dataclass(frozen=True, slots=True)
class Template:
    """`slots` maps each to its places; `result` is the node whose picture is wanted; `tools` are what it can do.

    `preset` is what of the tool colorize it is for, `family` the models that it serves without being named by them.
    """

    name: str
    title: str
    tools: tuple[str, ...]
    graph: Graph = field(repr=False)
    slots: Mapping[str, tuple[Place, ...]] = field(repr=False)
    result: str
    preset: str = ""
    family: str = ""

    def class_of(self, node: str) -> str:
        """What kind of node it is."""
        return str(self.graph[node]["class_type"])

    def label(self, node: str) -> str:
        """How the node is called where people read of it."""
        each = self.graph.get(node, {})
        return str(each.get("_meta", {}).get("title") or each.get("class_type") or node)

    @property
    def by_socket(self) -> bool:
        """Whether its picture comes through the socket."""
        return self.class_of(self.result) == BY_SOCKET


def read(name: str, document: Any) -> Template:
    """The template in a JSON value: title, tools, slots, result, graph, and optionally preset and family.

    Raises BadTemplate with everything that is wrong with it.
    """
    problems = list(_problems(document))
    if problems:
        raise BadTemplate(problems)
    slots = {slot: tuple(_places(said)) for slot, said in document["slots"].items()}
    return Template(
        name,
        document["title"],
        tuple(document["tools"]),
        document["graph"],
        slots,
        document["result"],
        document.get("preset", ""),
        document.get("family", ""),
    )


def loads(name: str, text: str | bytes) -> Template:
    """The template in JSON text. Raises BadTemplate."""
    if len(text) > MOST_BYTES:
        raise BadTemplate([_("It is larger than %(limit)s kB.") % {"limit": MOST_BYTES // 1024}])
    try:
        document = strictjson.loads(text)
    except ValueError:
        raise BadTemplate([_("It is no JSON.")]) from None
    return read(name, document)


def _problems(document: Any) -> Iterator[str]:
    if not isinstance(document, dict):
        yield _("It must be a JSON object.")
        return
    text = json.dumps(document)
    if len(text) > MOST_BYTES:
        yield _("It is larger than %(limit)s kB.") % {"limit": MOST_BYTES // 1024}
        return
    if "\\u0000" in text:  # PostgreSQL keeps none
        yield _("It has characters that cannot be kept.")
    title, tools, graph = document.get("title"), document.get("tools"), document.get("graph")
    if not isinstance(title, str) or not 0 < len(title) <= MOST_NAME:
        yield _("It needs a title of at most %(limit)s characters.") % {"limit": MOST_NAME}
    if not isinstance(tools, list) or not tools or not all(tool in NEEDED for tool in tools):
        yield _("Its tools must be among these: %(names)s.") % {"names": ", ".join(NEEDED)}
        tools = []
    if document.get("preset", "") not in ("", *PRESETS):
        yield _("Its preset must be among these: %(names)s.") % {"names": ", ".join(PRESETS)}
    found = list(graph_problems(graph))
    yield from found
    if not found and isinstance(graph, dict):
        yield from _slot_problems(document.get("slots"), graph, tools)
        result = document.get("result")
        if not isinstance(result, str) or result not in graph:
            yield _("Its result must name one of its nodes.")


def graph_problems(graph: Any) -> Iterator[str]:
    """What is wrong with the form of a graph, before any server is asked."""
    if isinstance(graph, dict) and isinstance(graph.get("nodes"), list):
        yield _("This is a workflow as the editor saves it. Please export it in the API format.")
        return
    if not isinstance(graph, dict) or not 0 < len(graph) <= MOST_NODES:
        yield _("The graph must be a JSON object of 1 to %(limit)s nodes.") % {"limit": MOST_NODES}
        return
    for ident, node in graph.items():
        if not 0 < len(ident) <= MOST_NAME or "." in ident or not _is_node(node):
            yield _("Node %(node)s needs a class_type and inputs.") % {"node": ident[:MOST_NAME]}
            continue
        for name, value in node["inputs"].items():
            if isinstance(value, str) and len(value) > MOST_TEXT:
                yield _("%(place)s is too long.") % {"place": f"{ident}.{name}"}
            elif is_link(value) and value[0] not in graph:
                yield _("%(place)s comes from node %(node)s, which does not exist.") % {
                    "place": f"{ident}.{name}",
                    "node": value[0][:MOST_NAME],
                }


def _is_node(node: Any) -> bool:
    if not isinstance(node, dict) or not isinstance(node.get("inputs"), dict):
        return False
    meta, kind = node.get("_meta", {}), node.get("class_type")
    return isinstance(kind, str) and 0 < len(kind) <= 2 * MOST_NAME and isinstance(meta, dict)


def _slot_problems(slots: Any, graph: Graph, tools: list[str]) -> Iterator[str]:
    if not isinstance(slots, dict):
        yield _("The slots must be a JSON object.")
        return
    for slot, said in slots.items():
        if slot not in SLOTS:
            yield _("There is no slot %(slot)s. There are these: %(names)s.") % {
                "slot": slot[:MOST_NAME],
                "names": ", ".join(SLOTS),
            }
            continue
        try:
            places = list(_places(said))
        except (TypeError, ValueError):
            yield _("Slot %(slot)s must name an input as node.input.") % {"slot": slot}
            continue
        for place in places:
            yield from _place_problems(slot, place, graph)
    for tool in tools:
        missing = sorted(NEEDED[tool] - set(slots))
        if missing:
            yield _("For %(tool)s it needs these slots as well: %(names)s.") % {
                "tool": tool,
                "names": ", ".join(missing),
            }


def _place_problems(slot: str, place: Place, graph: Graph) -> Iterator[str]:
    told = {"slot": slot, "node": place.node[:MOST_NAME], "input": place.input[:MOST_NAME]}
    if place.node not in graph:
        yield _("Slot %(slot)s names node %(node)s, which does not exist.") % told
    elif place.input not in graph[place.node]["inputs"]:
        yield _("Slot %(slot)s names input %(input)s, which node %(node)s does not have.") % told
    elif is_link(graph[place.node]["inputs"][place.input]):
        yield _("Slot %(slot)s names input %(input)s of node %(node)s, which comes from another node.") % told


def is_link(value: Any) -> bool:
    """Whether an input's value is the output of another node."""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int)


def _places(said: Any) -> Iterator[Place]:
    """`node.input`, or several in a list. Raises TypeError or ValueError."""
    for each in said if isinstance(said, list) else [said]:
        node, input_ = each.split(".", 1) if isinstance(each, str) else (None, None)
        if not node or not input_:
            raise ValueError(each)
        yield Place(node, input_)
