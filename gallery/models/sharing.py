"""Links that show one work, or one collection, to whoever has them."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from gallery.models.collection import Collection
from gallery.models.work import Moderation, Work, WorkQuerySet


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def lasting(self) -> "ShareLinkQuerySet":
        """Links that have not run out, wherever they lead."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now()))

    def valid(self) -> "ShareLinkQuerySet":
        """Links that lead somewhere now.

        A work in the bin, what moderators keep back and an owner who is kept out end their links at once. Visibility
        does not: a link is made on purpose, and opens what is private as well.
        """
        work = models.Q(work__deleted_at=None, work__moderation=Moderation.CLEAR) & _welcome("work__owner")
        collection = models.Q(collection__moderation=Moderation.CLEAR) & _welcome("collection__owner")
        return self.lasting().filter(work | collection)

    def of(self, user: User) -> "ShareLinkQuerySet":
        """The links that the person made."""
        return self.filter(models.Q(work__owner_id=user.pk) | models.Q(collection__owner_id=user.pk))


def _welcome(owner: str) -> models.Q:
    """Whether the owner at this path has an open account, which no workshop's end has closed (User.is_closed), and is
    not suspended (User.is_suspended). Never without an owner: `is_active` is null there."""
    open_yet = models.Q((f"{owner}__closes_at", None)) | models.Q((f"{owner}__closes_at__gt", timezone.now()))
    free = models.Q((f"{owner}__suspended_at", None)) | models.Q((f"{owner}__suspended_until__lte", timezone.now()))
    return models.Q((f"{owner}__is_active", True)) & open_yet & free


class ShareLink(models.Model):
    """Whoever has the address sees the work, or the collection, until `expires_at` (None: for good) or until this row
    is deleted.

    The secret in the address is no column: gallery/sharing.py derives it from `id`. `used_at` is right to a minute.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    work = models.ForeignKey(Work, models.CASCADE, null=True, blank=True, related_name="links", verbose_name=_("work"))
    collection = models.ForeignKey(
        Collection, models.CASCADE, null=True, blank=True, related_name="links", verbose_name=_("collection")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("link")
        verbose_name_plural = _("links")
        indexes = [models.Index(fields=["expires_at"], name="share_link_expiry")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(work__isnull=False, collection=None) | models.Q(work=None, collection__isnull=False),
                name="share_link_to_one_thing",
            )
        ]

    def __str__(self) -> str:
        # Never the address: it opens the work.
        return f"link to {self.thing}"

    @property
    def thing(self) -> Work | Collection:
        """What it leads to."""
        found = self.work or self.collection
        assert found is not None
        return found

    @property
    def owner(self) -> User:
        """Who made it: a link leads to what is one's own."""
        return self.thing.owner

    def works(self) -> WorkQuerySet:
        """The works that it shows, in their order: the one, or those of its collection that may be shown by link."""
        shown = Work.objects.shown_by_link_of(self.owner)
        if self.work is not None:
            return shown.filter(pk=self.work.pk)
        inside = shown.filter(collection_items__collection=self.collection_id)
        return inside.order_by("collection_items__position", "collection_items__id")
