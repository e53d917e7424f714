"""A 3D scene that a chat model writes as code, from words, a drawing, or another scene that is to be changed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from studio.models import Model
from studio.tools.base import PROMPT_LOOK, PromptField, Tool, ToolForm, is_writable
from studio.tools.looks import Shown
from studio.words.errors import Refused

ERROR_MOST = 1000


class WorkField(Shown, forms.CharField):
    """The id of a work, or nothing."""

    kind = "text"

    def to_python(self, value: Any) -> str:
        if value in (None, ""):
            return ""
        try:
            return str(UUID(value if isinstance(value, str) else ""))
        except ValueError:
            raise ValidationError(_("This is no work."), code="invalid") from None


class ErrorField(Shown, forms.CharField):
    """What a scene said when it failed: cut to ERROR_MOST characters, without what controls instead of saying."""

    kind = "text"

    def to_python(self, value: Any) -> str:
        if value is not None and not isinstance(value, str):
            raise ValidationError(_("This must be text."), code="invalid")
        text = super().to_python(value) or ""
        return "".join(each if is_writable(each) else " " for each in text)[:ERROR_MOST]


class CodeSceneForm(ToolForm):
    """`work` is a scene that is to be changed, `error` what it said when it ran."""

    prompt = PromptField(required=False, label=_("Description"), look=PROMPT_LOOK)
    work = WorkField(required=False, shown=False)
    error = ErrorField(required=False, shown=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("error") and not cleaned.get("work"):
            self.add_error("error", ValidationError(_("Of which scene?"), code="required"))
        return cleaned | {"count": 1, "seed": 0}


class CodeScene(Tool):
    name = "code_scene"
    title = _("Code scene")
    icon = "box"
    hint = _("A chat model writes a 3D scene")
    takes = ("sketch",)
    queue = "remote"
    makes = "scene"
    on_board = False
    form_class = CodeSceneForm
    counts_pixels = True

    def fitted(self, params: dict[str, Any], given: Mapping[str, tuple[int, int]], model: Model) -> dict[str, Any]:
        """Raises Refused: invalid where nothing says what it shall be, engine_cannot for a sketch nobody sees."""
        if not (params["prompt"] or params["error"] or given):
            words = {"code": "required", "message": str(_("Please describe the scene, or draw it."))}
            raise Refused("invalid", fields={"prompt": words})
        if given and not settings.CHAT_SEES:
            raise Refused("engine_cannot")
        return params

    def effort(self, params: dict[str, Any]) -> float:
        """One scene is one scene: what it takes is measured (studio/queue/prices.py)."""
        return 1.0

    def real_steps(self, params: dict[str, Any]) -> int:
        return 0
