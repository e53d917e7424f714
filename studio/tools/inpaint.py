"""A part of a picture made anew: where the mask is white, or opaque if it has transparency."""

from django.utils.translation import gettext_lazy as _

from studio.tools.pictures import MaskForm, PictureForm, StrengthTool


class InpaintForm(MaskForm, PictureForm):
    pass


class Inpaint(StrengthTool):
    name = "inpaint"
    title = _("Inpaint")
    icon = "brush"
    hint = _("Only what the mask marks is made anew")
    when = "masked"
    needs = ("image", "mask")
    form_class = InpaintForm
