"""Workshops: a teacher, a code, a number of seats and an end. Its people have accounts without e-mail."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.invitation import new_code

CODE_LENGTH = 8


def workshop_code() -> str:
    """A code short enough to be written on a board: 8 of 31 signs, 39 bits."""
    return new_code()[:CODE_LENGTH]


class Workshop(models.Model):
    """Its people are `people` (User.workshop) and the only ones in `group`, whose role has their limits.

    After `ends_at` nobody of it can make pictures; WORKSHOP_GRACE later nobody of it can log in. While it is `frozen`
    no new picture is taken and what waits stays waiting, and nobody of it can draw on a board; with `drawing_frozen`
    only the drawing rests.
    """

    name = models.CharField(_("name"), max_length=80)
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="workshops", verbose_name=_("teacher")
    )
    group = models.OneToOneField(Group, models.PROTECT, related_name="workshop", verbose_name=_("group"))
    code = models.CharField(_("code"), max_length=16, unique=True, default=workshop_code)
    seats = models.PositiveSmallIntegerField(
        _("seats"), default=30, validators=[MinValueValidator(1), MaxValueValidator(settings.WORKSHOP_SEATS_MAX)]
    )
    ends_at = models.DateTimeField(_("ends"))
    frozen = models.BooleanField(_("frozen"), default=False)
    drawing_frozen = models.BooleanField(_("drawing is frozen"), default=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("workshop")
        verbose_name_plural = _("workshops")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_over(self) -> bool:
        """Whether its end has come: no more pictures."""
        return self.ends_at <= timezone.now()

    @property
    def closes_at(self) -> datetime:
        """Until when its people can look at their works."""
        return self.ends_at + timedelta(seconds=settings.WORKSHOP_GRACE)

    @property
    def is_closed(self) -> bool:
        """Whether nobody of it can log in any more."""
        return self.closes_at <= timezone.now()
