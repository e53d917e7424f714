"""The matrix of exactness: every way to a picture × sampler × guidance × company, against the stock pipeline alone.

A new tool is one more entry in WAYS. `make exact` measures all of it, the tests a selection that holds every pair.
"""

from collections.abc import Callable, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from pathlib import Path
from typing import Any, NamedTuple

from studio.engines.local import tiny
from studio.engines.local.loading import key_of
from studio.engines.samplers import NAMES
from studio.job import Job, ModelRef, Output
from tests.studio.engines.driven import difference, stock, together
from tests.studio.engines.photos import FORM, mask, photo
from tests.studio.engines.sketches import drawing

# Levels of 255 by which a picture made in company may differ from the one made alone.
MOST = 2


@dataclass(frozen=True, slots=True)
class Way:
    """A tool with the inputs that lead it to one pipeline. `models` are the roles of those that go that way; its own
    cells are measured on the first, on the others it keeps company."""

    tool: str
    models: tuple[str, ...] = ("plain", "control")
    inputs: Callable[[], Mapping[str, bytes]] = dict
    params: Mapping[str, Any] = field(default_factory=dict)


WAYS: dict[str, Way] = {
    "text": Way("text_to_image"),
    "sketch": Way("sketch_to_image", ("plain",), lambda: {"sketch": drawing("house", colour=True)}),
    "sketch, lines": Way("sketch_to_image", ("control",), lambda: {"sketch": drawing("house")}),
    "sketch, lines and colours": Way(
        "sketch_to_image", ("control",), lambda: {"sketch": drawing("house", colour=True)}
    ),
    "picture": Way("image_to_image", inputs=lambda: {"image": photo(96, 64)}, params=FORM),
    "part of a picture": Way("inpaint", inputs=lambda: {"image": photo(), "mask": mask()}, params=FORM),
    "beyond a picture": Way("outpaint", inputs=lambda: {"image": photo(96, 64)}, params=FORM),
    # Models with 9 channels are shown mask and picture beside the latents; SDXL has two text encoders and more to tell.
    "part, shown": Way("inpaint", ("inpainting",), lambda: {"image": photo(), "mask": mask()}, FORM),
    "beyond, shown": Way("outpaint", ("inpainting",), lambda: {"image": photo(96, 64)}, FORM),
    "SDXL text": Way("text_to_image", ("xl",)),
    "SDXL sketch": Way("sketch_to_image", ("xl",), lambda: {"sketch": drawing("house", colour=True)}),
    "SDXL part": Way("inpaint", ("xl",), lambda: {"image": photo(), "mask": mask()}, FORM),
    "SDXL part, shown": Way("inpaint", ("xl-inpainting",), lambda: {"image": photo(), "mask": mask()}, FORM),
}
SAMPLERS = ("", *NAMES)
PEOPLE = (1, 2, 5)

# The turn of the loop at which they join, and all that may differ from row to row. The first is the one in question.
Person = tuple[int, dict[str, Any]]
SUBJECT: Person = (1, {"steps": 7, "guidance_scale": 4.5, "strength": 0.7, "seed": 11, "prompt": "a red house"})
COMPANY: tuple[Person, ...] = (
    (0, {"steps": 9, "guidance_scale": 7.5, "strength": 0.8, "seed": 4, "prompt": "a boat at sea"}),
    (0, {"steps": 4, "guidance_scale": 1.0, "strength": 1.0, "seed": 5, "negative_prompt": "dog"}),
    (3, {"steps": 6, "guidance_scale": 2.0, "strength": 0.45, "seed": 6, "prompt": "一棵树"}),
    (5, {"steps": 5, "guidance_scale": 12.0, "strength": 0.6, "seed": 11, "prompt": "a red house", "count": 2}),
)


class Cell(NamedTuple):
    """One combination. `people` share the steps, and the others go other ways by other samplers."""

    way: str
    sampler: str
    guided: bool
    people: int

    def __str__(self) -> str:
        guidance = "guided" if self.guided else "free"
        return f"{self.way}-{self.sampler or 'own'}-{guidance}-{self.people}".replace(", ", "+").replace(" ", "_")


CELLS = [Cell(*values) for values in product(WAYS, SAMPLERS, (True, False), PEOPLE)]


def tiny_models(folder: Path) -> dict[str, ModelRef]:
    """Random models for every role, written into `folder`."""
    shapes: dict[str, tiny.Shape] = {"inpainting": "inpaint", "xl": "xl", "xl-inpainting": "xl-inpaint"}
    for role, shape in shapes.items():
        tiny.write(folder / role, shape=shape)
    tiny.write(folder / "plain", controlnet=True)
    special = {role: ModelRef(role, "sd" if role == "inpainting" else "sdxl", str(folder / role)) for role in shapes}
    return two_roles(folder / "plain") | special


def two_roles(folder: Path) -> dict[str, ModelRef]:
    """The model in `folder` with its ControlNet and without."""
    plain = ModelRef(folder.name, "sd", str(folder))
    parts = {"controlnet_scribble": str(folder / tiny.CONTROL_FOLDER)}
    return {"plain": plain, "control": replace(plain, parts=parts)}


def pairwise(cells: Iterable[Cell], *, but: Container[tuple[str, str]] = ()) -> list[Cell]:
    """Some of `cells` in which every pair of values of two factors still meets: greedy, the most new pairs first.

    Pairs of the factors that `but` names need not meet.
    """
    pairs = {
        cell: {
            ((one, a), (two, b))
            for (one, a), (two, b) in combinations(cell._asdict().items(), 2)
            if (one, two) not in but
        }
        for cell in cells
    }
    open_pairs, chosen = set().union(*pairs.values()), []
    while open_pairs:
        best = max(pairs, key=lambda cell: len(pairs[cell] & open_pairs))
        chosen.append(best)
        open_pairs -= pairs[best]
    return chosen


class Matrix:
    """Measures cells on models by role; pictures are `side` pixels wide and high."""

    def __init__(self, models: Mapping[str, ModelRef], side: int) -> None:
        self.models = models
        self.side = side
        self._made: dict[Hashable, list[Output]] = {}
        self.ways = [name for name, way in WAYS.items() if way.models[0] in models]
        self.cells = [cell for cell in CELLS if cell.way in self.ways]

    def difference(self, cell: Cell) -> int:
        """The largest difference of any picture of the company from the stock pipeline's, in levels of 255."""
        role = WAYS[cell.way].models[0]
        guidance = {} if cell.guided else {"guidance_scale": 1.0}
        jobs = [(SUBJECT[0], self._job(role, cell.way, SUBJECT[1] | {"sampler": cell.sampler} | guidance))]
        fitting = [name for name, way in WAYS.items() if role in way.models]
        start = CELLS.index(cell)
        for at, (turn, params) in enumerate(COMPANY[: cell.people - 1], start):
            sampler = SAMPLERS[at % len(SAMPLERS)]
            jobs.append((turn, self._job(role, fitting[at % len(fitting)], params | {"sampler": sampler})))
        made, _most = together(jobs)
        return max(difference(outputs, self._stock(job)) for (_turn, job), outputs in zip(jobs, made, strict=True))

    def _job(self, role: str, name: str, params: Mapping[str, Any]) -> Job:
        way = WAYS[name]
        common = {
            "prompt": "",
            "negative_prompt": "",
            "count": 1,
            "width": self.side,
            "height": self.side,
        }
        return Job("exact", way.tool, {**common, **way.params, **params}, way.inputs(), self.models[role])

    def _stock(self, job: Job) -> list[Output]:
        # The same companions are in many cells: each is made by the stock pipeline once.
        key = key_of(job.model), job.tool, repr(sorted(job.params.items())), tuple(sorted(job.inputs.items()))
        if key not in self._made:
            self._made[key] = stock(job)
        return self._made[key]
