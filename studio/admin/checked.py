"""Pages of the admin whose rows a worker looks at: who may ask it to, and asking."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts import records
from accounts.recorded import RecordedAdmin


class CheckedAdmin(RecordedAdmin):
    """What a worker finds stands on the page of a row."""

    def has_check_permission(self, request: HttpRequest) -> bool:
        """For the actions (`permissions=["check"]`)."""
        return request.user.has_perm(f"studio.check_{self.opts.model_name}")

    def ask(self, request: HttpRequest, rows: QuerySet[Any], act: str, soon: Callable[[list[int]], None]) -> None:
        """Hand `rows`, by their ids, to a worker with `soon`; the record calls it `act`."""
        with transaction.atomic():
            wanted = list(rows)
            for row in wanted:
                records.record(request.user, act, row)  # type: ignore[arg-type]
            soon([row.pk for row in wanted])
        words = ngettext(
            "A worker is looking at it. Reload this page in a few seconds.",
            "A worker is looking at all %(count)d. Reload this page in a few seconds.",
            len(wanted),
        )
        self.message_user(request, words % {"count": len(wanted)}, messages.SUCCESS)
