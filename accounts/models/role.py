"""What the people of a group may use: numbers that the admin edits. accounts/limits.py finds a person's."""

from django.contrib.auth.models import Group
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.Model):
    """The limits of one group. An empty number means no limit. Who has several roles has the best of each number.

    Device seconds are charged by what is asked for, before it waits (studio/queue/prices.py), and given back for what
    is not made.

    `weight` is the share in the fair queue: with 2 one's turn comes as if one had used half. `alone`: for people of
    this group no other role counts. `seeded` names the permissions that were given once: what an administrator takes
    away again stays away (accounts/roles.py).
    """

    group = models.OneToOneField(Group, models.CASCADE, related_name="role", verbose_name=_("group"))
    weight = models.FloatField(_("weight in the queue"), default=1.0, validators=[MinValueValidator(0.01)])
    running = models.PositiveSmallIntegerField(_("pictures in the making at once"), default=2)
    queued = models.PositiveSmallIntegerField(_("unfinished requests"), default=20)
    images_per_day = models.PositiveIntegerField(_("pictures a day"), null=True, blank=True, default=200)
    gpu_seconds_per_day = models.PositiveIntegerField(_("device seconds a day"), null=True, blank=True, default=3600)
    gpu_seconds_per_request = models.PositiveIntegerField(
        _("device seconds for one request"), null=True, blank=True, default=600
    )
    max_side = models.PositiveIntegerField(_("largest side (pixels)"), null=True, blank=True, default=2048)
    max_megapixels = models.FloatField(_("largest picture (megapixels)"), null=True, blank=True, default=4.2)
    storage_bytes = models.PositiveBigIntegerField(_("storage (bytes)"), null=True, blank=True, default=5 * 1024**3)
    album_photos = models.PositiveIntegerField(_("photos in an album"), null=True, blank=True, default=100)
    hold_public = models.BooleanField(
        _("hold public posts for review"),
        default=False,
        help_text=_("What these people make public is shown after a moderator has approved it."),
    )
    alone = models.BooleanField(
        _("alone"), default=False, help_text=_("For people of this group no other role counts.")
    )
    seeded = models.JSONField(default=list, editable=False)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [models.CheckConstraint(condition=models.Q(weight__gt=0), name="role_weight_positive")]

    def __str__(self) -> str:
        return self.group.name
