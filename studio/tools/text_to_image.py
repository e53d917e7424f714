"""A picture from words alone."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from studio.tools.base import ImageForm, PromptField, Tool


class TextToImageForm(ImageForm):
    prompt = PromptField(required=True, label=_("Prompt"), error_messages={"required": _("Please write what to draw.")})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "prompt" in cleaned and not cleaned["prompt"].strip():
            self.add_error("prompt", forms.ValidationError(_("Please write what to draw."), code="required"))
        return cleaned


class TextToImage(Tool):
    name = "text_to_image"
    title = _("Text to image")
    icon = "type"
    hint = _("Words only: the board is empty")
    when = "empty"
    form_class = TextToImageForm
