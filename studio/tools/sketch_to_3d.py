"""A shape in space from a drawing: without any model by geometry alone, or by a model or a server that makes shapes."""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from studio.engines import samplers
from studio.models import Model
from studio.tools.base import PROMPT_LOOK, SEED_MAX, Decimal, PromptField, SeedField, Tool, ToolForm, WholeNumber
from studio.tools.fields import Choice
from studio.tools.first import First
from studio.words.errors import Refused

# Families that need no model: studio/engines/solid. Any other makes a shape of words or of a picture by itself.
GEOMETRY = {"plain"}
# Of those, the ones that know words and nothing else.
WORDS = {"shap_e"}

# The one that sees how near everything in a picture is: it makes reliefs.
DEPTH = "depth"

WAYS = [("solid", _("A round body")), ("relief", _("A relief"))]
TEXTURES = [("drawing", _("The drawing itself")), ("picture", _("A picture painted from it first"))]
RAISED = [("auto", _("As it suits")), ("light", _("What is light")), ("dark", _("What is dark"))]
ADVANCED = {"advanced": True}
# The tool by which a picture of the drawing is painted first.
PAINTER = "sketch_to_image"
# Fields that mean something in one way only are told by what they are about: the panel shows all of them.
FINE = ADVANCED | {"step": 0.05}


class SketchTo3DForm(ToolForm):
    """`way` "solid" fills closed outlines and rounds them, "relief" raises the picture by its brightness. `raised`:
    what of it stands out; "auto" are the lines of a drawing, and what is light of a painting.

    `texture`: what lies on it; with "picture", and no input `image`, a picture is painted from the drawing first, by
    the prompt (studio/commands/firsts.py). `thickness` 1 is as deep as wide; `roundness` 0 leaves the front flat;
    `size` is the longest side in metres, `triangles` roughly how many.
    """

    field_order = [
        *("prompt", "way", "texture", "thickness", "roundness", "steps", "guidance_scale", "size", "raised"),
        *("smoothness", "triangles", "seed"),
    ]

    prompt = PromptField(required=False, label=_("Prompt"), look=PROMPT_LOOK)
    way = Choice(choices=WAYS, initial="solid", label=_("What to make"))
    texture = Choice(
        choices=TEXTURES,
        initial="drawing",
        label=_("What lies on it"),
        help_text=_("A picture painted from it first follows the prompt: two steps, one after the other."),
    )
    thickness = Decimal(min_value=0.1, max_value=1.5, initial=0.6, label=_("Thickness"), look={"step": 0.05})
    roundness = Decimal(
        min_value=0,
        max_value=1,
        initial=0.8,
        label=_("Roundness"),
        help_text=_("0 makes it flat like a biscuit, 1 round like a balloon."),
        look={"step": 0.05},
    )
    steps = WholeNumber(min_value=1, max_value=200, initial=64, label=_("Steps"), look={"step": 1})
    guidance_scale = Decimal(min_value=0, max_value=30, initial=12.0, label=_("Guidance scale"), look={"step": 0.5})
    size = Decimal(
        min_value=0.01, max_value=100, initial=1.0, label=_("Longest side in metres"), look=ADVANCED | {"step": 0.1}
    )
    raised = Choice(choices=RAISED, initial="auto", label=_("What stands out of a relief"), look=ADVANCED)
    smoothness = Decimal(min_value=0, max_value=1, initial=0.3, label=_("Smoothness"), look=FINE)
    triangles = WholeNumber(
        min_value=2000,
        max_value=100_000,
        initial=20_000,
        label=_("Triangles"),
        help_text=_("About so many. More keep finer lines and make larger files."),
        look=ADVANCED | {"step": 1000},
    )
    seed = SeedField(min_value=0, max_value=SEED_MAX, required=False, label=_("Seed"), look={"personal": True})

    # What means something only without a model, and only with one. What a model takes no notice of besides its row
    # says (Model.unused).
    OF_GEOMETRY = ("way", "texture", "thickness", "roundness", "raised", "smoothness", "triangles")
    OF_STEPS = ("steps", "guidance_scale")

    def __init__(self, params: dict[str, Any], model: Model) -> None:
        super().__init__(params, model)
        gone: tuple[str, ...] = self.OF_STEPS if model.family in GEOMETRY else self.OF_GEOMETRY
        if model.family == DEPTH:
            gone = (*self.OF_STEPS, "way", "roundness", "raised")
        for name in gone:
            del self.fields[name]
        if "texture" in self.fields and not _painters():
            self.fields["texture"].choices = TEXTURES[:1]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        # What every generation has: one shape.
        cleaned = super().clean() | {"count": 1}
        return cleaned | ({"seed": cleaned.get("seed") or 0} if self.model.family in GEOMETRY | {DEPTH} else {})


class SketchTo3D(Tool):
    name = "sketch_to_3d"
    title = _("Sketch to 3D")
    icon = "box"
    hint = _("Your drawing becomes a shape that can be turned")
    takes = ("sketch", "image")
    # The picture that lies on it is one that was painted from the drawing, nothing of the board.
    sources = Tool.sources | {"image": "given"}
    makes = "model"
    counts_pixels = True
    form_class = SketchTo3DForm

    def note(self, model: Model, others: Collection[Model]) -> str | Promise:
        if model.family in WORDS:
            return _("This model makes a shape of your words, step by step. It does not look at the drawing.")
        if model.family == DEPTH:
            return _("This model sees how near everything in the picture is, and a relief is made of that.")
        if model.family not in GEOMETRY:
            return _("A model for shapes looks at the drawing and thinks up its back and its sides.")
        if others:
            return _(
                "Made here at once, by geometry alone: closed outlines are filled and rounded, open strokes become "
                "tubes. The other models think up the back and the sides as well."
            )
        return _(
            "Made by geometry alone: closed outlines are filled and rounded, open strokes become tubes. No model for "
            "shapes is installed here; an administrator can add Shap-E or a server that makes shapes of pictures."
        )

    def asks(self, model: Model) -> tuple[str, ...]:
        return () if model.family in WORDS else ("sketch",)

    def fitted(self, params: dict[str, Any], given: Mapping[str, tuple[int, int]], model: Model) -> dict[str, Any]:
        """Raises Refused for nothing to begin with: "words_required", or "input_required" without a drawing (or, with a
        model, a picture)."""
        if model.family in WORDS:
            if not str(params.get("prompt") or "").strip():
                raise Refused("words_required")
        elif not ({"sketch"} if model.family in GEOMETRY | {DEPTH} else {"sketch", "image"}) & given.keys():
            raise Refused("input_required")
        return params

    def first(self, params: dict[str, Any], given: Collection[str]) -> First | None:
        """The picture that shall lie on it, where none was given."""
        if params.get("texture") != "picture" or "image" in given:
            return None
        return First(PAINTER, {"prompt": params.get("prompt") or ""}, "image")

    def effort(self, params: dict[str, Any]) -> float:
        """Shapes of a usual number of triangles, or the steps of a network."""
        if "steps" in params:
            return float(params["steps"])
        return 0.5 + float(params.get("triangles") or 20_000) / 40_000

    def real_steps(self, params: dict[str, Any]) -> int:
        return samplers.calls("", int(params["steps"])) if "steps" in params else 0


def _painters() -> bool:
    """Whether some model here can paint the picture of a drawing."""
    known = Model.objects.filter(enabled=True).values_list("tools", flat=True)
    return any(PAINTER in names for names in known)
