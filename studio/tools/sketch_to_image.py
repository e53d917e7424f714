"""A picture that follows a drawing: its lines by ControlNet, its colours by image-to-image."""

from django.utils.translation import gettext_lazy as _

from studio.tools.pictures import StrengthForm, StrengthTool


class SketchToImage(StrengthTool):
    name = "sketch_to_image"
    title = _("Sketch to image")
    icon = "pencil"
    needs = ("sketch",)
    form_class = StrengthForm
