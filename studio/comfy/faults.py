"""What ComfyUI says of a graph that cannot be run: one error of the whole, and errors by node. Its words, its keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a node. `type` is ComfyUI's; `about` is for programs (`input_name`, `received_value`, …)."""

    type: str
    message: str
    details: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """In the shape of an answer."""
        return {
            "type": self.type,
            "message": self.message,
            "details": self.details,
            "extra_info": dict(self.about),
        }


@dataclass(slots=True)
class NodeFaults:
    """What is wrong with one node, and which outputs cannot be made because of that."""

    class_type: str
    faults: list[Fault] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """In the shape of an answer."""
        errors = [fault.told() for fault in self.faults]
        return {"errors": errors, "dependent_outputs": self.outputs, "class_type": self.class_type}


class Unfit(Exception):
    """A graph that is not run. `status` is that of the answer over HTTP."""

    def __init__(self, fault: Fault, nodes: Mapping[str, NodeFaults] | None = None, status: int = 400) -> None:
        super().__init__(fault.type)
        self.fault, self.nodes, self.status = fault, nodes or {}, status

    def told(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"error": self.fault.told(), "node_errors": nodes_told(self.nodes)}


def nodes_told(nodes: Mapping[str, NodeFaults]) -> dict[str, Any]:
    """`node_errors` of an answer."""
    return {node: faults.told() for node, faults in nodes.items()}


def outputs_failed(nodes: Mapping[str, NodeFaults], outputs: Sequence[str]) -> Unfit:
    """Nothing that was asked for can be made; `nodes` say why."""
    lines = []
    for node, faults in nodes.items():
        lines += [f"* {faults.class_type} {node}:"]
        lines += [f"  - {fault.message}: {fault.details}" for fault in faults.faults]
    whole = Fault("prompt_outputs_failed_validation", "Prompt outputs failed validation", "\n".join(lines))
    for faults in nodes.values():
        faults.outputs = faults.outputs or list(outputs)
    return Unfit(whole, nodes)
