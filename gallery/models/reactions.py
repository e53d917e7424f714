"""What people say of works without words: the tags of their owners, and likes of everybody else."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gallery.models.work import Work

TAG_MAX = 40


class Tag(models.Model):
    """One tag, as gallery/finding/tags.py writes it: folded, so that "Cat" and "cat" are the same."""

    name = models.CharField(_("tag"), max_length=TAG_MAX, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WorkTag(models.Model):
    """`work` has `tag`."""

    work = models.ForeignKey(Work, models.CASCADE, related_name="tag_links", verbose_name=_("work"))
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="work_links", verbose_name=_("tag"))

    class Meta:
        verbose_name = _("tag of a work")
        verbose_name_plural = _("tags of works")
        constraints = [models.UniqueConstraint(fields=["work", "tag"], name="work_tag_once")]

    def __str__(self) -> str:
        return f"tag {self.tag_id} of work {self.work_id}"


class Like(models.Model):
    """`user` likes the public `work` of somebody else. `Work.likes` counts these rows (gallery/likes.py)."""

    work = models.ForeignKey(Work, models.CASCADE, related_name="like_rows", verbose_name=_("work"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="likes", verbose_name=_("person"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("like")
        verbose_name_plural = _("likes")
        constraints = [models.UniqueConstraint(fields=["user", "work"], name="like_once")]

    def __str__(self) -> str:
        return f"user {self.user_id} likes work {self.work_id}"
