"""Collections: works put together under a title, in an order of the person's own."""

import uuid

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from gallery.models.work import Moderation, Visibility, Work


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, user: User | AnonymousUser) -> "CollectionQuerySet":
        """The collections `user` may see by their address: the own ones, and public ones that no moderator holds."""
        shown = models.Q(visibility=Visibility.PUBLIC, moderation=Moderation.CLEAR)
        if user.is_authenticated:
            shown |= models.Q(owner_id=user.pk)
        return self.filter(shown)

    def of(self, user: User) -> "CollectionQuerySet":
        """The person's own."""
        return self.filter(owner_id=user.pk)


class Collection(models.Model):
    """`cover` is one of its works, or null for the first one. Being in a collection changes nobody's right to see a
    work: a private work in a public collection is shown to its owner alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="collections", verbose_name=_("owner")
    )
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    visibility = models.CharField(_("visibility"), max_length=10, choices=Visibility, default=Visibility.PRIVATE)
    moderation = models.CharField(_("moderation"), max_length=10, choices=Moderation, default=Moderation.CLEAR)
    cover = models.ForeignKey(Work, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("cover"))
    works = models.ManyToManyField(
        Work, through="gallery.CollectionItem", related_name="collections", verbose_name=_("works")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed at"), default=timezone.now, editable=False)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-id"]
        verbose_name = _("collection")
        verbose_name_plural = _("collections")
        indexes = [models.Index(fields=["owner", "-updated_at", "-id"], name="collection_own_newest_first")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(visibility__in=Visibility.values), name="collection_visibility_known"
            )
        ]

    def __str__(self) -> str:
        # Never the title: this line stands in admin lists and logs.
        return f"collection {self.id}"


class CollectionItem(models.Model):
    """A work's place in a collection: a smaller `position` comes first."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="items")
    work = models.ForeignKey(Work, models.CASCADE, related_name="collection_items")
    position = models.PositiveIntegerField(default=0)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["collection", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["collection", "work"], name="collection_item_once")]
        indexes = [models.Index(fields=["collection", "position", "id"], name="collection_in_order")]
