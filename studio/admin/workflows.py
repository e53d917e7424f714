"""Workflow templates in Django's admin: their form is checked at once, what servers lack for them by a worker."""

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from studio import tasks, tools
from studio.admin.checked import CheckedAdmin
from studio.engines.comfyui import guessing, library, template
from studio.models import Workflow
from studio.values import strictjson
from studio.words import errors

# What is wrong at a server, by checking.Problem.code.
PROBLEMS = {
    "unknown_node": _("Node %(node)s: it does not have the class %(kind)s."),
    "unknown_input": _("Node %(node)s (%(kind)s) has no input %(input)s."),
    "missing_input": _("Node %(node)s (%(kind)s) needs the input %(input)s."),
    "unknown_value": _("Node %(node)s (%(kind)s) does not take “%(value)s” as %(input)s."),
    "bad_output": _("Node %(node)s (%(kind)s) gives no pictures away."),
}
START = "start"
# The titles of ours stand in their files; most are those of tools.
OTHER_TITLES = (gettext_noop("DDColor: people"), gettext_noop("DDColor: buildings and places"))


class Strict(forms.JSONField):
    """JSON in a large field, read strictly and shown in lines."""

    def to_python(self, value: Any) -> Any:
        """Raises ValidationError for what is too long, or no JSON."""
        if value in self.empty_values or not isinstance(value, str):
            return value or None
        if len(value) > template.MOST_BYTES:
            limit = {"limit": template.MOST_BYTES // 1024}
            raise ValidationError(_("It is larger than %(limit)s kB.") % limit, "invalid")
        try:
            return strictjson.loads(value)
        except ValueError:
            raise ValidationError(_("It is no JSON."), "invalid") from None

    def prepare_value(self, value: Any) -> Any:
        """What was typed stays as it was."""
        return value if isinstance(value, str) or value is None else json.dumps(value, indent=2, ensure_ascii=False)


class WorkflowForm(forms.ModelForm):
    """Slots and result may be left out where they can be told from the graph."""

    tools = forms.MultipleChoiceField(label=capfirst(_("tools")), widget=forms.CheckboxSelectMultiple)
    graph = Strict(
        label=capfirst(_("graph")),
        widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "false", "class": "json"}),
        help_text=_("As ComfyUI exports it in the API format."),
    )
    slots = Strict(
        label=capfirst(_("slots")),
        required=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "class": "json"}),
        help_text=_(
            'What is put where, for instance {"prompt": "6.text", "seed": ["3.seed", "10.seed"]}. Empty: as the '
            "classes of the nodes tell."
        ),
    )

    class Meta:
        model = Workflow
        fields = ["title", "name", "tools", "preset", "family", "enabled", "graph", "slots", "result"]

    def __init__(self, *of: Any, **options: Any) -> None:
        super().__init__(*of, **options)
        known = tools.registry()
        self.fields["tools"].choices = [(name, known[name].title) for name in template.NEEDED]  # type: ignore[attr-defined]
        self.fields["result"].required = False

    def clean(self) -> dict[str, Any]:
        """Everything that is wrong with the template, at once."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        problems = list(template.graph_problems(cleaned["graph"]))
        if not problems:
            if not cleaned["slots"]:
                cleaned["slots"] = guessing.slots_of(cleaned["graph"], cleaned["tools"])
            if not cleaned["result"]:
                cleaned["result"] = guessing.result_of(cleaned["graph"])
            try:
                template.read(cleaned["name"], cleaned)
            except template.BadTemplate as error:
                problems = error.problems
        if cleaned["name"] in library.shipped():
            problems.append(str(_("A workflow that comes with the studio has this name. Please choose another one.")))
        for problem in problems:
            self.add_error(None, problem)
        return cleaned


@admin.register(Workflow)
class WorkflowAdmin(CheckedAdmin):
    """The administrator's templates; ours are files (studio/engines/comfyui/workflows) and a good start for others."""

    form = WorkflowForm
    list_display = ("title", "name", "shown_tools", "family", "enabled", "state")
    list_filter = ("enabled",)
    search_fields = ("name", "title")
    prepopulated_fields = {"name": ("title",)}
    actions = ("look",)
    readonly_fields = ("state", "shown_problems", "checked_at")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new one has not been held against any server, and may begin as one of ours."""
        what = ("title", "name", "tools", "preset", "family", "enabled")
        return [
            (None, {"fields": what, "description": "" if obj else _starts()}),
            (_("The graph"), {"fields": ("graph", "slots", "result")}),
            *([(_("On the servers"), {"fields": ("state", "shown_problems", "checked_at")})] if obj else []),
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """One of ours to begin with."""
        ours = library.shipped().get(request.GET.get(START, ""))
        if ours is None:
            return {}
        document = json.loads((library.FOLDER / f"{ours.name}.json").read_text("utf-8"))
        return document | {"name": "", "title": ""}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What was found before is of another graph."""
        obj.problems, obj.checked_at = {}, None
        super().save_model(request, obj, form, change)
        tasks.check_workflows_soon([obj.pk])
        self.message_user(request, _("A worker now asks the servers whether they have all that it needs."))

    @admin.display(description=_("tools"))
    def shown_tools(self, workflow: Workflow) -> str:
        known = tools.registry()
        return ", ".join(str(known[name].title) for name in workflow.tools if name in known)

    @admin.display(description=_("on the servers"))
    def state(self, workflow: Workflow) -> Any:
        if workflow.checked_at is None:
            return _("not looked at yet")
        if not workflow.problems:
            return _("there is no ComfyUI server")
        wrong = [name for name, found in workflow.problems.items() if found]
        if not wrong:
            return _("all is there")
        return _("something is missing at %(names)s") % {"names": ", ".join(wrong)}

    @admin.display(description=_("what is missing"))
    def shown_problems(self, workflow: Workflow) -> Any:
        """By server, in words."""
        lines = [(name, _in_words(each)) for name, found in workflow.problems.items() for each in found]
        return format_html_join(mark_safe("<br>"), "<strong>{}</strong> · {}", lines) or "–"

    @admin.action(description=_("Hold them against the servers now"), permissions=["check"])
    def look(self, request: HttpRequest, workflows: QuerySet[Workflow]) -> None:
        """What each server lacks for them."""
        self.ask(request, workflows, "workflow_check", tasks.check_workflows_soon)


def _in_words(problem: dict[str, str]) -> str:
    known = PROBLEMS.get(problem["code"])
    return str(known) % problem if known else errors.text(problem["code"])


def _starts() -> Any:
    """Links to this page with one of ours filled in."""
    page = reverse("admin:studio_workflow_add")
    links = format_html_join(
        " · ",
        '<a href="{}?{}={}">{}</a>',
        ((page, START, each.name, gettext(each.title)) for each in library.shipped().values()),
    )
    return format_html("{} {}", _("Begin with one of those that come with the studio:"), links)
