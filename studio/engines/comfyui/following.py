"""From the events of one prompt to the steps of our job. Pure: knows no network, survives doubled and mixed up events.

A step and its preview come as two messages, in this order or the other: the step waits a moment for its picture.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from studio.engines.comfyui import wire
from studio.engines.comfyui.template import Graph, Template
from studio.job import Stage, Step

# A node's progress is believed up to so many steps.
MOST_STEPS = 100_000
# In which order the stages of a picture come: none is told after a later one.
# What is done while a node runs, by its class; the first that fits.
BY_WORDS: tuple[tuple[re.Pattern[str], Stage], ...] = (
    (re.compile("ddcolor"), "encoder"),
    (re.compile("loader"), "loading"),
    (re.compile("upscale.*model"), "enlarging"),
    (re.compile("samplerselect"), "encoding"),
    (re.compile("sampler"), "denoising"),
    (re.compile("vaedecode"), "decoding"),
    (re.compile("encode"), "encoding"),
)
ORDER: tuple[Stage, ...] = ("waiting", "loading", "encoding", "encoder", "denoising", "enlarging", "decoding")


def stage_of(kind: str) -> Stage | None:
    """What is done while a node of class `kind` runs; None for what takes no time worth telling."""
    name = kind.lower()
    return next((stage for words, stage in BY_WORDS if words.search(name)), None)


@dataclass(frozen=True, slots=True)
class Told:
    """A step of ours, and the file of its preview, not yet decoded."""

    step: Step
    preview: bytes | None = field(default=None, repr=False)


@dataclass
class Follower:
    """Listens to the prompt `prompt` of a graph that makes picture `index` of `count`.

    `ended`: the server has said that it is over; `output` is what the result node gave, `picture` what it sent through
    the socket; `broke` is the error of a node; `interrupted`: somebody ended it.
    """

    template: Template
    graph: Graph
    prompt: str
    index: int = 0
    count: int = 1
    ended: bool = False
    began: bool = False
    interrupted: bool = False
    broke: wire.Broke | None = None
    output: dict[str, Any] | None = None
    picture: bytes | None = field(default=None, repr=False)
    encoded: bool = False  # "encoding" was told already, by whoever has uploaded pictures

    def __post_init__(self) -> None:
        self._node = ""
        self._stage: Stage | None = None
        self._kept: Told | None = None
        self._early: bytes | None = None
        self._done: dict[str, int] = {}
        self._most: dict[str, int] = {}
        for node, each in self.graph.items():
            steps = each["inputs"].get("steps")
            if stage_of(each["class_type"]) == "denoising" and isinstance(steps, int):
                self._most[node] = steps

    @property
    def holding(self) -> bool:
        """Whether a step waits for its preview."""
        return self._kept is not None

    def hear(self, event: wire.Event) -> Iterator[Told]:
        """What is to be told of an event."""
        match event:
            case wire.Shown():
                yield from self._shown(event)
            case wire.AtNode(prompt="") if event.node is not None and not self._node:
                self._node = event.node  # to one who comes back: does not say of which prompt
            case _ if event.prompt != self.prompt:
                return
            case wire.Progressed():
                yield from self._progressed(event)
            case _:
                yield from self.flush()
                yield from self._moved(event)

    def flush(self) -> Iterator[Told]:
        """The step that waited for its preview."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            yield kept

    def _moved(self, event: wire.Event) -> Iterator[Told]:
        match event:
            case wire.Began():
                self.began = True
            case wire.AtNode(node=None) | wire.Succeeded():
                self.ended = True
            case wire.AtNode(node=str(node)):
                self.began, self._node = True, node
                yield from self._entered(node)
            case wire.Result(node=node, output=output) if node == self.template.result:
                self.output = output
            case wire.Interrupted():
                self.interrupted = self.ended = True
            case wire.Broke():
                self.broke, self.ended = event, True

    def _entered(self, node: str) -> Iterator[Told]:
        kind = self.graph.get(node, {}).get("class_type", "")
        stage = stage_of(kind)
        if stage is None or not self._goes_on(stage) or stage == self._stage or (stage == "encoding" and self.encoded):
            return
        self._stage = stage
        self.encoded = self.encoded or stage == "encoding"
        yield Told(self._step(stage))

    def _goes_on(self, stage: Stage) -> bool:
        return self._stage is None or ORDER.index(stage) >= ORDER.index(self._stage)

    def _progressed(self, event: wire.Progressed) -> Iterator[Told]:
        node, value, most = event.node, event.value, event.most
        stage = stage_of(self.graph.get(node, {}).get("class_type", ""))
        if stage not in ("denoising", "enlarging") or not 0 < value <= most <= MOST_STEPS or not self._goes_on(stage):
            return
        if value <= self._done.get(node, 0):
            return  # known already: said twice, or overtaken
        yield from self.flush()
        if stage != self._stage:
            self._stage = stage
            yield Told(self._step(stage))
        self._done[node], self._most[node] = value, most
        if stage == "denoising":
            mine = [each for each in self._most if stage_of(self.graph[each]["class_type"]) == "denoising"]
            value, most = sum(self._done.get(each, 0) for each in mine), sum(self._most[each] for each in mine)
        told = Told(replace(self._step(stage), step=value, total=most), self._early)
        self._early = None
        if told.preview is not None:
            yield told
        else:
            self._kept = told

    def _shown(self, event: wire.Shown) -> Iterator[Told]:
        if event.prompt not in ("", self.prompt):
            return
        if self._is_result(event):
            self.picture = event.data
        elif self._kept is not None:
            told, self._kept = replace(self._kept, preview=event.data), None
            yield told
        elif self._stage in (None, "waiting", "loading", "encoding", "denoising"):
            self._early = event.data

    def _is_result(self, event: wire.Shown) -> bool:
        """A preview is a JPEG, the picture itself a PNG, and sometimes nobody says which node sends it."""
        if not self.template.by_socket:
            return False
        node = event.node or self._node
        return node == self.template.result or (not event.node and event.media_type == "image/png")

    def _step(self, stage: Stage) -> Step:
        return Step(stage, index=self.index, count=self.count)
