"""Whether a graph holds together: known nodes, every input there, of the right type and within its limits, no cycle.

As ComfyUI does it, outputs that are sound are made although others are not. What the studio can make of a sound graph
is the matter of reading.py.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from studio.comfy.faults import Fault, NodeFaults, Unfit, outputs_failed
from studio.comfy.names import ENDING, is_made
from studio.comfy.nodes import NODES, VALUES, Node, Offer, Slot

# More nodes than any graph of ours needs, and how long an id and a name in it may be.
NODES_MOST, NAME_MOST = 200, 80
LINK_FORM = "Bad linked input, must be a length-2 list of [node_id, slot_index]"


@dataclass(frozen=True, slots=True)
class Placed:
    """A sound node of a graph: its class, the values it was given, and where its links come from (id of a node)."""

    id: str
    node: Node
    values: Mapping[str, Any]
    links: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Graph:
    """The sound part of a graph. `order`: each node after those it needs; `faults`: of the outputs left out."""

    nodes: Mapping[str, Placed]
    outputs: tuple[str, ...]
    order: tuple[str, ...]
    faults: Mapping[str, NodeFaults]


def check(prompt: Any, offer: Offer, wanted: Iterable[str] | None = None) -> Graph:
    """The sound part of the graph `prompt` that leads to its outputs, or to those of them that are `wanted`.

    Raises Unfit where no output can be made, and for what is no graph at all.
    """
    raw = _raw(prompt)
    outputs = [node_id for node_id, each in raw.items() if NODES[each["class_type"]].is_output]
    if wanted is not None:
        outputs = [node_id for node_id in outputs if node_id in set(wanted)]
    if not outputs:
        raise Unfit(Fault("prompt_no_outputs", "Prompt has no outputs"))
    walk = _Walk(raw, offer)
    sound = tuple(node_id for node_id in outputs if walk.visit(node_id))
    for node_id in set(outputs) - set(sound):
        for needed in walk.behind(node_id):
            if needed in walk.faults:
                walk.faults[needed].outputs.append(node_id)
    if not sound:
        raise outputs_failed(walk.faults, outputs)
    kept = {node_id for output in sound for node_id in walk.behind(output)}
    return Graph(
        {node_id: walk.placed[node_id] for node_id in kept},
        sound,
        tuple(node_id for node_id in walk.order if node_id in kept),
        walk.faults,
    )


def _raw(prompt: Any) -> dict[str, dict[str, Any]]:
    """The graph as it was sent, every node of a class that we know. Raises Unfit."""
    if not isinstance(prompt, dict) or not prompt:
        raise Unfit(Fault("prompt_no_outputs" if prompt == {} else "invalid_prompt", "Prompt has no outputs"))
    if len(prompt) > NODES_MOST:
        raise Unfit(Fault("prompt_too_large", "The graph is too large", f"At most {NODES_MOST} nodes."), status=413)
    unknown: dict[str, NodeFaults] = {}
    first: Fault | None = None
    for node_id, node in prompt.items():
        fault = _of_no_class(node_id, node)
        if fault:
            first = first or fault
            unknown[node_id[:NAME_MOST]] = NodeFaults(str(fault.about.get("class_type", "")), [fault])
    if first:
        raise Unfit(first, unknown)
    return prompt


def _of_no_class(node_id: str, node: Any) -> Fault | None:
    name = node.get("class_type") if isinstance(node, dict) else None
    shown = node_id[:NAME_MOST]
    if len(node_id) > NAME_MOST or not isinstance(name, str) or not isinstance(node.get("inputs"), dict):
        words = "Cannot execute because a node is missing the class_type property."
        if isinstance(name, str):
            words = "Cannot execute because a node is missing its inputs, or has a name that is too long."
        return Fault("invalid_prompt", words, f"Node ID '#{shown}'", {"node_id": shown})
    if name in NODES:
        return None
    about = {"node_id": shown, "class_type": name[:NAME_MOST]}
    words = f"Node '{name[:NAME_MOST]}' not found. This studio has no such node."
    return Fault("missing_node_type", words, f"Node ID '#{shown}'", about)


class _Walk:
    """Follows links back from outputs, each node once. `order` is that of execution."""

    def __init__(self, raw: Mapping[str, dict[str, Any]], offer: Offer) -> None:
        self._raw, self._offer = raw, offer
        self.placed: dict[str, Placed] = {}
        self.faults: dict[str, NodeFaults] = {}
        self.order: list[str] = []
        self._sound: dict[str, bool | None] = {}

    def visit(self, node_id: str) -> bool:
        """Whether the node and everything behind it is sound. At most NODES_MOST deep."""
        known = self._sound.get(node_id, False) if node_id in self._sound else None
        if node_id in self._sound:
            if known is None:  # it is being visited: it needs itself
                self._note(node_id, Fault("dependency_cycle", "The graph has a cycle", f"Node ID '#{node_id}'"))
            return bool(known)
        self._sound[node_id] = None
        node = NODES[self._raw[node_id]["class_type"]]
        own = _Inputs(self._raw, self._offer, node, self._raw[node_id]["inputs"])
        for fault in own.faults:
            self._note(node_id, fault)
        behind = [self.visit(source) for source in own.links.values()]
        self.placed[node_id] = Placed(node_id, node, own.values, own.links)
        self.order.append(node_id)
        self._sound[node_id] = all(behind) and node_id not in self.faults
        return bool(self._sound[node_id])

    def behind(self, node_id: str) -> set[str]:
        """The node and all that it needs, as far as it was visited."""
        found, waiting = set(), [node_id]
        while waiting:
            each = waiting.pop()
            if each not in found and each in self.placed:
                found.add(each)
                waiting += self.placed[each].links.values()
        return found

    def _note(self, node_id: str, fault: Fault) -> None:
        self.faults.setdefault(node_id, NodeFaults(self._raw[node_id]["class_type"])).faults.append(fault)


class _Inputs:
    """The inputs of one node: its values as their types, its links, and what is wrong with them."""

    def __init__(self, raw: Mapping[str, Any], offer: Offer, node: Node, given: Mapping[str, Any]) -> None:
        self.values: dict[str, Any] = {}
        self.links: dict[str, str] = {}
        self.faults: list[Fault] = []
        self._raw, self._offer = raw, offer
        for slot in node.takes:
            if slot.name not in given:
                about = {"input_name": slot.name}
                self.faults.append(Fault("required_input_missing", "Required input is missing", slot.name, about))
            elif slot.type in VALUES:
                self._value(slot, given[slot.name])
            else:
                self._link(slot, given[slot.name])

    def _link(self, slot: Slot, given: Any) -> None:
        if not _is_link(given) or given[0] not in self._raw:
            return self._wrong(slot, "bad_linked_input", LINK_FORM, slot.name, received_value=_short(given))
        source, number = given
        makes = NODES[self._raw[source]["class_type"]].makes
        found = makes[number] if number < len(makes) else "nothing"
        if found != slot.type:
            words = f"{slot.name}, received_type({found}) mismatch input_type({slot.type})"
            about = {"received_type": found, "linked_node": [source, number]}
            return self._wrong(
                slot, "return_type_mismatch", "Return type mismatch between linked nodes", words, **about
            )
        self.links[slot.name] = source
        return None

    def _value(self, slot: Slot, given: Any) -> None:
        try:
            value = _converted(slot.type, given)
        except (TypeError, ValueError, OverflowError) as error:
            words = f"{slot.name}, {_short(given)}, {error}"
            message = f"Failed to convert an input value to a {slot.type} value"
            return self._wrong(slot, "invalid_input_type", message, words, received_value=_short(given))
        most = self._offer.most(slot)
        if slot.type == "COMBO":
            fault = self._not_in_list(slot, value)
        elif slot.least is not None and value < slot.least:
            fault = "value_smaller_than_min", f"Value {value} smaller than min of {slot.least:g}", slot.name
        elif most is not None and value > most:
            fault = "value_bigger_than_max", f"Value {value} bigger than max of {most:g}", slot.name
        else:
            fault = None
        if fault:
            return self._wrong(slot, *fault, received_value=_short(given))
        self.values[slot.name] = value
        return None

    def _not_in_list(self, slot: Slot, value: str) -> tuple[str, str, str] | None:
        choices = self._offer.choices(slot)
        if value in choices or f"{value}{ENDING}" in choices:
            return None
        if slot.choices == "pictures":
            if value.removesuffix(" [input]") in choices or is_made(value):
                return None
            words = f"{slot.name} - Invalid image file: {_short(value)}"
            return "custom_validation_failed", "Custom validation failed for node", words
        listed = str(list(choices)) if len(choices) <= 20 else f"(list of length {len(choices)})"
        return "value_not_in_list", "Value not in list", f"{slot.name}: '{_short(value)}' not in {listed}"

    def _wrong(self, slot: Slot, type: str, message: str, details: str, **about: Any) -> None:
        about |= {"input_name": slot.name, "input_config": self._config(slot)}
        self.faults.append(Fault(type, message, details, about))

    def _config(self, slot: Slot) -> list[Any]:
        limits = {"min": slot.least, "max": self._offer.most(slot)}
        return [slot.type, {name: value for name, value in limits.items() if value is not None}]


def _is_link(given: Any) -> bool:
    if not isinstance(given, list) or len(given) != 2 or not isinstance(given[0], str):
        return False
    return isinstance(given[1], int) and not isinstance(given[1], bool) and given[1] >= 0


def _converted(type: str, given: Any) -> Any:
    """As ComfyUI converts: numbers from text, too. A list is a link, which no value of ours takes."""
    if isinstance(given, bool | list | dict) or given is None:
        raise TypeError(f"{given.__class__.__name__} is no {type}")
    if type == "INT":
        return int(given)
    if type == "FLOAT":
        number = float(given)
        if not math.isfinite(number):
            raise ValueError("not finite")
        return number
    return str(given)


def _short(given: Any) -> str:
    text = given if isinstance(given, str) else repr(given)
    return text if len(text) <= NAME_MOST else f"{text[:NAME_MOST]}…"
