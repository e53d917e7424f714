"""The studio in Django's admin: generations without the words and pictures of private ones, and the model catalogue."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import localize
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import records
from accounts.recorded import ReadOnlyAdmin, RecordedAdmin
from studio import tasks, tools
from studio.models import Adapter, Generation, Model, Preset, Webhook, Worker
from studio.news import pulse
from studio.queue import lifecycle

WORKER = "worker:"


@admin.register(Model)
class ModelAdmin(RecordedAdmin):
    list_display = ("title", "name", "engine", "family", "queue", "cost_weight", "enabled", "position")
    list_filter = ("engine", "queue", "enabled")
    search_fields = ("name", "title", "source")
    filter_horizontal = ("groups",)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """What waits for it follows it to another queue."""
        super().save_model(request, obj, form, change)
        for queue in lifecycle.follow(obj) if change else ():
            tasks.ring(queue)


@admin.register(Adapter)
class AdapterAdmin(RecordedAdmin):
    list_display = ("title", "name", "kind", "family", "enabled", "position")
    list_filter = ("kind", "family", "enabled")
    search_fields = ("name", "title", "source", "token", "words")
    filter_horizontal = ("groups",)


@admin.register(Preset)
class PresetAdmin(RecordedAdmin):
    """The public ones only: what people save for themselves is theirs."""

    list_display = ("name", "slug")
    exclude = ("owner",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Preset]:
        return super().get_queryset(request).filter(owner__isnull=True)


def _tool(name: str) -> str:
    """A tool in words; the name itself of one that is gone."""
    known = tools.registry().get(name)
    return str(known.title) if known else name


class ByTool(admin.AllValuesFieldListFilter):
    """Tools as people call them."""

    def choices(self, changelist: Any) -> Any:
        """See Django; "All" is no tool and stays."""
        for choice in super().choices(changelist):
            yield choice | {"display": _tool(str(choice["display"]))}


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin):
    """Read only: lifecycle.py alone changes states. Prompts are private, so parameters are not shown."""

    list_display = (
        "short_id", "owner", "tool_title", "model_name", "lane", "state", "attempt", "cost_shown", "device_shown",
        "created_at",
    )  # fmt: skip
    ordering = ("-created_at", "-id")
    list_filter = ("state", ("tool", ByTool), "model_name", "queue", "lane")
    search_fields = ("id", "owner__username")
    date_hierarchy = "created_at"
    fields = (
        "id", "owner", "tool_title", "model_name", "queue", "lane", "state", "attempt", "lease_until",
        "cancel_requested_at", "error_code", "cost", "refunded", "device_shown", "created_at", "started_at",
        "finished_at",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description="ID", ordering="id")
    def short_id(self, generation: Generation) -> str:
        return str(generation.pk)[:8]

    @admin.display(description=_("tool"), ordering="tool")
    def tool_title(self, generation: Generation) -> str:
        return _tool(generation.tool)

    @admin.display(description=_("cost (s)"), ordering="cost")
    def cost_shown(self, generation: Generation) -> str:
        return localize(round(generation.cost, 2))

    @admin.display(description=_("device (s)"), ordering="device_seconds")
    def device_shown(self, generation: Generation) -> str:
        return localize(round(generation.device_seconds, 2))


@admin.register(Webhook)
class WebhookAdmin(RecordedAdmin):
    """Where people have themselves told. Staff switch one off; what it was told is its owner's."""

    list_display = ("url", "owner", "enabled", "off_because", "failures", "failing_since", "created_at")
    list_filter = ("enabled", "off_because")
    search_fields = ("url", "owner__username")
    ordering = ("-created_at", "-id")
    fields = ("owner", "url", "events", "enabled", "off_because", "failures", "failing_since", "created_at")
    readonly_fields = tuple(name for name in fields if name != "enabled")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class WorkerQueue(admin.SimpleListFilter):
    """By the queue that it serves."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        kinds = Worker.objects.filter(kind__startswith=WORKER).values_list("kind", flat=True)
        return [(queue, queue) for queue in sorted({kind.removeprefix(WORKER) for kind in kinds})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Worker]) -> QuerySet[Worker]:
        return queryset.filter(kind=f"{WORKER}{self.value()}") if self.value() else queryset


class WorkerState(admin.SimpleListFilter):
    """By what the list shows: a silent worker is stale, whatever it said last."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*Worker.State.choices, ("stale", _("stale"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Worker]) -> QuerySet[Worker]:
        if self.value() == "stale":
            return stale(queryset)
        if self.value() in Worker.State.values:
            return queryset.filter(state=self.value()).exclude(pk__in=stale(queryset).values("pk"))
        return queryset


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    """Who runs what since when. Rows come from the workers themselves; drain and forget are all one can do here."""

    list_display = ("process", "queue", "shown_state", "makes", "holds", "used", "engine_used", "seen_at")
    list_filter = (WorkerQueue, WorkerState)
    ordering = ("kind", "name")
    actions = ("drain", "go_on", "forget_stale")  # type: ignore[assignment]
    fields = (
        "process", "queue", "shown_state", "makes", "holds", "used", "engine_used", "version", "started_at", "seen_at",
        "drain_at",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Worker]:
        return super().get_queryset(request).filter(kind__startswith=WORKER)

    def has_drain_permission(self, request: HttpRequest) -> bool:
        """For the actions (`permissions=["drain"]`)."""
        return request.user.has_perm("studio.drain_worker")

    @admin.display(description=_("process"), ordering="name")
    def process(self, worker: Worker) -> str:
        return f"{worker.host} · {worker.pid}"

    @admin.display(description=_("queue"), ordering="kind")
    def queue(self, worker: Worker) -> str:
        return worker.kind.removeprefix(WORKER)

    @admin.display(description=_("state"))
    def shown_state(self, worker: Worker) -> Any:
        if stale(Worker.objects.filter(pk=worker.pk)).exists():
            return _("stale")
        if worker.drain_at and worker.state in (Worker.State.READY, Worker.State.BUSY):
            return _("asked to drain")
        return worker.get_state_display()

    @admin.display(description=_("what it makes"))
    def makes(self, worker: Worker) -> Any:
        """No words of anybody: which generation, with what, since when."""
        rows = [
            (
                reverse("admin:studio_generation_change", args=[made["generation"]]),
                f"{made['tool']} · {made['model']}",
                _lasting(made["since"]),
            )
            for made in worker.running
        ]
        return format_html_join(mark_safe("<br>"), '<a href="{}">{}</a> {}', rows) or "–"

    @admin.display(description=_("models in memory"))
    def holds(self, worker: Worker) -> str:
        return ", ".join(worker.in_memory) or "–"

    @admin.display(description=_("memory"), ordering="memory")
    def used(self, worker: Worker) -> str:
        return filesizeformat(worker.memory)

    @admin.display(description=_("memory of its engine"), ordering="engine_memory")
    def engine_used(self, worker: Worker) -> str:
        return filesizeformat(worker.engine_memory) if worker.engine_memory else "–"

    @admin.action(description=_("Drain: finish what runs, take nothing new"), permissions=["drain"])
    def drain(self, request: HttpRequest, workers: QuerySet[Worker]) -> None:
        """Each looks at its row every few seconds."""
        changed = self._change(request, workers.filter(drain_at=None), "worker_drain", drain_at=Now())
        words = ngettext("%d worker is asked to drain.", "%d workers are asked to drain.", changed)
        self.message_user(request, words % changed)

    @admin.action(description=_("Take work again"), permissions=["drain"])
    def go_on(self, request: HttpRequest, workers: QuerySet[Worker]) -> None:
        """The reverse of `drain`."""
        changed = self._change(request, workers.exclude(drain_at=None), "worker_go_on", drain_at=None)
        words = ngettext("%d worker takes work again.", "%d workers take work again.", changed)
        self.message_user(request, words % changed)

    @admin.action(description=_("Forget those that are gone (stale)"), permissions=["drain"])
    def forget_stale(self, request: HttpRequest, workers: QuerySet[Worker]) -> None:
        """Only their rows: what they had in hand is the reconciler's."""
        with transaction.atomic():
            gone = list(stale(workers))
            self._note(request, gone, "worker_forget")
            Worker.objects.filter(pk__in=[worker.pk for worker in gone]).delete()
        words = ngettext("%d row is gone.", "%d rows are gone.", len(gone)) % len(gone)
        self.message_user(request, words, messages.SUCCESS if gone else messages.WARNING)

    def _change(self, request: HttpRequest, workers: QuerySet[Worker], action: str, **change: Any) -> int:
        with transaction.atomic():
            wanted = list(workers)
            self._note(request, wanted, action)
            Worker.objects.filter(pk__in=[worker.pk for worker in wanted]).update(**change)
        return len(wanted)

    def _note(self, request: HttpRequest, workers: Iterable[Worker], action: str) -> None:
        for worker in workers:
            records.record(request.user, action, worker, before={"state": worker.state})  # type: ignore[arg-type]


def _lasting(since: str) -> str:
    """For how long, in seconds as long as that is short: a picture takes no more."""
    began = parse_datetime(since)
    seconds = (timezone.now() - began).total_seconds() if began else 0.0
    return _("%d s") % max(0, seconds) if seconds < 120 else timesince(began)  # type: ignore[arg-type]


def stale(workers: QuerySet[Worker]) -> QuerySet[Worker]:
    """Those that were silent for too long."""
    return workers.filter(seen_at__lte=Now() - timedelta(seconds=pulse.FRESH_FOR))
