"""The prompt rules in the admin: edited with their history, tried out, exported and imported as CSV."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from accounts.models import User
from accounts.recorded import RecordedAdmin
from gallery.models import Category, PromptRule
from gallery.rules import files as rule_files
from gallery.rules import prompts as prompt_rules


class TryForm(forms.Form):
    """A text, and whether it is a negative prompt."""

    text = forms.CharField(label=_("Text"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4}))
    negative = forms.BooleanField(label=_("It is a negative prompt"), required=False)


class FileForm(forms.Form):
    """A CSV file."""

    file = forms.FileField(label=_("CSV file"))


@admin.register(PromptRule)
class PromptRuleAdmin(RecordedAdmin, SimpleHistoryAdmin):
    """Moderators write words; regular expressions are for who has the permission."""

    list_display = ("short_pattern", "regex", "language", "action", "category", "negative", "enabled", "changed_at")
    list_filter = ("action", "category", "language", "enabled", "regex", "negative")
    search_fields = ("pattern", "note")
    list_per_page = 100
    change_list_template = "admin/gallery/promptrule/change_list.html"

    @admin.display(description=_("pattern"), ordering="pattern")
    def short_pattern(self, rule: PromptRule) -> str:
        """Regular expressions may be long, and the list is there to be looked through."""
        return Truncator(rule.pattern).chars(60)

    def get_readonly_fields(self, request: HttpRequest, obj: PromptRule | None = None) -> Any:
        return ("changed_at",) if request.user.has_perm("gallery.write_regex_rules") else ("changed_at", "regex")

    def has_change_permission(self, request: HttpRequest, obj: PromptRule | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or not obj.regex or request.user.has_perm("gallery.write_regex_rules"))

    def get_urls(self) -> Any:
        views = [("try", self.try_out), ("export", self.export), ("import", self.take_in)]
        own = [
            path(f"{name}/", self.admin_site.admin_view(view), name=f"gallery_promptrule_{name}")
            for name, view in views
        ]
        return own + super().get_urls()

    def try_out(self, request: HttpRequest) -> HttpResponse:
        """What a text would do. The text is not kept."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TryForm(request.POST or None)
        shown: dict[str, Any] = {}
        if form.is_valid():
            verdict = prompt_rules.check(form.cleaned_data["text"], negative=form.cleaned_data["negative"])
            rows = PromptRule.objects.in_bulk({match.rule.id for match in verdict.matches})
            text = form.cleaned_data["text"]
            met = {match.rule.id: text[match.start : match.end] for match in verdict.matches}
            shown = {
                "verdict": verdict,
                "categories": [Category(each).label for each in verdict.categories],
                "met": [(rows[pk], words) for pk, words in met.items() if pk in rows],
            }
        return self._page(request, "try.html", _("Try the rules"), form=form, **shown)

    def export(self, request: HttpRequest) -> HttpResponse:
        """All rules as a CSV file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        headers = {"Content-Disposition": 'attachment; filename="prompt-rules.csv"'}
        content = rule_files.write(PromptRule.objects.order_by("category", "pattern", "pk"))
        return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)

    def take_in(self, request: HttpRequest) -> HttpResponse:
        """Add and change rules from a CSV file: all of it, or nothing and what is wrong."""
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        form = FileForm(request.POST or None, request.FILES or None)
        problems: list[str] = []
        if request.method == "POST" and form.is_valid():
            assert isinstance(request.user, User)
            try:
                added, changed = rule_files.read(request.user, form.cleaned_data["file"].read(rule_files.BYTES + 1))
            except rule_files.BadFile as bad:
                problems = bad.problems
            else:
                told = _("%(added)s rules added, %(changed)s changed.") % {"added": added, "changed": changed}
                self.message_user(request, told, messages.SUCCESS)
                return redirect("admin:gallery_promptrule_changelist")
        return self._page(
            request, "import.html", _("Import rules"), form=form, problems=problems, columns=rule_files.COLUMNS
        )

    def _page(self, request: HttpRequest, template: str, title: Any, **shown: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.model._meta, **shown}
        return TemplateResponse(request, f"admin/gallery/promptrule/{template}", context)
