"""Works in the admin. What is not public stays between the work and its owner: not even staff see prompt or picture."""

import base64
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from gallery import files
from gallery.models import Visibility, Work, WorkFile

COUNTED = 10_000
ALWAYS = ("id", "owner", "created_at", "visibility", "moderation")
PUBLIC_ONLY = ("picture", "prompt", "negative_prompt", "tool", "model_name", "engine", "seed", "width", "height")


def is_public(work: Work | None) -> bool:
    """Whether staff may look at prompt and picture, hidden or not."""
    return work is not None and work.visibility == Visibility.PUBLIC


class ShortPaginator(Paginator):
    """Pages of the first ten thousand rows: nobody turns further, and counting more takes longer than showing them."""

    @cached_property
    def count(self) -> int:
        return int(self.object_list.order_by()[:COUNTED].count())  # type: ignore[union-attr]


@admin.register(Work)
class WorkAdmin(admin.ModelAdmin):
    """List and form show picture and prompt of public works only. The one thing to change is `moderation`."""

    list_display = ("id", "picture", "words", "owner", "visibility", "moderation", "created_at")
    list_filter = ("visibility", "moderation", "created_at")
    list_select_related = ("owner",)
    # Not the prompt: a search that finds private words tells them.
    search_fields = ("id", "owner__username")
    # No date_hierarchy: it looks at every row. Neither does the pager count them all.
    paginator = ShortPaginator
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> Any:
        thumbnails = WorkFile.objects.filter(role=WorkFile.Role.THUMB_320).order_by()
        works = super().get_queryset(request).defer("recipe", "negative_prompt", "description", "blur")
        return works.prefetch_related(Prefetch("files", thumbnails))

    def get_fields(self, request: HttpRequest, obj: Work | None = None) -> Any:
        return ALWAYS + PUBLIC_ONLY if is_public(obj) else ALWAYS

    def get_readonly_fields(self, request: HttpRequest, obj: Work | None = None) -> Any:
        return [name for name in ALWAYS + PUBLIC_ONLY if name != "moderation"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Django lets the address filter by any column of the row; `?prompt__contains=` would read private words."""
        return lookup.split("__", maxsplit=1)[0] in ("visibility", "moderation", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("picture"))
    def picture(self, work: Work) -> str:
        """The small thumbnail inside the page: the address of a hidden work's file is closed to staff, too."""
        thumb = work.file(WorkFile.Role.THUMB_320) if is_public(work) else None
        if thumb is None:
            return "–"
        try:
            data = base64.b64encode(files.WORKS.store.read(thumb.sha256)).decode("ascii")
        except FileNotFoundError:
            return str(_("missing"))
        return format_html(
            '<img src="data:{};base64,{}" width="{}" height="{}" alt="">',
            *(thumb.media_type, data, round(80 * thumb.width / thumb.height), 80),
        )

    @admin.display(description=_("prompt"))
    def words(self, work: Work) -> str:
        """The beginning of a public work's prompt."""
        return Truncator(work.prompt).chars(80) if is_public(work) else "–"
