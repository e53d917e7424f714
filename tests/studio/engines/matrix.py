"""The matrix of exactness: every way to a picture × sampler × guidance × company, against the stock pipeline alone.

A new tool is one more entry in WAYS. `make exact` measures all of it, the tests a selection that holds every pair.
"""

from collections.abc import Callable, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from pathlib import Path
from typing import Any, NamedTuple

import torch

from studio.engines.local import tiny
from studio.engines.local.loading import key_of
from studio.engines.samplers import NAMES
from studio.job import AdapterRef, Job, ModelRef, Output
from tests.studio.engines.driven import CPU, difference, loaded, stock, together
from tests.studio.engines.lora_files import EVERYTHING, write_embedding, write_lora
from tests.studio.engines.photos import FORM, mask, photo
from tests.studio.engines.sketches import drawing

# Levels of 255 by which a picture made in company may differ from the one made alone.
MOST = 2


@dataclass(frozen=True, slots=True)
class Way:
    """A tool with the inputs that lead it to one pipeline. `models` are the roles of those that go that way; its own
    cells are measured on the first, on the others it keeps company. `words` come after everybody's own, `wears` are the
    adapters by their names in tiny_adapters."""

    tool: str
    models: tuple[str, ...] = ("plain", "control")
    inputs: Callable[[], Mapping[str, bytes]] = dict
    params: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""
    wears: tuple[str, ...] = ()


def house() -> Mapping[str, bytes]:
    """A drawing in colour: on a ControlNet its lines lead, over its colours."""
    return {"sketch": drawing("house", colour=True)}


def pencil() -> Mapping[str, bytes]:
    """A drawing of lines alone."""
    return {"sketch": drawing("house")}


def part() -> Mapping[str, bytes]:
    """A picture, and what of it is made anew."""
    return {"image": photo(), "mask": mask()}


def wide() -> Mapping[str, bytes]:
    """A picture of another shape."""
    return {"image": photo(96, 64)}


WAYS: dict[str, Way] = {
    "text": Way("text_to_image"),
    "sketch": Way("sketch_to_image", ("plain",), house),
    "sketch, lines": Way("sketch_to_image", ("control",), pencil),
    "sketch, lines and colours": Way("sketch_to_image", ("control",), house),
    "picture": Way("image_to_image", inputs=wide, params=FORM),
    "part of a picture": Way("inpaint", inputs=part, params=FORM),
    "beyond a picture": Way("outpaint", inputs=wide, params=FORM),
    # Models with 9 channels are shown mask and picture beside the latents; SDXL has two text encoders and more to tell.
    "part, shown": Way("inpaint", ("inpainting",), part, FORM),
    "beyond, shown": Way("outpaint", ("inpainting",), wide, FORM),
    "SDXL text": Way("text_to_image", ("xl", "xl-control")),
    "SDXL sketch": Way("sketch_to_image", ("xl",), house),
    "SDXL lines": Way("sketch_to_image", ("xl-control",), pencil),
    "SDXL lines and colours": Way("sketch_to_image", ("xl-control",), house),
    "SDXL picture": Way("image_to_image", ("xl", "xl-control"), wide, FORM),
    "SDXL part": Way("inpaint", ("xl",), part, FORM),
    "SDXL beyond": Way("outpaint", ("xl",), wide, FORM),
    "SDXL part, shown": Way("inpaint", ("xl-inpainting",), part, FORM),
    # Models that answer with the velocity, and those distilled for few steps, with or without a place for the guidance.
    "v-prediction text": Way("text_to_image", ("velocity",)),
    "v-prediction part": Way("inpaint", ("velocity",), part, FORM),
    "turbo text": Way("text_to_image", ("turbo",)),
    "LCM text": Way("text_to_image", ("lcm",)),
    "LCM sketch": Way("sketch_to_image", ("lcm",), house),
    # What people add to a model, and prompts that it does not read at once.
    "LoRAs": Way("text_to_image", ("plain",), wears=("ink", "clay")),
    "SDXL LoRA": Way("text_to_image", ("xl",), wears=("xl-ink",)),
    "embedding": Way("text_to_image", ("plain",), words=", a <cat-toy>", wears=("cat",)),
    "long words": Way("text_to_image", ("plain",), words=", near a (small:1.3) tree BREAK a boat on the sea"),
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


# Roles that are a model of their own shape (tiny.py), with their family.
SHAPED: Mapping[str, tuple[tiny.Shape, str]] = {
    "inpainting": ("inpaint", "sd"),
    "velocity": ("sd2", "sd"),
    "turbo": ("turbo", "sd"),
    "lcm": ("lcm", "sd"),
    "xl-inpainting": ("xl-inpaint", "sdxl"),
}


def tiny_models(folder: Path) -> dict[str, ModelRef]:
    """Random models for every role, written into `folder`."""
    for role, (shape, _family) in SHAPED.items():
        tiny.write(folder / role, shape=shape)
    tiny.write(folder / "plain", controlnet=True)
    tiny.write(folder / "xl", shape="xl", controlnet=True)
    special = {role: ModelRef(role, family, str(folder / role)) for role, (_shape, family) in SHAPED.items()}
    large = two_roles(folder / "xl", "sdxl")
    return two_roles(folder / "plain") | special | {"xl": large["plain"], "xl-control": large["control"]}


def tiny_adapters(folder: Path, models: Mapping[str, ModelRef]) -> dict[str, AdapterRef]:
    """LoRAs and an embedding with random numbers for those models, written into `folder`, by their names."""
    plain, large = (loaded(models[role]).parts for role in ("plain", "xl"))
    both = {name: plain[name] for name in ("unet", "text_encoder")}
    three = {name: large[name] for name in ("unet", "text_encoder", "text_encoder_2")}
    files = {
        "ink": write_lora(folder / "ink.safetensors", both, seed=1),
        "clay": write_lora(
            folder / "clay.safetensors", {"unet": plain["unet"]}, layout="kohya", layers=EVERYTHING, strength=0.2
        ),
        "xl-ink": write_lora(folder / "xl-ink.safetensors", three, layout="kohya", strength=0.2),
    }
    loras = {name: AdapterRef(name, "lora", str(file), 0.7) for name, file in files.items()}
    cat = write_embedding(folder / "cat.safetensors", (tiny.TEXT_WIDTH,), vectors=2)
    return loras | {"cat": AdapterRef("cat", "embedding", str(cat), token="<cat-toy>")}


def two_roles(folder: Path, family: str = "sd") -> dict[str, ModelRef]:
    """The model in `folder` with its ControlNet and without."""
    plain = ModelRef(folder.name, family, str(folder))
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
    """Measures cells on models by role; pictures are `side` pixels wide and high. Ways whose model or adapters are not
    given are left out."""

    def __init__(
        self,
        models: Mapping[str, ModelRef],
        side: int,
        adapters: Mapping[str, AdapterRef] | None = None,
        device: torch.device = CPU,
    ) -> None:
        self.models = models
        self.side = side
        self.adapters = adapters or {}
        self.device = device
        self._made: dict[Hashable, list[Output]] = {}
        worn = self.adapters.keys()
        self.ways = [name for name, way in WAYS.items() if way.models[0] in models and worn >= {*way.wears}]
        self.cells = [cell for cell in CELLS if cell.way in self.ways]

    def difference(self, cell: Cell) -> int:
        """The largest difference of any picture of the company from the stock pipeline's, in levels of 255."""
        return max(difference(made, stock) for made, stock in self.pictures(cell))

    def pictures(self, cell: Cell) -> list[tuple[list[Output], list[Output]]]:
        """The pictures of each of the company, and the stock pipeline's."""
        role = WAYS[cell.way].models[0]
        guidance = {} if cell.guided else {"guidance_scale": 1.0}
        jobs = [(SUBJECT[0], self._job(role, cell.way, SUBJECT[1] | {"sampler": cell.sampler} | guidance))]
        fitting = [name for name in self.ways if role in WAYS[name].models]
        start = CELLS.index(cell)
        for at, (turn, params) in enumerate(COMPANY[: cell.people - 1], start):
            sampler = SAMPLERS[at % len(SAMPLERS)]
            jobs.append((turn, self._job(role, fitting[at % len(fitting)], params | {"sampler": sampler})))
        made, _most = together(jobs, self.device)
        return [(outputs, self._stock(job)) for (_turn, job), outputs in zip(jobs, made, strict=True)]

    def _job(self, role: str, name: str, params: Mapping[str, Any]) -> Job:
        way = WAYS[name]
        common = {
            "prompt": "",
            "negative_prompt": "",
            "count": 1,
            "width": self.side,
            "height": self.side,
        }
        asked = {**common, **way.params, **params}
        asked["prompt"] += way.words
        worn = tuple(self.adapters[name] for name in way.wears)
        return Job("exact", way.tool, asked, way.inputs(), self.models[role], adapters=worn)

    def _stock(self, job: Job) -> list[Output]:
        # The same companions are in many cells: each is made by the stock pipeline once.
        asked = repr(sorted(job.params.items()))
        key = key_of(job.model), job.tool, asked, tuple(sorted(job.inputs.items())), job.adapters
        if key not in self._made:
            self._made[key] = stock(job, self.device)
        return self._made[key]
