"""Styles: what is put around a prompt, and numbers that suit it. Public ones are nobody's, others a person's."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Preset(models.Model):
    """One style. `prompt` has the place {prompt}; `params` are values of the settings by name (commands/presets.py).

    A public one (studio/values/styles.py) has no owner and a `slug`, which names its picture.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="presets", verbose_name=_("owner")
    )
    slug = models.SlugField(_("name in addresses"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=60)
    prompt = models.TextField(_("prompt"))
    negative_prompt = models.TextField(_("negative prompt"), blank=True)
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("style")
        verbose_name_plural = _("styles")
        indexes = [models.Index(fields=["owner", "created_at"], name="preset_of_a_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["slug"], condition=models.Q(owner__isnull=True), name="preset_public_slug_once"
            )
        ]

    def __str__(self) -> str:
        # Never an own one's name: this line stands in admin lists and logs.
        return self.name if self.owner_id is None else f"style {self.pk}"

    @property
    def title(self) -> str:
        """The name in the reader's language, as far as it is one of ours."""
        return gettext(self.name) if self.owner_id is None else self.name
