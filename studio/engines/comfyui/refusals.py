"""What a ComfyUI server complains about, as our codes. Its own words go into the worker's log and no further."""

import logging
import re
from collections.abc import Mapping
from typing import Any

from studio.engines.base import EngineError
from studio.engines.comfyui import wire
from studio.engines.comfyui.filling import LORA_NODE
from studio.engines.comfyui.template import Graph, Template
from studio.job import AdapterRef

log = logging.getLogger(__name__)

MOST_LOGGED = 300
NO_MEMORY = re.compile(r"out ?of ?memory|allocation on device|not enough memory", re.IGNORECASE)
# Signs that would let a server's words look like lines of ours.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def of_submit(said: Any, template: Template, graph: Graph, adapters: tuple[AdapterRef, ...]) -> EngineError:
    """Why a graph was not accepted. A checkpoint that is not there is `model_unavailable`, a LoRA is
    `adapter_unavailable`, anything else `workflow_refused` with the name of the node."""
    log.warning("workflow %s was refused: %s", template.name, words(said))
    wrong = said.get("node_errors") if isinstance(said, Mapping) else None
    for node, told in wrong.items() if isinstance(wrong, Mapping) else ():
        for error in _errors(told):
            known = _of_input(node, error, template, graph, adapters)
            if known is not None:
                return known
    nodes = [node for node in wrong if node in graph] if isinstance(wrong, Mapping) else []
    named = nodes[0] if nodes else _named(said, graph)
    return EngineError("workflow_refused", node=_label(named, template, graph))


def of_error(broke: wire.Broke, template: Template, graph: Graph) -> EngineError:
    """Why a node failed: `engine_memory`, or `workflow_failed` with the name of the node."""
    log.warning("workflow %s failed at %s: %s", template.name, words(broke.node), words([broke.kind, broke.message]))
    if NO_MEMORY.search(f"{broke.kind} {broke.message[:2000]}"):
        return EngineError("engine_memory")
    return EngineError("workflow_failed", node=_label(broke.node, template, graph))


def words(said: Any) -> str:
    """Somebody else's words, so that they can stand in a log."""
    return CONTROL.sub(" ", str(said)[:MOST_LOGGED])


def _of_input(
    node: str, error: Mapping[str, Any], template: Template, graph: Graph, adapters: tuple[AdapterRef, ...]
) -> EngineError | None:
    extra = error.get("extra_info")
    name = extra.get("input_name") if isinstance(extra, Mapping) else None
    if error.get("type") != "value_not_in_list" or node not in graph:
        return None
    if any((place.node, place.input) == (node, name) for place in template.slots.get("checkpoint", ())):
        return EngineError("model_unavailable")
    if graph[node]["class_type"] == LORA_NODE and name == "lora_name":
        asked = graph[node]["inputs"]["lora_name"]
        lora = next((each.name for each in adapters if each.source.endswith(asked)), asked)
        return EngineError("adapter_unavailable", name=lora)
    return None


def _errors(told: Any) -> list[Mapping[str, Any]]:
    errors = told.get("errors") if isinstance(told, Mapping) else None
    return [each for each in errors if isinstance(each, Mapping)] if isinstance(errors, list) else []


def _named(said: Any, graph: Graph) -> str:
    """The node that an error without `node_errors` is about: `Node ID '#12'`, or its class."""
    error = said.get("error") if isinstance(said, Mapping) else None
    text = str(error)[:2000]
    found = re.search(r"#([\w:-]{1,100})'", text)
    if found and found[1] in graph:
        return found[1]
    classes = {each["class_type"]: node for node, each in graph.items()}
    return next((node for kind, node in classes.items() if re.search(rf"\b{re.escape(kind)}\b", text)), "")


def _label(node: str, template: Template, graph: Graph) -> str:
    """As the template calls it, and which class it is: both are ours."""
    if node not in graph:
        return template.title
    kind = str(graph[node]["class_type"])
    title = str(graph[node].get("_meta", {}).get("title") or "")
    return f"{title} ({kind})" if title and title != kind else kind
