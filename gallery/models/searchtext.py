"""What search looks at: the words of each work, cut by gallery/finding/words.py. The databases index this table."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from gallery.models.work import Work


class SearchText(models.Model):
    """The words of one work: `text` is found by whoever sees the work, `hidden` by its owner alone. On SQLite triggers
    carry them into an FTS5 table, on PostgreSQL they become tsvector columns.

    A table of its own: FTS5 needs rows numbered by integers, and works stay narrower without it. Written by
    gallery/finding/search.py alone.
    """

    id = models.BigAutoField(primary_key=True)
    work = models.OneToOneField(Work, models.CASCADE, related_name="search_text", verbose_name=_("work"))
    text = models.TextField(blank=True)
    hidden = models.TextField(blank=True)

    class Meta:
        verbose_name = _("words of a work")
        verbose_name_plural = _("words of works")

    def __str__(self) -> str:
        return f"words of work {self.work_id}"
