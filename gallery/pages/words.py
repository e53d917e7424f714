"""The owner's words about a work: title, description, tags, and what others are shown."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gallery.finding import tags
from gallery.models import Reveals, Work
from gallery.models.reactions import TAG_MAX
from gallery.publishing import WORDS_MAX


class WordsForm(forms.Form):
    """Fields as they stand in the page. The limits are those of gallery/publishing.py."""

    title = forms.CharField(label=_("Title"), max_length=WORDS_MAX["title"], required=False)
    description = forms.CharField(
        label=_("Description"),
        max_length=WORDS_MAX["description"],
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    tags = forms.CharField(label=_("Tags"), required=False, help_text=_("With commas between them."))
    reveals = forms.ChoiceField(label=_("Others see"), choices=Reveals.choices)

    @staticmethod
    def of(work: Work) -> dict[str, Any]:
        """What stands in the form at first."""
        names = ", ".join(link.tag.name for link in work.tag_links.all())
        return {"title": work.title, "description": work.description, "tags": names, "reveals": work.reveals}

    def clean_tags(self) -> list[str]:
        try:
            return tags.parse(self.cleaned_data["tags"])
        except tags.UnfitTags as error:
            many = _("At most %(limit)s tags.") % {"limit": tags.TAGS_MAX}
            long = _("A tag has at most %(limit)s characters.") % {"limit": TAG_MAX}
            raise ValidationError(many if error.code == "many" else long, error.code) from None
