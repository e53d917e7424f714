"""Shared boards in the admin, for moderators: whose, with how many people, since when; close and reopen. Nobody looks
inside: neither titles nor drawings are shown."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.recorded import ReadOnlyAdmin
from studio.commands import closing, shared
from studio.models import Board
from studio.words.errors import Refused, text


class WhyForm(ActionForm):
    """Why a board is closed: its owner is told, and it stands in the record."""

    why = forms.CharField(label=_("Why"), required=False, max_length=closing.REASON_MOST)


@admin.register(Board)
class BoardAdmin(ReadOnlyAdmin):
    """Boards of more than one person, and those that were closed."""

    list_display = ("short_id", "owner", "members", "workshops", "links", "updated_at", "closed_at", "closed_reason")
    list_filter = (("closed_at", admin.EmptyFieldListFilter),)
    list_select_related = ("owner",)
    search_fields = ("=id", "owner__username")
    search_help_text = _("The name of the owner, or the id of a board")
    ordering = ("-updated_at", "-id")
    fields = ("id", "owner", "members", "workshops", "links", "payer", "frozen", "created_at", "updated_at")
    readonly_fields = (*fields, "closed_at", "closed_reason")
    actions = ("close", "reopen")  # type: ignore[assignment]
    action_form = WhyForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[Board]:
        drawings = super().get_queryset(request).filter(kind=Board.Kind.DRAWING).defer("document")
        together = Q(people__gt=0) | Q(workshops__gt=0) | Q(links__gt=0) | Q(closed_at__isnull=False)
        return shared.with_numbers(drawings).filter(together)

    def get_fields(self, request: HttpRequest, obj: Board | None = None) -> Any:
        return self.readonly_fields

    def has_close_permission(self, request: HttpRequest) -> bool:
        """For the actions (`permissions=["close"]`)."""
        return request.user.has_perm(closing.PERMISSION)

    @admin.display(description="ID", ordering="id")
    def short_id(self, board: Board) -> str:
        return str(board.pk)[:8]

    @admin.display(description=_("people"), ordering="people")
    def members(self, board: Any) -> int:
        return int(board.people)

    @admin.display(description=_("workshops"), ordering="workshops")
    def workshops(self, board: Any) -> int:
        return int(board.workshops)

    @admin.display(description=_("links"), ordering="links")
    def links(self, board: Any) -> int:
        return int(board.links)

    @admin.action(description=_("Close to everybody but the owner (say why)"), permissions=["close"])
    def close(self, request: HttpRequest, boards: QuerySet[Board]) -> None:
        """At once, also where it is open just now."""
        closed = self._each(request, boards.filter(closed_at=None), why=request.POST.get("why", ""))
        words = ngettext("%d board is closed to others.", "%d boards are closed to others.", closed)
        self.message_user(request, words % closed, messages.SUCCESS if closed else messages.WARNING)

    @admin.action(description=_("Open to others again"), permissions=["close"])
    def reopen(self, request: HttpRequest, boards: QuerySet[Board]) -> None:
        """The reverse of `close`."""
        opened = self._each(request, boards.exclude(closed_at=None), why=None)
        words = ngettext("%d board is open to others again.", "%d boards are open to others again.", opened)
        self.message_user(request, words % opened, messages.SUCCESS if opened else messages.WARNING)

    def _each(self, request: HttpRequest, boards: QuerySet[Board], why: str | None) -> int:
        """How many of them it was done to; what is refused is said once."""
        done, refusal = 0, None
        for board_id in boards.values_list("pk", flat=True):
            try:
                if why is None:
                    closing.reopen(request.user, board_id)  # type: ignore[arg-type]
                else:
                    closing.close(request.user, board_id, why)  # type: ignore[arg-type]
                done += 1
            except Refused as refused:
                refusal = refused
        if refusal is not None:
            self.message_user(request, text(refusal.code, refusal.params), messages.ERROR)
        return done
