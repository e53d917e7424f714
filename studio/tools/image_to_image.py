"""A picture painted over, as much as `strength` says."""

from django.utils.translation import gettext_lazy as _

from studio.tools.pictures import PictureForm, StrengthTool


class ImageToImage(StrengthTool):
    name = "image_to_image"
    title = _("Image to image")
    icon = "image"
    hint = _("The board's picture is painted over: a photo in another style, say")
    needs = ("image",)
    form_class = PictureForm
