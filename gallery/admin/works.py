"""Works in the admin. What is not public stays between the work and its owner: not even staff see prompt or picture.

What was reported is seen as well. The fields are for reading; hiding and taking down are actions with a reason.
"""

import base64
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.recorded import ReadOnlyAdmin
from gallery import files
from gallery.models import Act, Category, Report, Tag, Visibility, Work, WorkFile
from gallery.moderation import decisions
from gallery.moderation.decisions import Undecidable, Wanted

ALWAYS = ("id", "owner", "created_at", "visibility", "moderation", "deleted_at")
WORDS = ("title", "prompt", "negative_prompt", "tool", "model_name", "engine")
SHOWN_ONLY = ("picture", *WORDS, "seed", "width", "height")
AT_ONCE = 100
COUNTED = 10_000


def is_shown(work: Work | None) -> bool:
    """Whether staff may look at prompt and picture: public ones, hidden or not, and those that were reported."""
    return work is not None and (work.visibility == Visibility.PUBLIC or getattr(work, "reported", False))


class WhyForm(forms.Form):
    """Why works are hidden or taken down; the words go to their owners."""

    reason = forms.ChoiceField(label=_("Reason"), choices=[("", "—"), *Category.choices])
    words = forms.CharField(
        label=_("Words for the owners"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ShortPaginator(Paginator):
    """Pages of the first ten thousand rows: nobody turns further, and counting more takes longer than showing them."""

    @cached_property
    def count(self) -> int:
        return int(self.object_list.order_by()[:COUNTED].count())  # type: ignore[attr-defined]


@admin.register(Work)
class WorkAdmin(ReadOnlyAdmin):
    """Lists work with 100,000 rows: no counting, no query for each row, pages in the order of an index."""

    list_display = ("short_id", "picture", "words", "owner", "visibility", "moderation", "created_at")
    list_filter = ("visibility", "moderation", "created_at")
    list_select_related = ("owner",)
    # Not the prompt: a search that finds private words tells them.
    search_fields = ("owner__username",)
    search_help_text = _("The name of the owner, or the id of a work")
    ordering = ("-created_at", "-id")
    # No date_hierarchy: it looks at every row. Neither does the pager count them all.
    paginator = ShortPaginator
    list_per_page = 50
    actions = ("hide", "take_down", "restore")  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> Any:
        reported = Exists(Report.objects.filter(case__work=OuterRef("pk")))
        rows = (
            super()
            .get_queryset(request)
            .defer("recipe", "negative_prompt", "description", "blur")
            .annotate(reported=reported)
        )
        thumbnails = WorkFile.objects.filter(role=WorkFile.Role.THUMB_320).order_by()
        return rows.prefetch_related(Prefetch("files", thumbnails))

    def get_fields(self, request: HttpRequest, obj: Work | None = None) -> Any:
        return ALWAYS + SHOWN_ONLY if is_shown(obj) else ALWAYS

    def get_readonly_fields(self, request: HttpRequest, obj: Work | None = None) -> Any:
        return self.get_fields(request, obj)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """An id is looked up by the key; anything else is the owner's whole name, which has an index."""
        try:
            return queryset.filter(pk=UUID(search_term.strip())), False
        except ValueError:
            found = User.objects.filter(username=search_term.strip()).values("pk")
            return (queryset.filter(owner__in=found) if search_term.strip() else queryset), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Django lets the address filter by any column of the row; `?prompt__contains=` would read private words."""
        return lookup.split("__", maxsplit=1)[0] in ("visibility", "moderation", "created_at")

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """For the actions (`permissions=["moderate"]`)."""
        return request.user.has_perm("gallery.moderate")

    @admin.action(description=_("Hide from others…"), permissions=["moderate"])
    def hide(self, request: HttpRequest, works: QuerySet[Work]) -> HttpResponse | None:
        """With a reason, asked for on a page of its own."""
        return self._decide(request, works, Act.HIDE, str(_("Hide from others")))

    @admin.action(description=_("Take down…"), permissions=["moderate"])
    def take_down(self, request: HttpRequest, works: QuerySet[Work]) -> HttpResponse | None:
        """With a reason, asked for on a page of its own."""
        return self._decide(request, works, Act.REMOVE, str(_("Take down")))

    @admin.action(description=_("Restore…"), permissions=["moderate"])
    def restore(self, request: HttpRequest, works: QuerySet[Work]) -> HttpResponse | None:
        """After a question."""
        return self._decide(request, works, Act.RESTORE, str(_("Restore")))

    def _decide(self, request: HttpRequest, works: QuerySet[Work], act: Act, title: str) -> HttpResponse | None:
        chosen = list(works[: AT_ONCE + 1])
        if len(chosen) > AT_ONCE:
            self.message_user(request, _("At most 100 works at once."), messages.ERROR)
            return None
        form = WhyForm(request.POST if "why" in request.POST else None)
        form.fields["reason"].required = act != Act.RESTORE
        if form.is_valid():
            self._carry_out(request, chosen, Wanted(act, form.cleaned_data["reason"], form.cleaned_data["words"]))
            return None
        shown = {
            **self.admin_site.each_context(request),
            "title": title,
            "works": chosen,
            "form": form,
            "action": request.POST.get("action"),
            "checkbox": helpers.ACTION_CHECKBOX_NAME,
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "admin/gallery/work/why.html", shown)

    def _carry_out(self, request: HttpRequest, works: list[Work], wanted: Wanted) -> None:
        assert isinstance(request.user, User)
        done = 0
        for work in works:
            try:
                decisions.act_on(request.user, Work.objects.select_related("owner").get(pk=work.pk), wanted)
            except Undecidable:
                self.message_user(request, _("One of them waits for the answer to an appeal."), messages.WARNING)
            else:
                done += 1
        self.message_user(request, _("%(count)s works: done.") % {"count": done}, messages.SUCCESS)

    @admin.display(description="id")
    def short_id(self, work: Work) -> str:
        """The beginning of the id, which tells works apart in a list; the whole of it stands on the work's page."""
        return str(work.pk)[:8]

    @admin.display(description=_("picture"))
    def picture(self, work: Work) -> str:
        """The small thumbnail inside the page: the address of a hidden work's file is closed to staff, too."""
        if work.veiled and is_shown(work):
            return str(_("Sensitive picture"))
        thumb = work.file(WorkFile.Role.THUMB_320) if is_shown(work) else None
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
        """The beginning of the prompt of a work that staff may look at."""
        return Truncator(work.prompt).chars(80) if is_shown(work) else "–"


@admin.register(Tag)
class TagAdmin(ReadOnlyAdmin):
    """Tags as people gave them."""

    list_display = ("name",)
    search_fields = ("=name",)
