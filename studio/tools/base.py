"""What a tool is: a name, what it needs and makes, and one Django form: its panel, its check and its recipe."""

import unicodedata
from collections.abc import Collection, Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from studio.engines import prompts, samplers
from studio.models import Model
from studio.tools.first import First
from studio.tools.looks import Shown
from studio.tools.loras import LorasField
from studio.words.errors import Refused

# The largest integer that every JSON reader keeps exact (RFC 8259 §6).
SEED_MAX = 2**53 - 1
# Embeddings and overrides of the direction of writing. Isolates and single marks stay: Arabic and Hebrew need them.
TURNING = set("\u202a\u202b\u202c\u202d\u202e")
# What every generation has: sent again to a tool that has no use for it, it means nothing.
EVERY = {"count", "seed", "loras"}
PROMPT_LOOK = {"personal": True, "placeholder": _("What should it be?")}
NEGATIVE_LOOK = {"personal": True, "advanced": True, "placeholder": _("What should not be in it?")}


def is_writable(text: str) -> bool:
    """Whether `text` has nothing that controls instead of saying: no control characters, no halves of surrogates, none
    of the marks that turn the direction of what stands around them (they make words read otherwise than they are)."""
    unwanted = ("Cc", "Cs")
    return not any(unicodedata.category(c) in unwanted and c not in "\n\t\r" for c in text) and not (
        TURNING & set(text)
    )


class PromptField(Shown, forms.CharField):
    """Text for the model: NFC, no control characters, at most PROMPT_MAX characters, no weight above 10."""

    kind = "text"

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=settings.PROMPT_MAX, widget=forms.Textarea, **options)

    def to_python(self, value: Any) -> str:
        if value is not None and not isinstance(value, str):
            raise ValidationError(_("This must be text."), code="invalid")
        cleaned = unicodedata.normalize("NFC", super().to_python(value) or "")
        if not is_writable(cleaned):
            raise ValidationError(_("This text has characters that cannot be used."), code="invalid")
        if prompts.heaviest(cleaned) > prompts.HEAVIEST:
            raise ValidationError(_("A weight in this text is above %(limit)s."), "weight", {"limit": "10"})
        return cleaned


class NumberMixin(Shown):
    """JSON has numbers: `"12"`, `true` and `[12]` are not numbers, whatever a web form would make of them."""

    kind = "number"

    def to_python(self, value: Any) -> Any:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise ValidationError(_("This must be a number."), code="invalid")
        return super().to_python(value)  # type: ignore[misc]


class WholeNumber(NumberMixin, forms.IntegerField):
    """An integer from `min_value` to `max_value`."""


class Decimal(NumberMixin, forms.FloatField):
    """A finite number from `min_value` to `max_value`."""


class SeedField(WholeNumber):
    """Where the chance begins; a fresh one each time unless it is given."""

    kind = "seed"


class WidthField(WholeNumber):
    """A picture's width. The panel shows it and the field `height` as one size."""

    kind = "size"


class SamplerField(Shown, forms.ChoiceField):
    """One of the samplers by name; empty for the model's own."""

    kind = "choice"

    def __init__(self) -> None:
        super().__init__(
            required=False,
            label=_("Sampler"),
            choices=[(name, name) for name in samplers.NAMES],
            error_messages={"invalid_choice": _("There is no such sampler.")},
        )


class ToolForm(forms.Form):
    """A tool's parameters. A missing one takes the model's default, an unknown one is an error."""

    def __init__(self, params: dict[str, Any], model: Model) -> None:
        known = {name: params[name] for name in self.base_fields if name in params}
        super().__init__(self.defaults(model) | {k: v for k, v in known.items() if v is not None})
        self.unknown = sorted(set(params) - set(self.base_fields) - EVERY)
        self.model = model

    def offered(self, name: str) -> list[tuple[Any, Any]]:
        """What the panel offers for a field of kind "choice", with its words; fewer than two: it is not shown."""
        return list(getattr(self.fields[name], "choices", ()))

    @classmethod
    def defaults(cls, model: Model) -> dict[str, Any]:
        """What a parameter is when it is not given."""
        common = {"steps": 20, "guidance_scale": 7.5, "strength": 0.75, "width": 512, "height": 512, "count": 1}
        own = {name: field.initial for name, field in cls.base_fields.items() if field.initial is not None}
        return {k: v for k, v in (common | own | model.defaults).items() if k in cls.base_fields}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in self.unknown:
            self.add_error(None, ValidationError(_("Unknown parameter: %(name)s"), "unknown", {"name": name[:40]}))
        return cleaned


class ImageForm(ToolForm):
    """The parameters every tool shares that lets a model make pictures. `upscale` 2: twice as large at the end."""

    # The order in the panel; a tool's own fields follow.
    field_order = [
        *("prompt", "negative_prompt", "width", "height", "steps", "sampler", "loras", "guidance_scale", "strength"),
        *("count", "seed"),
    ]

    prompt = PromptField(required=False, label=_("Prompt"), look=PROMPT_LOOK)
    negative_prompt = PromptField(required=False, label=_("What to avoid"), look=NEGATIVE_LOOK)
    steps = WholeNumber(
        min_value=1,
        max_value=100,
        label=_("Steps"),
        help_text=_("More steps, more detail, more time."),
        look={"step": 1},
    )
    guidance_scale = Decimal(
        min_value=0,
        max_value=30,
        label=_("Guidance scale"),
        help_text=_("How closely it follows the prompt."),
        look={"step": 0.5},
    )
    sampler = SamplerField()
    loras = LorasField()
    seed = SeedField(min_value=0, max_value=SEED_MAX, required=False, label=_("Seed"), look={"personal": True})
    count = WholeNumber(
        min_value=1, max_value=settings.MAX_OUTPUTS, label=_("Number of images"), look={"personal": True, "step": 1}
    )
    width = WidthField(min_value=64, step_size=8, label=_("Size"))
    height = WholeNumber(min_value=64, step_size=8, label=_("Height"), shown=False)
    upscale = WholeNumber(
        min_value=1, max_value=2, initial=1, label=_("Enlarge"), kind="choice", look={"advanced": True}
    )

    def offered(self, name: str) -> list[tuple[Any, Any]]:
        if name == "sampler":
            names = samplers.offered(self.model.family)
            return [("", _("The model's own")), *((name, name) for name in names)] if names else []
        if name == "upscale":
            return [(1, "1 ×"), (2, "2 ×")] if can_enlarge(self.model) else []
        return super().offered(name)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for side in ("width", "height"):
            if (cleaned.get(side) or 0) > self.model.max_side:
                limit = ValidationError(_("At most %(limit)s."), "max_value", {"limit": self.model.max_side})
                self.add_error(side, limit)
        if (cleaned.get("upscale") or 1) > 1 and not can_enlarge(self.model):
            self.add_error("upscale", ValidationError(_("This model cannot do that."), "max_value"))
        self._check_sampler(cleaned)
        self._take_loras(cleaned)
        return cleaned

    def _take_loras(self, cleaned: dict[str, Any]) -> None:
        """`<lora:name:0.8>` in a prompt means the same as an entry of the list."""
        prompt, found = prompts.take_loras(cleaned.get("prompt") or "")
        if found and "loras" in cleaned:
            cleaned["prompt"] = prompt
            try:
                cleaned["loras"] = LorasField().clean([*cleaned["loras"], *found])
            except ValidationError as error:
                self.add_error("loras", error)

    def _check_sampler(self, cleaned: dict[str, Any]) -> None:
        name = cleaned.get("sampler") or ""
        if name and name not in samplers.offered(self.model.family):
            self.add_error("sampler", ValidationError(_("This model has a sampler of its own."), "invalid_choice"))
        most = samplers.MOST_STEPS.get(name)
        if most and (cleaned.get("steps") or 0) > most:
            self.add_error("steps", ValidationError(_("At most %(limit)s."), "max_value", {"limit": most}))


class Tool:
    """A thing a person can make. Subclass it in a file of its own and name that in settings TOOLS."""

    name: ClassVar[str]
    title: ClassVar[str | Promise]
    icon: ClassVar[str]
    # Roles of the inputs it must have, e.g. ("sketch",); the engine receives their bytes by role.
    needs: ClassVar[tuple[str, ...]] = ()
    # Roles that may be given besides.
    takes: ClassVar[tuple[str, ...]] = ()
    # Those whose grey pictures may have 16 bits a level; all others come with 8.
    deep: ClassVar[tuple[str, ...]] = ()
    # What of the board each of them is: "drawing", "picture" (on its paper), "cutout" (empty parts stay transparent),
    # "mask", "photo" (as it was sent in), "hints". See static/js/studio/panels/inputs.js.
    sources: ClassVar[dict[str, str]] = {"sketch": "drawing", "image": "picture", "mask": "mask", "hints": "hints"}
    # What it makes of the board, in words, and the state of the board that leads to it by itself: "empty", "drawn",
    # "masked"; "" leaves it to the person.
    hint: ClassVar[str | Promise] = ""
    when: ClassVar[str] = ""
    makes: ClassVar[str] = "image"
    queue: ClassVar[str] = "gpu"
    # Whether it is made on the studio's board. Others have a page of their own.
    on_board: ClassVar[bool] = True
    # Whether it makes sense for many photos at once, of which it needs nothing but each itself.
    many: ClassVar[bool] = False
    # Whether `effort` counts the pixels as well, so that works of all sizes can be compared.
    counts_pixels: ClassVar[bool] = False
    form_class: ClassVar[type[ToolForm]] = ImageForm

    def clean(self, params: dict[str, Any], model: Model) -> dict[str, Any]:
        """The checked parameters, every one of them set except `seed`, which may be None (drawn by the caller).

        Raises Refused("invalid") whose `fields` name each bad parameter with a code and a sentence.
        """
        form = self.form_class(params, model)
        if form.is_valid():
            return form.cleaned_data
        fields = {
            ("params" if name == "__all__" else name): {"code": e.code or "invalid", "message": _sentence(e)}
            for name, errors in form.errors.as_data().items()
            for e in errors[:1]
        }
        raise Refused("invalid", fields=fields)

    def asks(self, model: Model) -> tuple[str, ...]:
        """Roles of `takes` without which `model` can do nothing."""
        return ()

    def note(self, model: Model, others: Collection[Model]) -> str | Promise:
        """In words for the panel: how `model` does it, and what the `others` that have the tool are for."""
        return ""

    def fitted(self, params: dict[str, Any], given: Mapping[str, tuple[int, int]], model: Model) -> dict[str, Any]:
        """`params` with what follows from the inputs that were `given`: their sizes (width, height) by role.

        Raises Refused where they do not suit.
        """
        return params

    def places(self, params: dict[str, Any]) -> set[UUID]:
        """The works whose models the engine is given as well, as inputs by their ids (studio/files/placing.py)."""
        return set()

    def first(self, params: dict[str, Any], given: Collection[str]) -> First | None:
        """What has to be made first, by these parameters and inputs (roles); None: nothing."""
        return None

    def effort(self, params: dict[str, Any]) -> float:
        """How much work it is, against others of this tool: steps of all pictures, for those of one size."""
        return float(self.real_steps(params) * int(params.get("count") or 1))

    def one_of(self, params: dict[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters that make one picture of a generation again, of which the recipe tells `facts`."""
        return params | {"count": 1}

    def real_steps(self, params: dict[str, Any]) -> int:
        """How many denoising steps one picture really takes."""
        return samplers.calls(params.get("sampler", ""), int(params["steps"]))


def can_enlarge(model: Model) -> bool:
    """Whether the model has a part that makes pictures larger."""
    return bool(model.parts.get("upscaler"))


def _sentence(error: ValidationError) -> str:
    return " ".join(error.messages)
