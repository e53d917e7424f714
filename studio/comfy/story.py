"""One prompt as its client hears of it: our events in, ComfyUI's messages out, in its order and its words.

Our events may be lost, come late or twice, and say absolute states; what goes out here is always whole: every node
begins once, in the order of execution, progress never falls, and the end comes once. When the whole is begun anew
(a worker died), the nodes are, too. Knows no sockets and no clock but the timestamps it writes.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.comfy.nodes import NODES, STAGES

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What of a prompt the story needs: its id, its nodes (id, class) in the order of execution, its outputs, how many
    steps one picture takes, and how many pictures there are."""

    prompt_id: str
    nodes: tuple[tuple[str, str], ...]
    outputs: tuple[str, ...]
    total: int
    count: int = 1

    def class_of(self, node: str) -> str:
        """The class of one of its nodes."""
        return dict(self.nodes)[node]

    @property
    def sampler(self) -> str:
        """The node that has steps."""
        return next(node_id for node_id, name in self.nodes if name == "KSampler")


class Story:
    """Begins untold. Each method gives the messages that follow from what happened."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ended = False
        self._begun = self._anew = False
        self._reached: list[str] = []
        self._steps: dict[int, int] = {}
        self._shown = (0, 0)

    def start(self) -> list[Told]:
        """A worker took it; a second time, after it was lost, everything is made anew."""
        if self.ended:
            return []
        if self._anew:
            self._anew, self._reached, self._steps, self._shown = False, [], {}, (0, 0)
        if self._begun:
            return []
        self._begun = True
        cached = self._told("execution_cached", nodes=[], timestamp=_now())
        return [self._told("execution_start", timestamp=_now()), cached]

    def lose(self) -> list[Told]:
        """Its worker is gone, or was asked to stop; it waits again. ComfyUI has no word for that."""
        self._anew = self._begun
        return []

    def resume(self, stage: str, step: int = 0, index: int = 0) -> list[Told]:
        """For a client that comes back while it runs: where it is, without what went before."""
        self._begun = True
        told = self.stage(stage) if stage in STAGES else self.stage(STAGES[0])
        if step and stage == "denoising":
            told += self.progress(step, index)
        current = [each for each in told if each["type"] == "executing"][-1:]
        return current + [each for each in told if each["type"] != "executing"]

    def stage(self, name: str) -> list[Told]:
        """A stage of ours has begun; one that has no node here (waiting, enlarging) changes nothing."""
        if self.ended or name not in STAGES:
            return []
        rank = STAGES.index(name)
        over = rank > STAGES.index("denoising")
        if over and self.plan.count > 1 and self._shown[0] < self._whole:
            return []  # that was one picture of several: the sampler is still at work
        told = [] if self._begun else self.start()
        for node_id, class_name in self.plan.nodes:
            if (
                node_id not in self._reached
                and STAGES.index(NODES[class_name].stage) <= rank
                and not self._is_last(node_id)
            ):
                told += self._begin(node_id)
            if over and node_id == self.plan.sampler:
                told += self._advance(self._whole)
        return told

    def progress(self, step: int, index: int = 0) -> list[Told]:
        """Picture `index` has done `step` of its steps."""
        if self.ended:
            return []
        told = self.stage("denoising")
        self._steps[index] = max(step, self._steps.get(index, 0))
        done = min(sum(self._steps.values()), self._whole)
        return told + self._advance(done)

    def about_preview(self) -> dict[str, str]:
        """What a preview with metadata says it is of."""
        node = self.plan.sampler
        return {
            "node_id": node,
            "prompt_id": self.plan.prompt_id,
            "display_node_id": node,
            "parent_node_id": "",
            "real_node_id": node,
        }

    def finish(self, shown: Mapping[str, Mapping[str, Any]]) -> list[Told]:
        """It is done; `shown` is what each output shows. One without an entry delivers pictures on the socket: where
        they belong stands a message of type "pictures"."""
        if self.ended:
            return []
        told = [] if self._begun else self.start()
        for node_id, _name in self.plan.nodes:
            if node_id not in self._reached and not self._is_last(node_id):
                told += self._begin(node_id)
            if node_id == self.plan.sampler:
                told += self._advance(self._whole)
        for node_id in self.plan.outputs:
            told += self._begin(node_id)
            if node_id in shown:
                told.append(self._told("executed", node=node_id, display_node=node_id, output=dict(shown[node_id])))
            else:
                told.append({"type": "pictures", "data": {"node": node_id}})
        told.append(self._state(finished=True))
        return [*told, self._told("execution_success", timestamp=_now()), *self._end()]

    def fail(self, code: str, message: str) -> list[Told]:
        """It could not be made."""
        if self.ended:
            return []
        told = [] if self._begun else self.start()
        error = self._told("execution_error", **failure(self.plan, self._reached, code, message), timestamp=_now())
        return [*told, error, *self._end()]

    def interrupt(self) -> list[Told]:
        """Its owner stopped it."""
        if self.ended:
            return []
        about = interruption(self.plan, self._reached)
        return [self._told("execution_interrupted", **about, timestamp=_now()), *self._end()]

    # Parts ------------------------------------------------------------------------------------------------------

    def _is_last(self, node_id: str) -> bool:
        """Outputs come at the very end, each followed by what it shows."""
        return node_id in self.plan.outputs

    def _begin(self, node_id: str) -> list[Told]:
        self._reached.append(node_id)
        return [self._state(), self._told("executing", node=node_id, display_node=node_id)]

    def _advance(self, done: int) -> list[Told]:
        if done <= self._shown[0]:
            return []
        self._shown = done, self._whole
        return [self._told("progress", value=done, max=self._whole, node=self.plan.sampler), self._state()]

    @property
    def _whole(self) -> int:
        return self.plan.total * self.plan.count

    def _state(self, finished: bool = False) -> Told:
        """`progress_state`: every node that has begun, the last of them running."""
        nodes = {}
        for node_id in self._reached:
            over = finished or node_id != self._reached[-1]
            value, most = self._shown if node_id == self.plan.sampler and self._shown[1] else (int(over), 1)
            nodes[node_id] = {
                "value": value,
                "max": most,
                "state": "finished" if over else "running",
                "node_id": node_id,
                "prompt_id": self.plan.prompt_id,
                "display_node_id": node_id,
                "parent_node_id": None,
                "real_node_id": node_id,
            }
        return self._told("progress_state", nodes=nodes)

    def _end(self) -> list[Told]:
        """The last message; a client reads the history when it hears it."""
        self.ended = True
        return [self._told("executing", node=None, display_node=None)]

    def _told(self, type: str, **about: Any) -> Told:
        return {"type": type, "data": {"prompt_id": self.plan.prompt_id, **about}}


def failure(plan: Plan, reached: Sequence[str], code: str, message: str) -> dict[str, Any]:
    """What `execution_error` says besides prompt and time: it was at the node that had begun last."""
    return interruption(plan, reached) | {
        "exception_message": message,
        "exception_type": code,
        "traceback": [],
        "current_inputs": {},
        "current_outputs": [],
    }


def interruption(plan: Plan, reached: Sequence[str]) -> dict[str, Any]:
    """What `execution_interrupted` says besides prompt and time."""
    node = reached[-1] if reached else plan.nodes[0][0]
    return {"node_id": node, "node_type": plan.class_of(node), "executed": list(reached[:-1])}


def status(remaining: int, sid: str | None = None) -> Told:
    """How many prompts of the person wait or run; the first one names the client, too."""
    data: dict[str, Any] = {"status": {"exec_info": {"queue_remaining": remaining}}}
    return {"type": "status", "data": data | ({"sid": sid} if sid is not None else {})}


def _now() -> int:
    return round(time.time() * 1000)
